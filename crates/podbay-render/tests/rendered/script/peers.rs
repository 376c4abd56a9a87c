//! Waiting for peers and for the discovery server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of programs for the script: `getent` resolves only `known`, and `date` advances quickly.
fn little_world(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let clock = folder.join("clock");
    let _none_yet = fs::remove_file(&clock);
    for (program, code) in [
        ("getent", "case $2 in known*) ;; *) exit 2 ;; esac".to_owned()),
        ("sleep", ":".to_owned()),
        (
            "date",
            format!("echo x >>{0}; echo $(($(wc -l <{0}) * 40))", clock.display()),
        ),
    ] {
        let path = folder.join(program);
        fs::write(&path, format!("#!/bin/sh\n{code}\n")).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    folder
}

/// The environment of a process that waits according to `environment`, and the messages.
fn after_waiting(name: &str, environment: &[(&str, &str)]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/discovery/peers.sh");
    let path = format!(
        "{}:{}",
        little_world(name).display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!(". {script}; exec env")])
        .env_clear()
        .env("PATH", path)
        .envs(environment.iter().copied());
    command.output().unwrap()
}

#[test]
fn the_script_uses_the_resolved_peers() {
    let peers = ("PODBAY_PEERS", "known1 late known2");
    let output = after_waiting("peers", &[peers, ("ROS_STATIC_PEERS", "10.0.0.7")]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("ROS_STATIC_PEERS=10.0.0.7;known1;known2\n"),
        "{text}"
    );
    assert!(!text.contains("PODBAY_") && !text.contains("pb_"), "{text}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        "podbay: the peer late has no address yet; it will discover this pod itself\n"
    );
}

#[test]
fn the_script_configures_peers_for_cyclone_of_humble() {
    let common = [("PODBAY_PEERS", "known1 known2"), ("ROS_DISTRO", "humble")];
    let cyclone = [
        ("RMW_IMPLEMENTATION", "rmw_cyclonedds_cpp"),
        ("CYCLONEDDS_URI", "own.xml"),
    ];
    let output = after_waiting("humble", &[common.as_slice(), &cyclone].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let peers = r#"<Peer address="localhost"/><Peer address="known1"/><Peer address="known2"/>"#;
    assert!(
        text.contains(peers) && text.contains("</CycloneDDS>,own.xml\n"),
        "{text}"
    );
    let output = after_waiting("humble-fast", &common);
    assert_eq!(output.status.code(), Some(127));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("rmw_cyclonedds_cpp") && stderr.contains("discoveryServer"),
        "{stderr}"
    );
}

#[test]
fn the_script_does_not_start_without_the_server() {
    assert!(
        after_waiting("server", &[("PODBAY_WAIT_FOR", "known-server")])
            .status
            .success()
    );
    let output = after_waiting("no-server", &[("PODBAY_WAIT_FOR", "server")]);
    assert_eq!(output.status.code(), Some(127));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("the name server has no address"), "{stderr}");
}
