//! Values for the arguments that a launch file requires.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use podbay::launch::{Options, Source, evaluate};

use crate::ros::Job;

/// How often a launch file that is given what it requires may require more.
const ROUNDS: usize = 5;

/// What other launch files of the same folder pass, or have as their default.
pub(super) struct Values(BTreeMap<String, String>);

impl Values {
    pub(super) fn of(launch_files: &[PathBuf], prefix: &Path) -> Self {
        let mut counts: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
        for file in launch_files {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            for (name, value) in passed(&text) {
                let Some(value) = resolved(&value, prefix) else {
                    continue;
                };
                *counts.entry(name).or_default().entry(value).or_default() += 1;
            }
        }
        let most = |counts: BTreeMap<String, usize>| counts.into_iter().max_by_key(|(_, count)| *count);
        let chosen = counts
            .into_iter()
            .filter_map(|(name, counts)| Some((name, most(counts)?.0)));
        Self(chosen.collect())
    }

    /// `file` with a value for everything it requires.
    pub(super) fn job(&self, file: &Path, prefixes: &[PathBuf]) -> Job {
        let mut job = Job {
            file: file.to_owned(),
            arguments: Vec::new(),
            environment: [("HOME".to_owned(), "/home/robot".to_owned())].into(),
        };
        for _ in 0..ROUNDS {
            let missing = required(&job, prefixes);
            if missing.is_empty() {
                break;
            }
            let given = missing.iter().map(|name| format!("{name}:={}", self.value(name)));
            job.arguments.extend(given);
        }
        job
    }

    fn value(&self, name: &str) -> &str {
        let by_name = if ["use_", "is_", "enable", "launch_"]
            .iter()
            .any(|start| name.starts_with(start))
        {
            "true"
        } else {
            "1"
        };
        self.0.get(name).map_or(by_name, String::as_str)
    }
}

/// Every argument of an XML file that has a value.
fn passed(text: &str) -> Vec<(String, String)> {
    let Ok(document) = roxmltree::Document::parse(text) else {
        return Vec::new();
    };
    let arguments = document
        .descendants()
        .filter(|element| element.has_tag_name("arg"));
    arguments
        .filter_map(|element| {
            let value = element.attribute("value").or(element.attribute("default"))?;
            Some((element.attribute("name")?.to_owned(), value.to_owned()))
        })
        .collect()
}

/// A value without substitutions, or with the one of a package, whose file has to be there: a
/// path into the checkout, as a person gives it, not one that ROS's side would know as a package's.
fn resolved(value: &str, prefix: &Path) -> Option<String> {
    let Some(rest) = value.strip_prefix("$(find-pkg-share ") else {
        return (!value.is_empty() && !value.contains("$(")).then(|| value.to_owned());
    };
    let (package, path) = rest.split_once(')')?;
    let file = prefix
        .join("share")
        .join(package)
        .join(path.trim_start_matches('/'));
    let file = file.canonicalize().ok().filter(|_| !path.contains("$("))?;
    Some(file.display().to_string())
}

fn required(job: &Job, prefixes: &[PathBuf]) -> BTreeSet<String> {
    let options = Options {
        package_prefixes: prefixes.to_vec(),
        environment: job.environment.clone(),
        ..Options::default()
    }
    .with_arguments(&job.arguments)
    .unwrap();
    let problems = evaluate(&Source::File(job.file.clone()), &options)
        .err()
        .unwrap_or_default();
    let name = |what: &str| {
        Some(
            what.strip_prefix("the required argument '")?
                .split_once('\'')?
                .0
                .to_owned(),
        )
    };
    let names = problems.iter().filter_map(|problem| name(&problem.what));
    let given = |name: &String| {
        job.arguments
            .iter()
            .any(|given| given.starts_with(&format!("{name}:=")))
    };
    names.filter(|name| !given(name)).collect()
}
