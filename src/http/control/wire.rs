//! The JSON of the private socket.

use serde::{Deserialize, Serialize};

use crate::operation::{self, LaunchRequest, Launches, Pods, SourceFields, StartLaunch};
use podbay_core::health::PodReport;
use podbay_core::launch::LaunchSummary;
use podbay_core::launch_id::LaunchId;
use podbay_core::request::Refusal;
use podbay_text::diagnostic::Diagnostic;

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

/// A launch to start; fields as in `StartLaunch`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Start {
    pub launch_id: String,
    pub package: String,
    pub file: String,
    pub description: String,
    pub format: String,
    pub arguments: Vec<String>,
    pub profile: String,
}

/// A launch that was started.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Started {
    pub message: String,
    pub launch_id: String,
    /// `NAMESPACE/NAME`.
    pub pods: Vec<String>,
    pub problems: Vec<Diagnostic>,
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

impl TryFrom<Start> for StartLaunch {
    type Error = Refusal;

    fn try_from(start: Start) -> Result<Self, Refusal> {
        let Start {
            launch_id,
            package,
            file,
            description,
            format,
            arguments,
            profile,
        } = start;
        let source = SourceFields {
            package,
            file,
            description,
            format,
        };
        Ok(Self(LaunchRequest {
            launch_id: LaunchId::optional(&launch_id)?,
            source: source.try_into()?,
            arguments,
            profile,
        }))
    }
}

impl From<operation::Started> for Started {
    fn from(started: operation::Started) -> Self {
        let pods = started.parts.iter().filter_map(|part| part.pod());
        Self {
            pods: pods.map(|pod| pod.to_string()).collect(),
            message: started.message,
            launch_id: started.launch_id,
            problems: started.problems,
        }
    }
}

impl From<operation::Done> for Done {
    fn from(operation::Done(message): operation::Done) -> Self {
        Self { message }
    }
}
