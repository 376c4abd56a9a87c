//! The pod of a case in `tests/health`.

use std::time::{Duration, SystemTime};

use k8s_openapi::api::core::v1 as k8s;
use podbay_core::cluster::pod::from_kubernetes;
use podbay_core::health::{self, Connection, PodReport, Surroundings};
use podbay_core::names::Nodes;
use serde::Deserialize;

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
pub(crate) enum ConnectionKind {
    Connecting,
    Connected,
    Lost,
}

/// 2026-01-01T00:10:00Z
pub(crate) fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_226_200)
}

pub(crate) fn connection(kind: &ConnectionKind) -> Connection {
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

pub(crate) fn report(case: &str) -> PodReport {
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
