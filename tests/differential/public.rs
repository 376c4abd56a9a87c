//! A folder of other people's packages.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use podbay::launch::{Options, Source, evaluate};

use crate::compare::Verdict;
use crate::ros::Job;

/// Packages of a folder, as if they were installed: `share/PACKAGE` leads to where the package's source is.
pub(crate) struct Checkout {
    files: Vec<PathBuf>,
    prefix: PathBuf,
}

impl Checkout {
    pub(crate) fn new(folder: &Path) -> Self {
        let mut files = Vec::new();
        walk(&fs::canonicalize(folder).unwrap(), &mut files);
        files.sort();
        let prefix = std::env::temp_dir().join(format!("podbay-public-{}", std::process::id()));
        let index = prefix.join("share/ament_index/resource_index/packages");
        fs::create_dir_all(&index).unwrap();
        for package in files.iter().filter(|path| path.ends_with("package.xml")) {
            let Some(name) = name_of(package) else { continue };
            if fs::write(index.join(&name), "").is_ok() {
                let _ = symlink(package.parent().unwrap(), prefix.join("share").join(name));
            }
        }
        Self { files, prefix }
    }

    pub(crate) fn prefix(&self) -> &Path {
        &self.prefix
    }

    /// Launch files, each with a value for every argument it requires.
    pub(crate) fn jobs(&self) -> Vec<Job> {
        let launch_files = self.files.iter().filter(|path| is_launch_file(path));
        launch_files.map(|file| self.job(file)).collect()
    }

    fn job(&self, file: &Path) -> Job {
        let options = Options {
            package_prefixes: vec![self.prefix.clone()],
            ..Options::default()
        };
        let refused = evaluate(&Source::File(file.to_owned()), &options)
            .err()
            .unwrap_or_default();
        let required: BTreeSet<_> = refused
            .iter()
            .filter_map(|problem| {
                problem
                    .what
                    .strip_prefix("the required argument '")?
                    .split_once('\'')
            })
            .map(|(name, _)| format!("{name}:=1"))
            .collect();
        Job {
            file: file.to_owned(),
            arguments: required.into_iter().collect(),
            environment: [("HOME".to_owned(), "/home/robot".to_owned())].into(),
        }
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.prefix);
    }
}

fn name_of(package: &Path) -> Option<String> {
    let text = fs::read_to_string(package).ok()?;
    let (_, rest) = text.split_once("<name>")?;
    Some(rest.split_once("</name>")?.0.trim().to_owned())
}

fn is_launch_file(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    [
        ".launch.xml",
        ".launch.yaml",
        ".launch.yml",
        "_launch.xml",
        "_launch.yaml",
    ]
    .iter()
    .any(|ending| name.ends_with(ending))
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

/// Which files are equal, refused by both, different.
#[derive(Default)]
pub(crate) struct Report {
    equal: usize,
    refused: usize,
    different: Vec<String>,
}

impl Report {
    pub(crate) fn add(&mut self, file: &Path, verdict: Verdict) {
        match verdict {
            Verdict::Equal => self.equal += 1,
            Verdict::BothRefuse => self.refused += 1,
            Verdict::Different(how) => self.different.push(format!("{}\n{how}", file.display())),
        }
    }

    pub(crate) fn files(&self) -> usize {
        self.equal + self.refused + self.different.len()
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for different in &self.different {
            writeln!(f, "{different}")?;
        }
        write!(
            f,
            "{} launch files: {} equal, {} refused by both, {} different",
            self.files(),
            self.equal,
            self.refused,
            self.different.len()
        )
    }
}
