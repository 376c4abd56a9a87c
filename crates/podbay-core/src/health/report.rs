//! Health of a pod, in terms of `diagnostic_msgs/DiagnosticStatus`.

use std::sync::Arc;
use std::time::SystemTime;

use crate::pod::Pod;

/// Level of a `diagnostic_msgs/DiagnosticStatus`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum Level {
    Ok = 0,
    Warn = 1,
    Error = 2,
    Stale = 3,
}

impl Level {
    /// All levels, from OK to STALE.
    pub const ALL: [Self; 4] = [Self::Ok, Self::Warn, Self::Error, Self::Stale];

    /// The name in diagnostic_msgs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Stale => "STALE",
        }
    }
}

/// A pod's health.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Health {
    /// The level.
    pub level: Level,
    /// One CamelCase word, that of Kubernetes if there is one (`CrashLoopBackOff`).
    pub reason: String,
    /// One sentence for a person.
    pub message: String,
    /// The expected ROS nodes, and whether they are in the graph.
    pub nodes: Vec<NodePresence>,
}

/// Whether an expected ROS node is in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodePresence {
    /// Fully qualified name.
    pub name: String,
    /// Whether it is in the ROS graph now.
    pub present: bool,
}

/// Whether the cluster that runs the pods is responding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Connection {
    /// It has not responded yet.
    #[default]
    Connecting,
    /// It is responding, and known state is up to date.
    Connected {
        /// Since when.
        since: SystemTime,
    },
    /// It is not responding; known state may be out of date.
    Lost {
        /// Since when.
        since: SystemTime,
        /// Why, for a person.
        reason: String,
    },
}

/// A pod with its health: what podbay reports to the ROS graph.
#[derive(Clone, Debug, PartialEq)]
pub struct PodReport {
    /// The pod.
    pub pod: Pod,
    /// Its health.
    pub health: Health,
}

/// One change of the set of pods, as published on `~/pod_events`.
#[derive(Clone, Debug, PartialEq)]
pub struct PodEvent {
    /// What happened.
    pub kind: EventKind,
    /// The pod after the change; for a deletion, its last known state.
    pub report: Arc<PodReport>,
    /// Level before the change; for an added pod, its current level.
    pub previous: Level,
}

/// Kind of a [`PodEvent`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum EventKind {
    Added = 1,
    Modified = 2,
    Deleted = 3,
}

/// One status of `diagnostic_msgs/DiagnosticArray`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiagnosticStatus {
    /// Level.
    pub level: Level,
    /// Its subject, `podbay: default/talker`.
    pub name: String,
    /// One sentence.
    pub message: String,
    /// The host.
    pub hardware_id: String,
    /// Further facts by name.
    pub values: Vec<(String, String)>,
}
