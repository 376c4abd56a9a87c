//! A folder of public packages.
//!
//! ```text
//! checkout ──> packages ──> share/PACKAGE of a prefix: a link to its source, or a stub where nothing has it
//!    └──────> launch files ──> jobs, with a value for every required argument ──> verdicts ──> report
//! ```

#[path = "public/arguments.rs"]
mod arguments;
#[path = "public/report.rs"]
mod report;
#[path = "public/stubs.rs"]
mod stubs;

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use arguments::Values;
use podbay_launch_file::{CommandLine, CommandOutput};
pub(crate) use report::Report;

use crate::compare::Evaluated;
use crate::ros::{Job, installed};

/// A copy of the files that launch files in a folder use, so that missing ones can be added, with its
/// packages as if they were installed: `share/PACKAGE` leads to the copy of the package's source.
pub(crate) struct Checkout {
    pub(crate) folder: PathBuf,
    launch_files: Vec<PathBuf>,
    values: Values,
    prefix: PathBuf,
}

impl Checkout {
    pub(crate) fn new(folder: &Path) -> Self {
        let prefix = std::env::temp_dir().join(format!("podbay-public-{}", std::process::id()));
        let index = prefix.join("share/ament_index/resource_index/packages");
        fs::create_dir_all(&index).unwrap();
        let prefix = fs::canonicalize(prefix).unwrap();
        let copy = prefix.join("checkout");
        let mut files = Vec::new();
        walk(folder, &copy, &mut files);
        files.sort();
        // installed packages are kept, even if the folder has a checkout of them
        let found = files.iter().filter(|path| path.ends_with("package.xml"));
        for (package, name) in found.filter_map(|path| Some((path, name_of(path)?))) {
            if !is_installed(&name) && fs::write(index.join(&name), "").is_ok() {
                let _ = symlink(package.parent().unwrap(), prefix.join("share").join(name));
            }
        }
        let launch_files: Vec<_> = files.into_iter().filter(|path| is_launch_file(path)).collect();
        stubs::make(&launch_files, &prefix);
        Self {
            folder: copy,
            values: Values::of(&launch_files, &prefix),
            launch_files,
            prefix,
        }
    }

    /// The prefix created for the folder, then those of the installation.
    pub(crate) fn prefixes(&self) -> Vec<PathBuf> {
        std::iter::once(self.prefix.clone()).chain(installed()).collect()
    }

    /// Launch files, with a value for every required argument.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let jobs = |file: &PathBuf| self.values.jobs(file, self);
        self.launch_files.iter().flat_map(jobs).collect()
    }

    /// The home directory for launch files.
    fn home(&self) -> PathBuf {
        self.prefix.join("home")
    }
}

/// podbay's result for a file, running its commands like ROS.
pub(crate) fn podbay(job: &Job, checkout: &Checkout) -> Evaluated {
    crate::podbay(job, checkout.prefixes(), Some(run))
}

fn run(line: &CommandLine) -> Result<CommandOutput, String> {
    let mut command = Command::new(&line.words[0]);
    let output = command.args(&line.words[1..]).envs(&line.environment).output();
    let output = output.map_err(|error| error.to_string())?;
    Ok(CommandOutput {
        exit_code: output.status.code().unwrap_or(1),
        output: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.prefix);
    }
}

fn is_installed(package: &str) -> bool {
    installed().any(|prefix| {
        prefix
            .join("share/ament_index/resource_index/packages")
            .join(package)
            .exists()
    })
}

fn name_of(package: &Path) -> Option<String> {
    let text = fs::read_to_string(package).ok()?;
    let (_, rest) = text.split_once("<name>")?;
    Some(rest.split_once("</name>")?.0.trim().to_owned())
}

/// XML and YAML files, by name or, if necessary, by content; not those of ROS 1.
fn is_launch_file(path: &Path) -> bool {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    let stem = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or_default();
    let is_named = stem.ends_with(".launch") || stem.ends_with("_launch");
    let text = || fs::read_to_string(path).unwrap_or_default();
    match ending {
        "xml" => is_named || is_of_ros_2(&text()),
        "launch" => is_of_ros_2(&text()),
        "yaml" | "yml" => is_named || begins_with_launch(&text()),
        _ => false,
    }
}

fn is_of_ros_2(text: &str) -> bool {
    text.contains("<launch")
        && ![" type=\"", "$(find ", "$(arg "]
            .iter()
            .any(|sign| text.contains(sign))
}

/// Whether a YAML file begins with `launch:`.
fn begins_with_launch(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim_end);
    let first = lines.find(|line| !(line.is_empty() || line.starts_with('#') || *line == "---"));
    first == Some("launch:")
}

/// Copies the files that a launch file may read.
fn walk(folder: &Path, copy: &Path, files: &mut Vec<PathBuf>) {
    fs::create_dir_all(copy).unwrap();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let (kind, path) = (entry.file_type().unwrap(), copy.join(entry.file_name()));
        if kind.is_dir() {
            walk(&entry.path(), &path, files);
        } else if kind.is_file() && is_read(&path) {
            fs::copy(entry.path(), &path).unwrap();
            files.push(path);
        }
    }
}

fn is_read(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    let read = [
        "xml", "yaml", "yml", "launch", "py", "json", "txt", "urdf", "xacro",
    ];
    ending.is_some_and(|ending| read.contains(&ending))
}
