//! Health as diagnostics.

use podbay_core::health::{self, Connection, DiagnosticStatus, Level};

use crate::pod::{ConnectionKind, connection, report};

#[test]
fn the_diagnostic_of_a_pod_has_its_state() {
    let mut report = report(&podbay_testing::read("tests/health/init_keeps_failing.yaml"));
    report
        .pod
        .labels
        .insert("podbay.dev/launch".to_owned(), "demo".to_owned());
    let status = health::diagnostic("/podbay", &report);
    assert_eq!(
        (status.level, status.name.as_str(), status.hardware_id.as_str()),
        (Level::Error, "podbay: n/a", "h1")
    );
    assert_eq!(
        status.message,
        "CrashLoopBackOff: container i keeps restarting: exit code 3, restarts: 2"
    );
    let values: Vec<_> = status
        .values
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let expected = "phase=Pending ready=false restarts=2 host=h1 ip= launch=demo nodes missing= \
                    container i=waiting: CrashLoopBackOff container c=waiting: PodInitializing";
    assert_eq!(values.join(" "), expected);
}

#[test]
fn the_diagnostic_of_the_cluster_has_its_connection() {
    let status = |kind| {
        let DiagnosticStatus {
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
        status(ConnectionKind::Connected),
        (Level::Ok, "connected".to_owned())
    );
    assert_eq!(
        status(ConnectionKind::Lost),
        (Level::Stale, "not responding: connection refused".to_owned())
    );
    assert_eq!(
        status(ConnectionKind::Connecting),
        (Level::Stale, "not connected yet".to_owned())
    );
}

#[test]
fn the_diagnostics_of_two_robots_have_different_names() {
    let report = report(&podbay_testing::read("tests/health/init_keeps_failing.yaml"));
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
