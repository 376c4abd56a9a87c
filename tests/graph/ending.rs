//! The end of the daemon while it has pods, and of what it runs for a caller.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::support::{Podbay, next_domain, poll, wait_until};

/// Longest grace period that ROS callers may have, in seconds.
const GRACE: u64 = 300;

/// Prints `up` once it ignores SIGTERM.
const DEAF: &str = "trap : TERM; echo up; while :; do sleep 0.05; done";

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn a_second_interrupt_ends_the_daemon_without_waiting() {
    let mut podbay = Podbay::serve();
    let manifest = json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "deaf"},
        "spec": {
            "terminationGracePeriodSeconds": GRACE,
            "containers": [{"name": "main", "image": "none", "command": ["sh", "-c", DEAF]}],
        },
    });
    podbay.succeed("cyclone", "create_pod", &[&format!("manifest={manifest}")]);
    podbay.call_until("cyclone", "get_logs", &["name=deaf"], |reply| {
        reply["log"] == "up\n"
    });
    podbay.press_ctrl_c();
    assert!(poll(|| podbay
        .output()
        .contains("[podbay] INFO SIGINT: stopping")));
    assert_eq!(podbay.insist(Duration::from_secs(GRACE / 2)), Some(0));
    assert!(
        podbay.output().contains("[podbay] WARN SIGINT again"),
        "{}",
        podbay.output()
    );
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn a_command_of_a_launch_file_ends_with_the_time_of_its_launch() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = |name: &str| folder.join(format!("slow-command.{name}")).display().to_string();
    let (script, pid, config) = (file("sh"), file("pid"), file("yaml"));
    std::fs::write(&script, format!("echo $$ > {pid}; exec sleep 600")).unwrap();
    let settings = "policy: {allow_command: true}\nlimits: {graph_launch: {seconds: 1}}\n";
    std::fs::write(&config, settings).unwrap();
    let options = ["--cluster=embedded", "--http=off", "--config", &config];
    let podbay = Podbay::on(&options, next_domain(), &["serve"]);
    let description = format!("description=<launch><log message=\"$(command 'sh {script}')\"/></launch>");
    let reply = podbay.call("cyclone", "start_launch", &[&description, "format=xml"]);
    let said = reply["message"].as_str().unwrap();
    assert!(said.contains("timed out after 1 s"), "{said}");
    let process = format!("/proc/{}", std::fs::read_to_string(pid).unwrap().trim());
    // far less than the 60 s that any command may take
    let ended = wait_until(Duration::from_secs(30), || !Path::new(&process).exists());
    assert!(ended, "{process} still runs");
}
