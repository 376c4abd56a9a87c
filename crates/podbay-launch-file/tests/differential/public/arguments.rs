//! Values for required arguments of launch files.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use podbay_description::{Argument, Description};
use podbay_text::diagnostic::{Code, Diagnostic};

use super::{Checkout, stubs};
use crate::ros::Job;

/// Maximum number of rounds in which a launch file may ask for more values.
const ROUNDS: usize = 20;

/// Values that other launch files of the same folder pass or have as defaults.
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

    /// `file` with a value for everything it needs, and the same with all booleans inverted.
    pub(super) fn jobs(&self, file: &Path, checkout: &Checkout) -> Vec<Job> {
        let plain = Job {
            file: file.to_owned(),
            arguments: Vec::new(),
            environment: [("HOME".to_owned(), checkout.home().display().to_string())].into(),
            turned: false,
        };
        let (plain, description) = self.given_all(plain, checkout);
        let switches = description.map(turned).unwrap_or_default();
        if switches.is_empty() {
            return vec![plain];
        }
        let turned = Job {
            arguments: switches,
            turned: true,
            ..plain.clone()
        };
        vec![plain, self.given_all(turned, checkout).0]
    }

    /// The job with all needed values, and podbay's result.
    fn given_all(&self, mut job: Job, checkout: &Checkout) -> (Job, Option<Description>) {
        for _ in 0..ROUNDS {
            let problems = match super::podbay(&job, checkout) {
                Ok(description) => return (job, Some(description)),
                Err(problems) => problems,
            };
            let wants: BTreeSet<_> = problems.iter().filter_map(Want::of).collect();
            let met = wants.into_iter().map(|want| self.meet(want, &mut job, checkout));
            if !met.fold(false, |any, met| any | met) {
                break;
            }
        }
        (job, None)
    }

    /// Whether the job now has what it needs, and did not before.
    fn meet(&self, want: Want, job: &mut Job, checkout: &Checkout) -> bool {
        match want {
            Want::Argument(name) => give(job, &name, &self.value(&name, checkout), false),
            Want::Choice(name, choice) => give(job, &name, &choice, true),
            Want::Variable(name) => job.environment.insert(name, "1".to_owned()).is_none(),
            Want::File(file) => stubs::add(&file, &checkout.prefix),
        }
    }

    /// A value that others pass, or that suits the name of the argument.
    fn value(&self, name: &str, checkout: &Checkout) -> String {
        let is_like = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match self.0.get(name) {
            Some(value) => value.clone(),
            None if is_like(&["use_", "is_", "enable", "launch_"]) => "true".to_owned(),
            None if is_like(&["path", "file", "param", "config"]) => {
                checkout.home().join("parameters.yaml").display().to_string()
            }
            None => "1".to_owned(),
        }
    }
}

/// All arguments with a value in an XML file.
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

/// A value without substitutions, or with that of a package whose file exists: as a path into the checkout,
/// as a person would give it.
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
    (!file.starts_with(prefix.join("share"))).then(|| file.display().to_string())
}

/// What a launch file needs, according to podbay's error.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Want {
    Argument(String),
    /// An argument, and a valid value.
    Choice(String, String),
    /// A variable of the environment.
    Variable(String),
    File(PathBuf),
}

impl Want {
    fn of(problem: &Diagnostic) -> Option<Self> {
        let quoted = || problem.message.split('\'').nth(1).map(str::to_owned);
        Some(match problem.code {
            Code::ArgumentChoice => {
                let choices = problem.message.split_once(" must be one of ")?.1;
                let choice = choices.split(", ").next()?;
                Self::Choice(quoted()?, choice.to_owned())
            }
            Code::Unreadable => {
                let file = problem.message.split_once("cannot read ")?.1;
                Self::File(file.split_once(": No such file")?.0.into())
            }
            Code::UnknownEnvironment => Self::Variable(quoted()?),
            Code::MissingArgument | Code::UnknownConfiguration => Self::Argument(quoted()?),
            _ => return None,
        })
    }
}

/// Whether the job now has the argument with this value, and did not before.
fn give(job: &mut Job, name: &str, value: &str, instead: bool) -> bool {
    let given = format!("{name}:={value}");
    let before = job
        .arguments
        .iter()
        .position(|argument| argument.starts_with(&format!("{name}:=")));
    match before {
        Some(before) if instead && job.arguments[before] != given => job.arguments[before] = given,
        Some(_) => return false,
        None if name.is_empty() => return false,
        None => job.arguments.push(given),
    }
    true
}

/// Another value for all arguments that are booleans or have choices, unless given.
fn turned(description: Description) -> Vec<String> {
    let other = |argument: Argument| {
        let default = argument.default?;
        let other = match default.to_lowercase().as_str() {
            "true" => "false".to_owned(),
            "false" => "true".to_owned(),
            _ => argument.choices.into_iter().find(|choice| *choice != default)?,
        };
        Some(format!("{}:={other}", argument.name))
    };
    description.arguments.into_iter().filter_map(other).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use podbay_launch_file::{Options, Source, evaluate};

    #[test]
    fn podbays_errors_tell_what_a_launch_file_needs() {
        let argument = r#"<arg name="a"/>"#;
        let choice = r#"<arg name="a" default="z"><choice value="x"/><choice value="y"/></arg>"#;
        let variable = r#"<log message="$(env A_VARIABLE)"/>"#;
        let file = r#"<include file="/none/a.launch.xml"/>"#;
        for (content, expected) in [
            (argument, Want::Argument("a".to_owned())),
            (r#"<log message="$(var a)"/>"#, Want::Argument("a".to_owned())),
            (choice, Want::Choice("a".to_owned(), "x".to_owned())),
            (variable, Want::Variable("A_VARIABLE".to_owned())),
            (file, Want::File("/none/a.launch.xml".into())),
        ] {
            let source = Source::Text {
                name: "a".to_owned(),
                text: format!("<launch>{content}</launch>"),
                format: None,
            };
            let problems = evaluate(&source, &Options::default()).unwrap_err();
            assert!(Want::of(&problems[0]) == Some(expected), "{problems:?}");
        }
    }
}
