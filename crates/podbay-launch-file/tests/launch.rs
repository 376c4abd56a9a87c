//! Launch files with their expected results: `tests/launch/<case>/`.
//!
//! A case holds `main.launch.xml` (or `.yaml`), files it includes, launch arguments in `arguments` (one
//! `name:=value` a line), and either `expected.json`, the description, or `expected.error`, the problems as
//! `FILE:LINE: what`. `UPDATE_EXPECT=1` writes what is expected from what comes out; before it is committed it is
//! compared with what ROS's own engine (launch 3.4.3, launch_ros 0.26.6) makes of the same file.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use podbay_launch_file::{Options, Source, evaluate};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

fn options(case: &Path) -> Options {
    let environment = [
        ("HOME", "/home/robot"),
        ("ROBOT", "r2"),
        ("PYTHONPATH", "/opt/python"),
    ];
    let arguments = fs::read_to_string(case.join("arguments")).unwrap_or_default();
    let distro = fs::read_to_string(case.join("distro")).unwrap_or_default();
    Options {
        environment: environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        package_prefixes: vec![PathBuf::from("tests/launch/prefix")],
        ros_distro: distro.trim().to_owned(),
        seed: 0xbee,
        ..Options::default()
    }
    .with_arguments(&arguments.lines().collect::<Vec<_>>())
    .unwrap()
}

fn outcome(case: &Path) -> (&'static str, String) {
    let main = [
        "main.launch.xml",
        "main.launch.yaml",
        "main.launch",
        "main.launch.py",
    ]
    .map(|name| case.join(name))
    .into_iter()
    .find(|path| path.exists())
    .expect("a main launch file");
    let (file, text) = match evaluate(&Source::File(main), &options(case)) {
        Ok(description) => (
            "expected.json",
            serde_json::to_string_pretty(&description).unwrap() + "\n",
        ),
        Err(problems) => (
            "expected.error",
            problems.iter().map(|problem| format!("{problem}\n")).collect(),
        ),
    };
    (file, text.replace(ROOT, "ROOT"))
}

fn check(case: &Path) -> Result<(), String> {
    let (file, found) = outcome(case);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        for old in ["expected.json", "expected.error"] {
            let _ = fs::remove_file(case.join(old));
        }
        fs::write(case.join(file), &found).unwrap();
    }
    match fs::read_to_string(case.join(file)) {
        Ok(expected) if expected == found => Ok(()),
        Ok(expected) => Err(format!(
            "{}: expected\n{expected}\nfound\n{found}",
            case.display()
        )),
        Err(_) => Err(format!(
            "{}: no {file} is expected, found\n{found}",
            case.display()
        )),
    }
}

#[test]
fn every_case_evaluates_to_what_is_expected() {
    std::env::set_current_dir(ROOT).unwrap();
    let mut cases: Vec<_> = fs::read_dir("tests/launch")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|path| path.is_dir() && !path.ends_with("prefix"));
    cases.sort();
    assert!(cases.len() >= 240, "only {} cases", cases.len());
    let failures: Vec<_> = cases.iter().filter_map(|case| check(case).err()).collect();
    assert!(
        failures.is_empty(),
        "{} of {} cases:\n{}",
        failures.len(),
        cases.len(),
        failures.join("\n")
    );
}

#[test]
fn the_example_is_the_same_in_both_markups() {
    let evaluated = ["xml", "yaml"].map(|markup| {
        let path = Path::new(ROOT).join(format!("../../launch/talker_listener.launch.{markup}"));
        let mut description = evaluate(&Source::File(path), &Options::default()).unwrap();
        for process in &mut description.processes {
            process.source.clear();
            process.groups.clear();
        }
        description
    });
    assert_eq!(evaluated[0], evaluated[1]);
    let names: BTreeMap<_, _> = evaluated[0]
        .processes
        .iter()
        .map(|process| (process.name.as_str(), process.namespace.as_str()))
        .collect();
    assert_eq!(
        names,
        BTreeMap::from([("listener", "/demo"), ("talker", "/demo")])
    );
}

#[test]
fn a_parameter_file_that_may_not_be_read_is_an_error() {
    let text = "<launch><node pkg='p' exec='e'><param from='/etc/hostname'/></node></launch>";
    let source = Source::Text {
        name: "stranger".to_owned(),
        text: text.to_owned(),
        format: None,
    };
    let problems = evaluate(&source, &Options::default().confined(&[])).unwrap_err();
    assert!(
        problems[0].what.contains("/etc/hostname") && problems[0].what.contains("`allow_files`"),
        "{}",
        problems[0]
    );
}
