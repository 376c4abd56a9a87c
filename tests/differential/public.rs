//! A folder of other people's packages.
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

use arguments::Values;
pub(crate) use report::Report;

use crate::ros::{Job, installed};

/// Packages of a folder, as if they were installed: `share/PACKAGE` leads to where the package's source is.
pub(crate) struct Checkout {
    pub(crate) folder: PathBuf,
    launch_files: Vec<PathBuf>,
    values: Values,
    prefix: PathBuf,
}

impl Checkout {
    pub(crate) fn new(folder: &Path) -> Self {
        let folder = fs::canonicalize(folder).unwrap();
        let mut files = Vec::new();
        walk(&folder, &mut files);
        files.sort();
        let prefix = std::env::temp_dir().join(format!("podbay-public-{}", std::process::id()));
        let index = prefix.join("share/ament_index/resource_index/packages");
        fs::create_dir_all(&index).unwrap();
        // What is installed stays what it is, also where the folder has a checkout of it.
        let found = files.iter().filter(|path| path.ends_with("package.xml"));
        for (package, name) in found.filter_map(|path| Some((path, name_of(path)?))) {
            if !is_installed(&name) && fs::write(index.join(&name), "").is_ok() {
                let _ = symlink(package.parent().unwrap(), prefix.join("share").join(name));
            }
        }
        let launch_files: Vec<_> = files.into_iter().filter(|path| is_launch_file(path)).collect();
        stubs::make(&launch_files, &prefix);
        Self {
            folder,
            values: Values::of(&launch_files, &prefix),
            launch_files,
            prefix,
        }
    }

    /// The prefix made for the folder, then those of the installation.
    pub(crate) fn prefixes(&self) -> Vec<PathBuf> {
        std::iter::once(self.prefix.clone()).chain(installed()).collect()
    }

    /// Launch files, each with a value for every argument it requires.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let prefixes = self.prefixes();
        let job = |file: &PathBuf| self.values.job(file, &prefixes);
        self.launch_files.iter().map(job).collect()
    }
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

/// XML and YAML, by name or, where the name does not say so, by content; not those of ROS 1.
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
        "yaml" | "yml" => is_named || text().lines().any(|line| line.trim_end() == "launch:"),
        _ => false,
    }
}

fn is_of_ros_2(text: &str) -> bool {
    text.contains("<launch")
        && ![" type=\"", "$(find ", "$(arg "]
            .iter()
            .any(|sign| text.contains(sign))
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            walk(&entry.path(), files);
        } else if kind.is_file() {
            files.push(entry.path());
        }
    }
}
