//! ROS's own engine, by podbay's recorder: one Python process for all files.

use std::collections::BTreeMap;
use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use podbay::domain::description::{Description, Problem};
use serde::{Deserialize, Serialize};

use crate::compare::Outcome;

/// A file to evaluate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Job {
    pub(crate) file: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Answer {
    Description(Box<Description>),
    Problems(Vec<Problem>),
}

/// What ROS makes of every job, with `prefixes` before those of the installation.
pub(crate) fn evaluate<'a>(jobs: impl Iterator<Item = &'a Job>, prefixes: &[&Path]) -> Vec<Outcome> {
    let jobs: Vec<_> = jobs.map(|job| serde_json::to_string(job).unwrap()).collect();
    let path = std::env::temp_dir().join(format!("podbay-jobs-{}", std::process::id()));
    let mut input = std::fs::File::create_new(&path).unwrap();
    std::fs::remove_file(&path).ok();
    let mut input_again = input.try_clone().unwrap();
    input.write_all((jobs.join("\n") + "\n").as_bytes()).unwrap();
    input_again.rewind().unwrap();
    let output = Command::new("python3")
        .args([
            concat!(env!("CARGO_MANIFEST_DIR"), "/launch/podbay_record"),
            "--batch",
        ])
        .env("AMENT_PREFIX_PATH", prefix_path(prefixes))
        .stdin(input_again)
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let answers: Vec<_> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(outcome)
        .collect();
    assert_eq!(answers.len(), jobs.len(), "the recorder ended early");
    answers
}

fn prefix_path(prefixes: &[&Path]) -> String {
    let own = prefixes
        .iter()
        .map(|prefix| std::path::absolute(prefix).unwrap().display().to_string());
    own.chain(std::env::var("AMENT_PREFIX_PATH"))
        .collect::<Vec<_>>()
        .join(":")
}

fn outcome(line: &str) -> Outcome {
    match serde_json::from_str(line).unwrap() {
        Answer::Description(description) => Ok(*description),
        Answer::Problems(problems) => Err(problems),
    }
}
