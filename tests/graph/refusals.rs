//! Requests that are refused, and what their messages name.

use serde_json::Value;

use super::LONG_RUNNING;
use super::support::{Podbay, VENDORS, pod};

/// Requests, and what their refusals must contain: the thing and how to fix it.
const BAD_INPUT: [(&str, &[&str], &[&str]); 13] = [
    ("create_pod", &["manifest={ not: [yaml"], &["manifest"]),
    ("create_pod", &["manifest="], &["manifest"]),
    ("create_pod", &["manifest=42"], &["manifest", "Pod"]),
    (
        "create_pod",
        &[r#"manifest={"apiVersion":"v1","kind":"Service","metadata":{"name":"x"}}"#],
        &["Service", "Pod"],
    ),
    (
        "create_pod",
        &[
            r#"manifest={"apiVersion":"v1","kind":"Pod","metadata":{"name":"No Name!"},"spec":{"containers":[{"name":"a","image":"a"}]}}"#,
        ],
        &["No Name!"],
    ),
    (
        "create_pod",
        &[r#"manifest={"apiVersion":"v1","kind":"Pod","metadata":{"name":"empty"},"spec":{}}"#],
        &["containers"],
    ),
    ("get_pod", &["name=nobody"], &["nobody"]),
    ("delete_pod", &["name=nobody"], &["nobody"]),
    ("restart_pod", &["name=nobody"], &["nobody"]),
    ("get_logs", &["name=nobody"], &["nobody"]),
    ("stop_launch", &["launch_id=never-started"], &["never-started"]),
    (
        "start_launch",
        &["description=<launch><node/></launch>", "format=xml"],
        &["exec"],
    ),
    (
        "start_launch",
        &["file=/no/such.launch.xml"],
        &["/no/such.launch.xml"],
    ),
];

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn bad_input_is_refused_with_the_reason_and_the_daemon_goes_on() {
    let podbay = Podbay::serve();
    for dds in VENDORS {
        for (service, fields, words) in BAD_INPUT {
            refused(&podbay, dds, service, fields, words);
        }
        podbay.succeed(dds, "list_pods", &[]);
    }
    assert_eq!(
        podbay.succeed("cyclone", "list_launches", &[])["launches"],
        Value::Array(vec![])
    );
}

#[test]
#[ignore = "needs a network namespace and the foreign peers (tests/run)"]
fn what_is_taken_foreign_or_too_large_is_refused() {
    let podbay = Podbay::serve();
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("oversized.yaml");
    std::fs::write(&file, format!("# {}\n{}", "x".repeat(2 << 20), "kind: Pod")).unwrap();
    podbay.succeed("cyclone", "create_pod", &[&pod("taken", LONG_RUNNING)]);
    for dds in VENDORS {
        refused(
            &podbay,
            dds,
            "create_pod",
            &[&pod("taken", LONG_RUNNING)],
            &["taken", "exist"],
        );
        refused(
            &podbay,
            dds,
            "create_pod",
            &[&format!("manifest=@{}", file.display())],
            &["bytes"],
        );
        refused(
            &podbay,
            dds,
            "create_pod",
            &["pod_namespace=elsewhere", &pod("a", "true")],
            &["elsewhere"],
        );
        refused(&podbay, dds, "list_pods", &["label_selector=((("], &["((("]);
        podbay.succeed(dds, "get_pod", &["name=taken"]);
    }
}

fn refused(podbay: &Podbay, dds: &str, service: &str, fields: &[&str], words: &[&str]) {
    let reply = podbay.call(dds, service, fields);
    assert_eq!(reply["success"], false, "{dds} {service} {fields:?}: {reply}");
    let message = reply["message"].as_str().unwrap();
    for word in words {
        assert!(
            message.contains(word),
            "{dds} {service}: {message:?} does not name {word:?}"
        );
    }
}
