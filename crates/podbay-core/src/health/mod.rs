//! Health: reduces a pod, the ROS graph and the connection to the cluster to one level, one reason and one
//! sentence.
//!
//! ```text
//!   Pod ─────────┐
//!   ROS nodes ───┼── evaluate ── Health ── diagnostic ── diagnostic_msgs/DiagnosticStatus
//!   Connection ──┤
//!   now ─────────┘
//! ```
//!
//! Pure: the same input gives the same health. [`next_change`] returns when time alone will change it.
//! Messages contain no durations or other values that change by themselves, so equal health means that
//! nothing happened.

mod containers;
mod diagnostic;
mod report;
mod start;

use std::time::{Duration, SystemTime};

pub use diagnostic::{connection, diagnostic};
pub use report::*;
pub use start::SETUP_FAILING;

use crate::names::Nodes;
use crate::pod::{Phase, Pod};

/// How long a restarted container keeps its pod from being OK: long enough for a person and for an aggregator
/// at 1 Hz to notice, short enough that a single restart is not an alarm for long.
pub const RESTARTED_LATELY: Duration = Duration::from_secs(60);

/// How long a deleted pod may exist after its grace period, while the kubelet kills its processes and removes
/// its volumes and its network.
const OVERDUE: Duration = Duration::from_secs(60);

/// The inputs of an evaluation besides the pod.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    /// The nodes in the ROS graph.
    pub nodes: &'a Nodes,
    /// The connection to the cluster that reported the pod.
    pub connection: &'a Connection,
    /// The current time.
    pub now: SystemTime,
}

/// Level, reason and message, without the nodes.
struct Verdict {
    level: Level,
    reason: String,
    message: String,
}

impl Verdict {
    fn new(level: Level, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            level,
            reason: reason.into(),
            message: message.into(),
        }
    }
}

/// The health of `pod`. The first rule that applies decides; without one, the pod is OK.
pub fn evaluate(pod: &Pod, around: &Surroundings<'_>) -> Health {
    let nodes = presence(pod, around.nodes);
    let verdict = not_responding(pod, around.connection)
        .or_else(|| being_deleted(pod, around.now))
        .or_else(|| ended(pod))
        .or_else(|| start::unschedulable(pod, around.now))
        .or_else(|| containers::cannot_run(pod))
        .or_else(|| containers::killed_for_memory(pod, around.now))
        .or_else(|| start::not_set_up(pod, around.now))
        .or_else(|| start::starting(pod))
        .or_else(|| containers::restarted(pod, around.now))
        .or_else(|| not_ready(pod))
        .or_else(|| node_missing(&nodes))
        .unwrap_or_else(|| Verdict::new(Level::Ok, "Running", "running and ready"));
    Health {
        level: verdict.level,
        reason: verdict.reason,
        message: verdict.message,
        nodes,
    }
}

/// When a pod that is being deleted should have ended at the latest.
pub fn overdue_at(pod: &Pod) -> Option<SystemTime> {
    pod.deleting?.checked_add(OVERDUE)
}

/// When time alone changes the health of `pod` next, if at all.
pub fn next_change(pod: &Pod, now: SystemTime) -> Option<SystemTime> {
    let ends = pod.containers.iter().filter_map(containers::lately_until);
    let all = ends.chain(overdue_at(pod)).chain(start::due(pod));
    all.filter(|due| *due > now).min()
}

fn presence(pod: &Pod, graph: &Nodes) -> Vec<NodePresence> {
    let of = |name: &str| NodePresence {
        name: name.to_owned(),
        present: graph.contains(name),
    };
    pod.expected_nodes().map(of).collect()
}

fn not_responding(pod: &Pod, connection: &Connection) -> Option<Verdict> {
    let stale = |reason, message| Some(Verdict::new(Level::Stale, reason, message));
    match connection {
        Connection::Lost { .. } => stale(
            "ClusterLost",
            "the cluster is not responding; last known state".to_owned(),
        ),
        _ if host_lost(pod) => stale(
            "NodeLost",
            format!("host {} is not responding; last known state", pod.host),
        ),
        _ if pod.phase == Phase::Unknown => {
            stale("Unknown", format!("the state on host {} is unknown", pod.host))
        }
        _ => None,
    }
}

/// A kubelet always gives a reason why a pod is not ready. Kubernetes gives none when the kubelet is not
/// responding.
fn host_lost(pod: &Pod) -> bool {
    let running = pod.phase == Phase::Running && !pod.containers.is_empty();
    let silent = !pod.ready
        && pod.not_ready.is_empty()
        && pod
            .containers
            .iter()
            .all(|container| !container.stays() || container.ready);
    pod.reason == "NodeLost" || (running && silent)
}

/// A kubelet ends a pod within its grace period; a pod that exists long after that needs help.
fn being_deleted(pod: &Pod, now: SystemTime) -> Option<Verdict> {
    let overdue = start::passed(pod.deleting?, OVERDUE, now);
    let keeper = match pod.finalizers.as_slice() {
        [] => format!(
            "host {} has not stopped it; if the host is gone for good, delete the pod with grace period 0",
            pod.host
        ),
        [one] => format!("finalizer {one} blocks the deletion"),
        several => format!("finalizers {} block the deletion", several.join(", ")),
    };
    let why = pod.disruption.as_deref().and_then(containers::short);
    let (level, message) = match (overdue, why) {
        (true, _) => (
            Level::Error,
            format!("its grace period has expired, but {keeper}"),
        ),
        (false, Some(why)) => (Level::Warn, format!("being deleted: {why}")),
        (false, None) => (Level::Warn, "being deleted".to_owned()),
    };
    Some(Verdict::new(level, "Terminating", message))
}

fn ended(pod: &Pod) -> Option<Verdict> {
    match pod.phase {
        Phase::Succeeded => Some(Verdict::new(
            Level::Ok,
            "Completed",
            "every container has succeeded",
        )),
        Phase::Failed if !pod.reason.is_empty() => {
            let message =
                containers::short(&pod.message).unwrap_or_else(|| format!("failed: {}", pod.reason));
            Some(Verdict::new(Level::Error, &pod.reason, message))
        }
        Phase::Failed => {
            Some(containers::ended_badly(pod).unwrap_or_else(|| {
                Verdict::new(Level::Error, "Failed", "failed; the cluster gives no reason")
            }))
        }
        _ => None,
    }
}

fn not_ready(pod: &Pod) -> Option<Verdict> {
    let warn = |reason, message| Some(Verdict::new(Level::Warn, reason, message));
    let waiting = containers::names(pod, |container| container.stays() && !container.ready);
    match (pod.not_ready.as_str(), waiting.is_empty()) {
        _ if pod.ready => None,
        ("", true) => warn("NotReady", "not ready".to_owned()),
        ("", false) => warn("ContainersNotReady", format!("not ready: {waiting}")),
        (reason, true) => warn(reason, "all containers are ready, but the pod is not".to_owned()),
        (reason, false) => warn(reason, format!("not ready: {waiting}")),
    }
}

fn node_missing(nodes: &[NodePresence]) -> Option<Verdict> {
    let missing: Vec<_> = nodes
        .iter()
        .filter(|node| !node.present)
        .map(|node| node.name.as_str())
        .collect();
    let message = match missing.as_slice() {
        [] => return None,
        [one] => format!("ROS node {one} is not in the graph"),
        several => format!("ROS nodes {} are not in the graph", several.join(", ")),
    };
    Some(Verdict::new(Level::Warn, "NodeMissing", message))
}
