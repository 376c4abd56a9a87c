//! Python launch files, in addition to their cases (`tests/cases/python.rs`): what evaluates them, and what they may
//! do.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "graph/support.rs"]
#[allow(dead_code)]
mod support;
#[path = "cases/translate.rs"]
mod translate;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use podbay_testing::without_defaults;
use serde_json::Value;
use support::{Podbay, next_domain, poll};
use translate::{ROOT, podbay, ros_prefix, text};

#[test]
#[ignore = "needs ROS's launch (tests/run)"]
fn commands_of_xml_beside_python_run_where_they_are_allowed() {
    let file = "tests/python/command_refused/main.launch.xml";
    let output = podbay(
        &["translate", "--emit", "description", "--allow-command", file],
        true,
    );
    let description: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        description["messages"],
        serde_json::json!(["Python is a program\n", "ran\n"])
    );
}

/// `podbay translate` of `tests/extension`, with that extension installed or not.
fn extension(installed: bool) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
    let file = "tests/extension/main.launch.xml";
    command.args(["translate", "--emit", "description", file, "robot:=r2"]);
    command
        .current_dir(ROOT)
        .env_remove("KUBECONFIG")
        .env("AMENT_PREFIX_PATH", ros_prefix());
    if installed {
        let inherited = std::env::var("PYTHONPATH").unwrap_or_default();
        command.env("PYTHONPATH", format!("{ROOT}/tests/extension:{inherited}"));
    }
    command.output().unwrap()
}

#[test]
#[ignore = "needs ROS's launch (tests/run)"]
fn what_a_package_adds_to_launch_is_evaluated_by_ros_where_it_is_installed() {
    let output = extension(true);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let description: Value = serde_json::from_slice(&output.stdout).unwrap();
    let process = &description["processes"][0];
    assert_eq!(
        [&process["package"], &process["executable"], &process["name"]],
        ["demo_nodes_cpp", "talker", "r2"]
    );
    let output = extension(false);
    let error = text(&output.stderr);
    assert!(
        error.contains("talker.launch.xml:2")
            && error.contains("robot_talker")
            && error.contains("must be sourced"),
        "{error}"
    );
}

#[test]
#[ignore = "needs ROS's launch (tests/run)"]
fn an_evaluation_that_takes_longer_than_it_may_ends_with_the_way_out() {
    let file = std::env::temp_dir().join(format!("podbay-slow-{}.launch.py", std::process::id()));
    fs::write(
        &file,
        "import time\n\ndef generate_launch_description():\n    time.sleep(600)\n",
    )
    .unwrap();
    let path = file.to_str().unwrap();
    let output = podbay(&["translate", "--evaluate-timeout", "1", path], true);
    fs::remove_file(&file).unwrap();
    let error = text(&output.stderr);
    assert!(
        error.contains("timed out after 1 s") && error.contains("--evaluate-timeout SECONDS"),
        "{error}"
    );
}

