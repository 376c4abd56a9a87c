//! Health as `diagnostic_msgs/DiagnosticStatus`.

use std::borrow::Cow;

use crate::health::{Connection, DiagnosticStatus, Health, Level, PodReport};
use crate::pod::{Container, ContainerState, Pod};
use podbay_text::shown;

use super::containers::exit;

/// The status of one pod, as reported by the node `podbay` (fully qualified).
pub fn diagnostic(podbay: &str, report: &PodReport) -> DiagnosticStatus {
    let PodReport { pod, health } = report;
    shown(DiagnosticStatus {
        level: health.level,
        name: name(podbay, &pod.key),
        message: format!("{}: {}", health.reason, health.message),
        hardware_id: pod.host.clone(),
        values: values(pod, health),
    })
}

/// The status of the connection to `cluster` (a name for a person), as reported by the node `podbay`.
pub fn connection(podbay: &str, cluster: &str, connection: &Connection) -> DiagnosticStatus {
    let (level, message) = match connection {
        Connection::Connecting => (Level::Stale, "not connected yet".to_owned()),
        Connection::Connected { .. } => (Level::Ok, "connected".to_owned()),
        Connection::Lost { reason, .. } => (Level::Stale, format!("not responding: {reason}")),
    };
    shown(DiagnosticStatus {
        level,
        name: name(podbay, "cluster"),
        message,
        hardware_id: cluster.to_owned(),
        values: vec![("cluster".to_owned(), cluster.to_owned())],
    })
}

/// Escapes the text, since consoles print it unchanged.
fn shown(mut diagnostic: DiagnosticStatus) -> DiagnosticStatus {
    let DiagnosticStatus {
        name,
        message,
        hardware_id,
        values,
        ..
    } = &mut diagnostic;
    let values = values.iter_mut().flat_map(|(name, value)| [name, value]);
    for text in [name, message, hardware_id].into_iter().chain(values) {
        if let Cow::Owned(line) = shown::line(text) {
            *text = line;
        }
    }
    diagnostic
}

/// Everyone publishes on the same topic, so the name contains the publisher: `podbay: …` for a podbay without
/// a namespace, `robot1/podbay: …` for one in a namespace.
fn name(podbay: &str, of: impl std::fmt::Display) -> String {
    format!("{}: {of}", podbay.trim_start_matches('/'))
}

fn values(pod: &Pod, health: &Health) -> Vec<(String, String)> {
    let missing: Vec<_> = health
        .nodes
        .iter()
        .filter(|node| !node.present)
        .map(|node| node.name.as_str())
        .collect();
    let mut values = vec![
        ("phase".to_owned(), pod.phase.as_str().to_owned()),
        ("ready".to_owned(), pod.ready.to_string()),
        ("restarts".to_owned(), pod.restarts().to_string()),
        ("host".to_owned(), pod.host.clone()),
        ("ip".to_owned(), pod.ip.clone()),
        ("launch".to_owned(), pod.launch().to_owned()),
        ("nodes missing".to_owned(), missing.join(", ")),
    ];
    values.extend(
        pod.reported_containers()
            .iter()
            .map(|container| (format!("container {}", container.name), state(container))),
    );
    values
}

fn state(container: &Container) -> String {
    match &container.state {
        ContainerState::Waiting { reason, .. } if reason.is_empty() => "waiting".to_owned(),
        ContainerState::Waiting { reason, .. } => format!("waiting: {reason}"),
        ContainerState::Running { .. } if container.ready => "running, ready".to_owned(),
        ContainerState::Running { .. } => "running, not ready".to_owned(),
        ContainerState::Terminated(end) => format!("ended: {}", exit(end)),
    }
}
