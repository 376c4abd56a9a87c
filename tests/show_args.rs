//! `podbay launch --show-args`, in addition to its cases (`tests/cases/show_args.rs`): notes and errors.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Shows the arguments of `main.launch.xml` in the folder.
fn podbay(folder: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
    command.args(["launch", "--show-args", "main.launch.xml"]);
    command.current_dir(folder).output().unwrap()
}

#[test]
fn what_only_a_run_can_tell_is_said() {
    let included = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/show_args/included");
    let said = String::from_utf8(podbay(&included).stderr).unwrap();
    assert!(
        said.starts_with("warning[PB0304]: cannot show the arguments of this include: "),
        "{said}"
    );
    assert!(said.contains("--> main.launch.xml:5:"), "{said}");
}

#[test]
fn a_mistake_is_told_with_its_place() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("show-args");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("main.launch.xml"), "<launch>\n <arg/>\n</launch>").unwrap();
    let output = podbay(&folder);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.starts_with("error[PB0204]: ") && said.contains("--> main.launch.xml:2:2\n"),
        "{said}"
    );
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
