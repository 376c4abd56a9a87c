//! Names of pods, launches and ROS nodes.

use std::collections::BTreeSet;
use std::fmt;

/// Label on everything podbay makes, with the value [`MANAGED_BY`].
pub const LABEL_MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Value of [`LABEL_MANAGED_BY`], and the field manager of podbay's server-side applies.
pub const MANAGED_BY: &str = "podbay";
/// Label that holds the id of the launch an object belongs to.
pub const LABEL_LAUNCH: &str = "podbay.dev/launch";
/// Label on what a caller from the ROS graph asked for, with the value [`ORIGIN_GRAPH`].
pub const LABEL_ORIGIN: &str = "podbay.dev/origin";
/// Value of [`LABEL_ORIGIN`].
pub const ORIGIN_GRAPH: &str = "graph";
/// Label that holds the Kubernetes-safe name of the ROS process a pod runs.
pub const LABEL_NODE: &str = "podbay.dev/node";
/// Label selector of launch records: a launch's other ConfigMaps belong to one of its processes.
pub const RECORDS: &str = "podbay.dev/launch,!podbay.dev/node";
/// Label of what is kept of a pod while it is restarted.
pub const LABEL_RESTART: &str = "podbay.dev/restart";
/// Annotation by which podbay knows again what it created when the answer was lost: another value each time.
pub const ANNOTATION_REQUEST: &str = "podbay.dev/request";
/// Annotation of a pod that evaluates a launch file, with the seconds it may take in all.
pub const ANNOTATION_EVALUATION: &str = "podbay.dev/evaluation-seconds";
/// Annotation of what a caller from the ROS graph asked for: what it takes to keep it, in bytes. For the record of a
/// launch, with all that the launch made but its pods.
pub const ANNOTATION_COST: &str = "podbay.dev/cost";
/// Annotation that lists the fully qualified ROS nodes a pod should bring, separated by commas.
pub const ANNOTATION_NODES: &str = "podbay.dev/nodes";

/// Most names that count of that list.
pub const MOST_NODES: usize = 100;
/// Most bytes that count of that list.
pub const MOST_NODES_BYTES: usize = 8 * 1024;
/// Most bytes of one name: what ROS takes.
const MOST_NODE: usize = 255;

/// Annotation with a hash of a pod's parameters, so that a controller replaces the pod when they change.
pub const ANNOTATION_PARAMETERS: &str = "podbay.dev/parameters-hash";

/// Fully qualified names of the nodes in the ROS graph.
pub type Nodes = BTreeSet<String>;

/// The names in the text of [`ANNOTATION_NODES`], good or not.
pub fn listed_nodes(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// Whether a node can be called `name`, fully qualified: `/ns/talker`.
pub fn is_node(name: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(|c: char| c.is_ascii_digit())
            && part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    name.len() <= MOST_NODE
        && name
            .strip_prefix('/')
            .is_some_and(|parts| parts.split('/').all(is_part))
}

/// Namespace and name of a pod: its identity in a cluster at one time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PodKey {
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl PodKey {
    /// The pod `name` of `namespace`.
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

impl fmt::Display for PodKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}
