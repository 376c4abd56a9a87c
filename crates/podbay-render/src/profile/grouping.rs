//! Which processes share a pod, and what they share in it.

use serde::Deserialize;

use super::section::section;

section! {
    /// Which processes share a pod, and what they share in it.
    pub struct Grouping {
        /// What processes must have in common to share a pod; each has its own when nothing is said.
        group: Option<GroupBy> = "group",
        /// Size of the pod's `/dev/shm`; `0` for what the container runtime gives.
        shared_memory: Option<String> = "sharedMemory",
        /// Whether the containers of a pod see each other's processes.
        share_process_namespace: Option<bool> = "shareProcessNamespace",
    }
}

/// What processes have in common that share a pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    /// Nothing: one process, one pod.
    #[default]
    Node,
    /// Their namespace.
    Namespace,
    /// The innermost `group` of the launch file.
    Group,
    /// Nothing but the launch.
    Launch,
}
