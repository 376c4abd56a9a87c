//! `podbay launch --show-args`: what stands in `tests/show_args/<case>/` becomes `expected.txt`. Run with
//! `UPDATE_EXPECT=1` to write what comes out; ROS's own command prints the same, but for defaults with
//! substitutions, which it shows as the Python objects they are.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn cases() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/show_args");
    let entries = fs::read_dir(root).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

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

fn check(case: &Path) {
    let expected = case.join("expected.txt");
    let output = podbay(case);
    assert_eq!(output.status.code(), Some(0), "{}", case.display());
    let output = String::from_utf8(output.stdout).unwrap();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected, &output).unwrap();
    }
    let expected = fs::read_to_string(expected).unwrap_or_default();
    assert_eq!(output, expected, "{}", case.display());
}

#[test]
fn every_case_comes_out_as_expected() {
    assert!(cases().len() >= 4);
    cases().iter().for_each(|case| check(case));
}

#[test]
fn what_only_a_run_can_tell_is_said() {
    let included = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/show_args/included");
    let said = String::from_utf8(podbay(&included).stderr).unwrap();
    let expected = "note: main.launch.xml:5: the arguments of the file included here are not shown: launch configuration \
                    'robot' does not exist here";
    assert!(said.starts_with(expected), "{said}");
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("show-args");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("main.launch.xml"), "<launch>\n <arg/>\n</launch>").unwrap();
    let output = podbay(&folder);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.starts_with("main.launch.xml:2: "), "{said}");
}

#[test]
#[ignore = "needs a ROS 2 installation (/opt/ros/*/setup.bash)"]
fn a_python_file_is_asked_by_ros_and_not_run() {
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/python/error_argument/main.launch.py"
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
    let output = command.args(["launch", "--show-args", file]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("\n    'map':\n        which map\n"), "{said}");
}

/// A listing without the defaults that hold substitutions.
fn comparable(case: &Path, listing: &str) -> String {
    let own = fs::read_to_string(case.join("expected.txt")).unwrap();
    let lines = listing.lines().zip(own.lines().chain(std::iter::repeat("")));
    let known = lines.filter(|(_, own)| !own.contains("$("));
    known.map(|(line, _)| format!("{line}\n")).collect()
}

#[test]
#[ignore = "needs a ROS 2 installation (/opt/ros/*/setup.bash)"]
fn ros_shows_the_same() {
    for case in cases() {
        let output = shown(Command::new("ros2").args(["launch", "--show-args"]), &case);
        let theirs = String::from_utf8(output.stdout).unwrap();
        let ours = fs::read_to_string(case.join("expected.txt")).unwrap();
        let compared = [theirs, ours].map(|listing| comparable(&case, &listing));
        assert_eq!(compared[0], compared[1], "{}", case.display());
    }
}
