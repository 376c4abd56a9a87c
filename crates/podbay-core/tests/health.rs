//! Health: each file of `tests/health/` has a pod in Kubernetes' form, the ROS graph, and podbay's result at
//! ten minutes after midnight. `UPDATE_EXPECT=1` rewrites the results; review the difference.

#![allow(clippy::unwrap_used)]

#[path = "../../../tests/cases/mod.rs"]
mod cases;

use std::time::{Duration, SystemTime};

use k8s_openapi::api::core::v1 as k8s;
use podbay_core::cluster::pod::from_kubernetes;
use podbay_core::health;
use podbay_core::health::Surroundings;
use podbay_core::health::{Connection, Diagnostic, Health, Level, PodReport};
use podbay_core::names::Nodes;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    graph: Nodes,
    connection: ConnectionKind,
    pod: k8s::Pod,
    /// The cluster's event about it.
    warning: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum ConnectionKind {
    Connecting,
    Connected,
    Lost,
}

/// 2026-01-01T00:10:00Z
fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_226_200)
}

fn connection(kind: &ConnectionKind) -> Connection {
    let since = now() - Duration::from_secs(5);
    match kind {
        ConnectionKind::Connecting => Connection::Connecting,
        ConnectionKind::Connected => Connection::Connected { since },
        ConnectionKind::Lost => Connection::Lost {
            since,
            reason: "connection refused".to_owned(),
        },
    }
}

fn report(case: &str) -> PodReport {
    let case: Case = serde_saphyr::from_str(case).unwrap();
    let mut pod = from_kubernetes(&case.pod);
    pod.warning = case.warning;
    let connection = connection(&case.connection);
    let around = Surroundings {
        nodes: &case.graph,
        connection: &connection,
        now: now(),
    };
    let health = health::evaluate(&pod, &around);
    PodReport { pod, health }
}

fn output(case: &str) -> String {
    let report = report(case);
    let Health {
        level,
        reason,
        message,
        nodes,
    } = &report.health;
    let missing: Vec<_> = nodes
        .iter()
        .filter(|node| !node.present)
        .map(|node| &node.name)
        .collect();
    let changes =
        health::next_change(&report.pod, now()).map(|at| at.duration_since(now()).unwrap().as_secs());
    let expected = json!({"level": level.as_str(), "reason": reason, "message": message,
        "missing": missing, "changes after seconds": changes});
    serde_saphyr::to_string_with_options(
        &expected,
        serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX },
    )
    .unwrap()
}

#[test]
fn cases() {
    cases::check_all("health", 50, output);
}

#[test]
fn the_diagnostic_of_a_pod_tells_what_is_known() {
    let mut report = report(&cases::case("health/init_keeps_failing.yaml"));
    report
        .pod
        .labels
        .insert("podbay.dev/launch".to_owned(), "demo".to_owned());
    let told = health::diagnostic("/podbay", &report);
    assert_eq!(
        (told.level, told.name.as_str(), told.hardware_id.as_str()),
        (Level::Error, "podbay: n/a", "h1")
    );
    assert_eq!(
        told.message,
        "CrashLoopBackOff: container i keeps restarting: exit code 3, restarts: 2"
    );
    let values: Vec<_> = told
        .values
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let expected = "phase=Pending ready=false restarts=2 host=h1 ip= launch=demo nodes missing= \
                    container i=waiting: CrashLoopBackOff container c=waiting: PodInitializing";
    assert_eq!(values.join(" "), expected);
}

#[test]
fn the_diagnostic_of_the_cluster_tells_whether_it_is_responding() {
    let told = |kind| {
        let Diagnostic {
            level,
            name,
            message,
            hardware_id,
            ..
        } = health::connection("/podbay", "kube https://a", &connection(&kind));
        assert_eq!(
            (name.as_str(), hardware_id.as_str()),
            ("podbay: cluster", "kube https://a")
        );
        (level, message)
    };
    assert_eq!(
        told(ConnectionKind::Connected),
        (Level::Ok, "connected".to_owned())
    );
    assert_eq!(
        told(ConnectionKind::Lost),
        (Level::Stale, "not responding: connection refused".to_owned())
    );
    assert_eq!(
        told(ConnectionKind::Connecting),
        (Level::Stale, "not connected yet".to_owned())
    );
}

#[test]
fn the_diagnostics_of_two_robots_have_different_names() {
    let report = report(&cases::case("health/init_keeps_failing.yaml"));
    let names = |node: &str| {
        let cluster = health::connection(node, "embedded", &Connection::Connecting);
        [health::diagnostic(node, &report).name, cluster.name]
    };
    assert_eq!(names("/podbay"), ["podbay: n/a", "podbay: cluster"]);
    assert_eq!(
        names("/robot1/podbay"),
        ["robot1/podbay: n/a", "robot1/podbay: cluster"]
    );
}
