//! Compares podbay's evaluation of launch files with that of ROS, field by field: all XML and YAML cases of
//! `tests/launch`, and with `PODBAY_LAUNCH_FILES=FOLDER` all such files in a folder, for example a checkout
//! of public packages.
//!
//! Both must refuse the file, or produce the same description. `tests/differential/known` and, for public files,
//! `known_public` list known differences with their reasons; an entry that no longer differs has to be removed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

#[path = "differential/compare.rs"]
mod compare;
#[path = "differential/public.rs"]
mod public;
#[path = "differential/ros.rs"]
mod ros;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use compare::{Evaluated, Verdict};
use podbay_launch_file::{Options, RunCommand, Source, evaluate};
use ros::{Commands, Job};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const PREFIX: &str = "tests/prefix";
const ENVIRONMENT: [(&str, &str); 3] = [
    ("HOME", "/home/robot"),
    ("ROBOT", "r2"),
    ("PYTHONPATH", "/opt/python"),
];

/// XML and YAML cases; only ROS evaluates files that are Python or include it.
fn jobs() -> BTreeMap<String, Job> {
    let mut jobs = BTreeMap::new();
    for entry in fs::read_dir("tests/launch").unwrap() {
        let case = entry.unwrap().path();
        let names = ["main.launch.xml", "main.launch.yaml", "main.launch"];
        let main = names
            .map(|name| case.join(name))
            .into_iter()
            .find(|path| path.exists());
        let Some(file) = main.filter(|_| fits_this_ros(&case)) else {
            continue;
        };
        let arguments = fs::read_to_string(case.join("arguments")).unwrap_or_default();
        let name = case.file_name().unwrap().to_str().unwrap().to_owned();
        jobs.insert(
            name,
            Job {
                file,
                arguments: arguments.lines().map(str::to_owned).collect(),
                environment: ENVIRONMENT
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .into(),
                turned: false,
            },
        );
    }
    jobs
}

/// A case may be specific to a release of ROS; cases that include Python are separate tests.
fn fits_this_ros(case: &Path) -> bool {
    let distro = fs::read_to_string(case.join("distro")).unwrap_or_default();
    let python = fs::read_dir(case)
        .unwrap()
        .any(|file| file.unwrap().path().extension().is_some_and(|name| name == "py"));
    !python && (distro.is_empty() || distro.trim() == std::env::var("ROS_DISTRO").unwrap())
}

fn podbay(job: &Job, prefixes: Vec<PathBuf>, commands: Option<RunCommand>) -> Evaluated {
    let options = Options {
        environment: job.environment.clone(),
        package_prefixes: prefixes,
        commands,
        ros_distro: std::env::var("ROS_DISTRO").unwrap(),
        ..Options::default()
    }
    .with_arguments(&job.arguments)
    .unwrap();
    evaluate(&Source::File(job.file.clone()), &options)
}

/// Case or file, and reason, one per line.
fn known(list: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(Path::new("tests/differential").join(list)).unwrap();
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(": ").expect("CASE: REASON"))
        .map(|(case, reason)| (case.to_owned(), reason.to_owned()))
        .collect()
}

#[test]
#[ignore = "needs ROS's launch (tests/run)"]
fn every_case_is_what_ros_makes_of_it() {
    std::env::set_current_dir(ROOT).unwrap();
    let jobs = jobs();
    // Without those of one release of ROS.
    let of_every_release = jobs
        .values()
        .filter(|job| !job.file.with_file_name("distro").exists());
    assert_eq!(of_every_release.count(), 446, "update it when you add a case");
    let mut known = known("known");
    let prefixes: Vec<_> = std::iter::once(PREFIX.into()).chain(ros::installed()).collect();
    let theirs = ros::evaluate(&jobs.values().collect::<Vec<_>>(), &prefixes, Commands::Refused);
    let mut wrong = Vec::new();
    for ((case, job), theirs) in jobs.iter().zip(theirs) {
        let verdict = compare::verdict(podbay(job, vec![PREFIX.into()], None), theirs);
        match (verdict, known.remove(case)) {
            (Verdict::Equal | Verdict::BothRefuse, None) | (Verdict::Different(_), Some(_)) => {}
            (Verdict::Different(how), None) => wrong.push(format!("{case} differs:\n{how}")),
            (_, Some(_)) => wrong.push(format!("{case} is known to differ, but does not any more")),
        }
    }
    wrong.extend(
        known
            .keys()
            .map(|case| format!("{case} is known to differ, but is no case")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs PODBAY_LAUNCH_FILES=FOLDER and ROS's launch (tests/run)"]
fn public_files_are_what_ros_makes_of_them() {
    let folder = std::env::var_os("PODBAY_LAUNCH_FILES").expect("PODBAY_LAUNCH_FILES=FOLDER");
    let folder = fs::canonicalize(folder).unwrap();
    std::env::set_current_dir(ROOT).unwrap();
    let checkout = public::Checkout::new(&folder);
    let (jobs, prefixes) = (checkout.jobs(), checkout.prefixes());
    let theirs = ros::evaluate(&jobs.iter().collect::<Vec<_>>(), &prefixes, Commands::Run);
    let mut report = public::Report::default();
    for (job, theirs) in jobs.iter().zip(theirs) {
        report.add(job, &checkout.folder, public::podbay(job, &checkout), theirs);
    }
    eprintln!("{report}");
    assert!(report.runs() > 0, "no launch files in {folder:?}");
    let wrong = report.unexpected(&known("known_public"), &folder);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
