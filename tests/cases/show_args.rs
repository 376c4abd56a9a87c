//! `podbay launch --show-args`: the launch file in `tests/show_args/<case>/` becomes `expected.txt`. ROS's own command
//! prints the same, except for defaults with substitutions, which it shows as Python objects.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use podbay_testing::Expected;

/// Runs `command`, and the case's launch file, in the case's folder.
fn shown(command: &mut Command, case: &Path) -> Output {
    let files = ["main.launch.xml", "main.launch.yaml"];
    let file = files.into_iter().find(|file| case.join(file).exists()).unwrap();
    command.current_dir(case).arg(file).output().unwrap()
}

fn podbay(case: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
    shown(command.args(["launch", "--show-args"]), case)
}

pub(crate) fn output(case: &Path) -> Expected {
    let output = podbay(case);
    assert_eq!(output.status.code(), Some(0));
    Expected::from([("expected.txt", String::from_utf8(output.stdout).unwrap())])
}

/// A listing without defaults that contain substitutions.
fn comparable(case: &Path, listing: &str) -> String {
    let own = fs::read_to_string(case.join("expected.txt")).unwrap();
    let lines = listing.lines().zip(own.lines().chain(std::iter::repeat("")));
    let known = lines.filter(|(_, own)| !own.contains("$("));
    known.map(|(line, _)| format!("{line}\n")).collect()
}

/// ROS's own command prints the same.
pub(crate) fn is_what_ros_shows(case: &Path) {
    let output = shown(Command::new("ros2").args(["launch", "--show-args"]), case);
    let theirs = String::from_utf8(output.stdout).unwrap();
    let ours = fs::read_to_string(case.join("expected.txt")).unwrap();
    let compared = [theirs, ours].map(|listing| comparable(case, &listing));
    assert_eq!(compared[0], compared[1]);
}
