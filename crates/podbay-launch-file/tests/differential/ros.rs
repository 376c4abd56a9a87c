//! ROS's own engine with podbay's recorder: a few Python processes for all files.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use podbay_description::Description;
use podbay_text::diagnostic::Diagnostic;
use serde::{Deserialize, Serialize};

use crate::compare::Evaluated;

/// Number of recorders running in parallel.
const PROCESSES: usize = 2;

/// A file to evaluate.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Job {
    pub(crate) file: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    /// Whether `arguments` has the opposite of the file's defaults.
    #[serde(skip)]
    pub(crate) turned: bool,
}

/// Whether to run `$(command …)`.
#[derive(Clone, Copy)]
pub(crate) enum Commands {
    Run,
    Refused,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Recorded {
    Description(Box<Description>),
    Problems(Vec<Diagnostic>),
}

/// Prefixes of installed packages.
pub(crate) fn installed() -> impl Iterator<Item = PathBuf> {
    let path = std::env::var_os("AMENT_PREFIX_PATH").unwrap_or_default();
    std::env::split_paths(&path).collect::<Vec<_>>().into_iter()
}

/// ROS's results for all jobs, with packages of `prefixes`.
pub(crate) fn evaluate(jobs: &[&Job], prefixes: &[PathBuf], commands: Commands) -> Vec<Evaluated> {
    let share = jobs.len().div_ceil(PROCESSES).max(1);
    std::thread::scope(|scope| {
        let shares = jobs.chunks(share);
        let started: Vec<_> = shares
            .map(|jobs| scope.spawn(|| evaluate_share(jobs, prefixes, commands)))
            .collect();
        started
            .into_iter()
            .flat_map(|share| share.join().unwrap())
            .collect()
    })
}

fn evaluate_share(jobs: &[&Job], prefixes: &[PathBuf], commands: Commands) -> Vec<Evaluated> {
    // the folder of the parameter files that ROS writes
    let this = format!(
        "podbay-ros-{}-{:?}",
        std::process::id(),
        std::thread::current().id()
    );
    let scratch = std::env::temp_dir().join(this);
    std::fs::create_dir_all(&scratch).unwrap();
    let mut recorder = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../../launch/podbay_record"))
        .args(matches!(commands, Commands::Run).then_some("--allow-command"))
        .arg("--batch")
        .env("AMENT_PREFIX_PATH", prefix_path(prefixes))
        .env("TMPDIR", &scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = recorder.stdin.take().unwrap();
    let mut lines = BufReader::new(recorder.stdout.take().unwrap()).lines();
    let mut next = |job: &&Job| {
        writeln!(input, "{}", serde_json::to_string(job).unwrap()).unwrap();
        outcome(&lines.next().expect("the recorder ended early").unwrap())
    };
    let outcomes = jobs.iter().map(&mut next).collect();
    drop(input);
    recorder.wait().unwrap();
    std::fs::remove_dir_all(scratch).unwrap();
    outcomes
}

fn prefix_path(prefixes: &[PathBuf]) -> String {
    let absolute = prefixes
        .iter()
        .map(|prefix| std::path::absolute(prefix).unwrap().display().to_string());
    absolute.collect::<Vec<_>>().join(":")
}

fn outcome(line: &str) -> Evaluated {
    match serde_json::from_str(line).unwrap() {
        Recorded::Description(description) => Ok(*description),
        Recorded::Problems(problems) => Err(problems),
    }
}
