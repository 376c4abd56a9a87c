//! Which processes share a pod, and what they share.

use serde::de::{Deserialize, Deserializer, Error};

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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

impl GroupBy {
    const ALL: [(&str, Self); 4] = [
        ("node", Self::Node),
        ("namespace", Self::Namespace),
        ("group", Self::Group),
        ("launch", Self::Launch),
    ];
    const NAMES: [&str; 4] = ["node", "namespace", "group", "launch"];
}

/// A name, so that a mapping is an error of the key itself.
impl<'de> Deserialize<'de> for GroupBy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let known = Self::ALL.into_iter().find(|(known, _)| *known == name);
        let (_, by) = known.ok_or_else(|| D::Error::unknown_variant(&name, &Self::NAMES))?;
        Ok(by)
    }
}