#[test]
fn what_a_package_adds_to_launch_is_named_with_the_ways_out() {
    let output = podbay(
        &[
            "translate",
            "crates/podbay-launch-file/tests/launch/extension_known/main.launch.xml",
        ],
        false,
    );
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    for expected in [
        "package ros_gz_bridge",
        "package ros_gz_sim",
        "setup.sh",
        "KUBECONFIG",
    ] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn an_image_is_refused_by_the_embedded_cluster_at_once() {
    let file = "tests/python/opaque_function/main.launch.py";
    let cluster = ["--cluster", "embedded", "--evaluate", "image"];
    let output = podbay(&[&["translate", file], &cluster[..]].concat(), false);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(
        error.contains("--cluster embedded") && error.contains("use --evaluate here"),
        "{error}"
    );
}

#[test]
fn without_ros_and_without_a_cluster_both_ways_out_are_named() {
    let output = podbay(
        &["translate", "tests/python/included_by_xml/main.launch.xml"],
        false,
    );
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    for expected in [
        "child.launch.py",
        "error[PB0902]",
        "included from tests/python/included_by_xml/main.launch.xml:5:5",
        "--evaluate here",
        "setup.sh",
        "--evaluate image",
        "KUBECONFIG",
    ] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn podbay_alone_refuses_python_and_names_who_evaluates_it() {
    let file = "tests/python/opaque_function/main.launch.py";
    let output = podbay(&["translate", "--evaluate", "native", file], false);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.starts_with("error[PB0902]"), "{error}");
    assert!(error.contains(&format!("--> {file}")), "{error}");
    assert!(
        error.contains("--evaluate here") && error.contains("--evaluate image"),
        "{error}"
    );
}

#[test]
#[ignore = "needs a network namespace and ROS's launch (tests/run)"]
fn a_launch_in_python_runs_and_is_stopped_by_ctrl_c() {
    let mut podbay = Podbay::start(next_domain(), &["launch", "launch/talker_listener.launch.py"]);
    let heard = || {
        let output = podbay.output();
        output
            .lines()
            .any(|line| line.starts_with("[demo-listener]") && line.contains("heard"))
    };
    assert!(poll(heard), "{}", podbay.output());
    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
}

const IMAGE: &str = "localhost/ros:test";

/// A profile with an image of the ROS 2 installed here, which is loaded on the host.
fn image() -> PathBuf {
    let mut image = Command::new("tests/control-plane/ros-image")
        .arg(IMAGE)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let socket = std::env::var("CONTAINERD_ADDRESS").unwrap();
    let imported = Command::new("ctr")
        .args([
            "--address",
            &socket,
            "--namespace",
            "k8s.io",
            "images",
            "import",
            "-",
        ])
        .stdin(image.stdout.take().unwrap())
        .status()
        .unwrap();
    assert!(image.wait().unwrap().success() && imported.success());
    let profile = std::env::temp_dir().join(format!("podbay-python-{}.yaml", std::process::id()));
    fs::write(
        &profile,
        format!("image: {IMAGE}\nimagePullPolicy: IfNotPresent\n"),
    )
    .unwrap();
    profile
}

/// The output of podbay with `--evaluate image`, where ROS is not sourced.
fn in_the_image(profile: &Path, file: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
    command.args([
        "translate",
        "--emit",
        "description",
        "--evaluate",
        "image",
        "--profile",
    ]);
    command.arg(profile).arg(file).args(arguments);
    command.env_remove("AMENT_PREFIX_PATH").output().unwrap()
}

fn evaluation_pods() -> String {
    let selector = "podbay.dev/evaluation";
    let output = Command::new("kubectl")
        .args(["get", "pods,configmaps", "-A", "-o", "name", "-l", selector])
        .output();
    text(&output.unwrap().stdout)
}

#[test]
#[ignore = "needs ROS's launch and a host (tests/control-plane/up --kubelet)"]
fn an_image_evaluates_python_confined_and_leaves_nothing() {
    std::env::set_current_dir(ROOT).unwrap();
    let profile = image();
    let case = "tests/python/opaque_function";
    let output = in_the_image(&profile, &format!("{case}/main.launch.py"), &["count:=3"]);
    assert_eq!(
        without_defaults(&text(&output.stdout)),
        fs::read_to_string(format!("{case}/expected.json")).unwrap(),
        "{}",
        text(&output.stderr)
    );

    let wrong = in_the_image(&profile, "tests/python/error_in_function/main.launch.py", &[]);
    let expected = fs::read_to_string("tests/python/error_in_function/expected.error").unwrap();
    assert_eq!(
        (text(&wrong.stdout), text(&wrong.stderr)),
        (String::new(), expected)
    );

    let output = in_the_image(&profile, "tests/what_it_may.launch.py", &[]);
    let description: Value = serde_json::from_slice(&output.stdout).unwrap();
    let messages = description["messages"].as_array().unwrap();
    for expected in [
        "token: False",
        "capabilities: 0000000000000000",
        "may gain more: False",
        "may write: False",
    ] {
        assert!(messages.contains(&expected.into()), "{expected}: {messages:?}");
    }
    fs::remove_file(profile).unwrap();
    assert!(poll(|| evaluation_pods().is_empty()), "{}", evaluation_pods());
}
