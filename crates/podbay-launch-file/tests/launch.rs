//! Launch files with their expected results: `tests/launch/<case>/`.
//!
//! A case has `main.launch.xml` (or `.yaml`), the files it includes, launch arguments in `arguments` (one
//! `name:=value` a line), and either `expected.json`, the description without its defaults, or `expected.error`, the
//! problems as `FILE:LINE: what`. Before the output of `UPDATE_EXPECT=1` is committed, it is compared with the result of
//! ROS's own engine (launch 3.4.3, launch_ros 0.26.6) for the same file.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use podbay_launch_file::{Options, Source, evaluate};
use podbay_testing::{Cases, Expected, without_defaults};

fn main() -> ExitCode {
    podbay_testing::run([Cases::folders("tests/launch", 468, outcome)])
}

/// Absolute paths depend on where the tests are built.
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
        package_prefixes: vec![PathBuf::from("tests/prefix")],
        ros_distro: distro.trim().to_owned(),
        seed: 0xbee,
        ..Options::default()
    }
    .with_arguments(&arguments.lines().collect::<Vec<_>>())
    .unwrap()
}

fn outcome(case: &Path) -> Expected {
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
            without_defaults(&serde_json::to_string(&description).unwrap()),
        ),
        Err(problems) => (
            "expected.error",
            problems.iter().map(|problem| format!("{problem}\n")).collect(),
        ),
    };
    Expected::from([(file, text.replace(ROOT, "ROOT"))])
}
