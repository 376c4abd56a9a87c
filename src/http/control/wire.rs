//! The JSON of the private socket.

use serde::{Deserialize, Serialize};

use crate::operation::{self, Launches, Pods};
use podbay_core::health::PodReport;
use podbay_core::launch::LaunchSummary;

/// The cluster of this podbay, and whether it works.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// As in `--cluster`: `kube` or `embedded`.
    pub cluster: String,
    /// Why it needs a restart; "" if it does not.
    #[serde(default)]
    pub trouble: String,
}

/// One pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Pod {
    pub namespace: String,
    pub name: String,
    pub launch: String,
    /// The name in Kubernetes.
    pub phase: String,
    /// `OK`, `WARN`, `ERROR`, `STALE`.
    pub health: String,
    /// One word.
    pub reason: String,
    /// One sentence.
    pub message: String,
    pub ready: bool,
    pub restarts: u32,
    pub host: String,
    /// Expected ROS nodes.
    pub nodes: Vec<Node>,
}

/// One ROS node of a pod.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Node {
    pub name: String,
    pub present: bool,
}

/// One launch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Launch {
    pub id: String,
    pub source: String,
    pub state: String,
    pub pods: u32,
    pub ready: u32,
}

/// A successful request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Done {
    pub message: String,
}

impl From<&PodReport> for Pod {
    fn from(report: &PodReport) -> Self {
        let (pod, health) = (&report.pod, &report.health);
        let node = |node: &podbay_core::health::NodePresence| Node {
            name: node.name.clone(),
            present: node.present,
        };
        Self {
            namespace: pod.key.namespace.clone(),
            name: pod.key.name.clone(),
            launch: pod.launch().to_owned(),
            phase: pod.phase.as_str().to_owned(),
            health: health.level.as_str().to_owned(),
            reason: health.reason.clone(),
            message: health.message.clone(),
            ready: pod.ready,
            restarts: pod.restarts(),
            host: pod.host.clone(),
            nodes: health.nodes.iter().map(node).collect(),
        }
    }
}

impl From<LaunchSummary> for Launch {
    fn from(launch: LaunchSummary) -> Self {
        let LaunchSummary {
            id,
            source,
            state,
            pods,
            ready,
        } = launch;
        Self {
            id,
            source,
            state: state.as_str().to_owned(),
            pods,
            ready,
        }
    }
}

impl From<Pods> for Vec<Pod> {
    fn from(Pods(page): Pods) -> Self {
        page.pods.iter().map(|report| Pod::from(&**report)).collect()
    }
}

impl From<Launches> for Vec<Launch> {
    fn from(Launches(launches): Launches) -> Self {
        launches.into_iter().map(Launch::from).collect()
    }
}

impl From<operation::Done> for Done {
    fn from(operation::Done(message): operation::Done) -> Self {
        Self { message }
    }
}
