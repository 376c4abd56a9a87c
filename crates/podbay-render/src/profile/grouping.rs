//! Which processes share a pod, and what they share.

use serde::Deserialize;

use super::pod::Switch;
use super::section::section;

section! {
    /// Which processes share a pod, and what they share.
    pub(crate) struct Grouping {
        /// What the processes of a pod have in common; by default each process has its own pod.
        group: Option<GroupBy> = "group",
        /// Size of the pod's `/dev/shm`; `0` leaves it to the container runtime.
        shared_memory: Option<String> = "sharedMemory",
        /// Whether the containers of a pod see each other's processes.
        share_process_namespace: Option<Switch> = "shareProcessNamespace",
    }
}

/// What the processes of a pod have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum GroupBy {
    /// One process per pod.
    #[default]
    Node,
    /// Their namespace.
    Namespace,
    /// The innermost `group` of the launch file.
    Group,
    /// The launch.
    Launch,
}
