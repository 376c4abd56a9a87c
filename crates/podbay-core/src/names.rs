//! Names of pods, launches and ROS nodes.

use std::collections::BTreeSet;
use std::fmt;

/// Label on everything podbay creates, with the value [`MANAGED_BY`].
pub const LABEL_MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Value of [`LABEL_MANAGED_BY`], and field manager of podbay's server-side applies.
pub const MANAGED_BY: &str = "podbay";
/// Label with the id of the launch an object belongs to.
pub const LABEL_LAUNCH: &str = "podbay.dev/launch";
/// Label on objects created for a ROS caller, with the value [`ORIGIN_GRAPH`].
pub const LABEL_ORIGIN: &str = "podbay.dev/origin";
/// Value of [`LABEL_ORIGIN`].
pub const ORIGIN_GRAPH: &str = "graph";
/// Label with the Kubernetes-safe name of the ROS process that a pod runs.
pub const LABEL_NODE: &str = "podbay.dev/node";
/// Label selector of launch records: other ConfigMaps of a launch belong to one of its processes.
pub const RECORDS: &str = "podbay.dev/launch,!podbay.dev/node";
/// Label of the ConfigMap that keeps a pod's manifest during a restart.
pub const LABEL_RESTART: &str = "podbay.dev/restart";
/// Annotation, unique per request, by which podbay recognizes the objects it created when the reply was lost.
pub const ANNOTATION_REQUEST: &str = "podbay.dev/request";
/// Annotation of a pod that evaluates a launch file, with its total time limit in seconds.
pub const ANNOTATION_EVALUATION: &str = "podbay.dev/evaluation-seconds";
/// Annotation on objects created for a ROS caller: their memory in bytes. On the record of a launch, this
/// includes everything the launch created except its pods.
pub const ANNOTATION_COST: &str = "podbay.dev/cost";
/// Annotation with the fully qualified names of the ROS nodes that are expected from a pod, separated by
/// commas.
pub const ANNOTATION_NODES: &str = "podbay.dev/nodes";

/// Maximum number of names in that list.
pub(crate) const MOST_NODES: usize = 100;
/// Maximum length of that list, in bytes.
pub(crate) const MOST_NODES_BYTES: usize = 8 * 1024;
/// Maximum length of one name in bytes: the limit of ROS.
const MOST_NODE: usize = 255;

/// Annotation with a hash of a pod's parameters, so that a controller replaces the pod when they change.
pub const ANNOTATION_PARAMETERS: &str = "podbay.dev/parameters-hash";

/// Fully qualified names of the nodes in the ROS graph.
pub type Nodes = BTreeSet<String>;

/// The names in the text of [`ANNOTATION_NODES`], valid or not.
pub(crate) fn listed_nodes(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|name| !name.is_empty())
}

/// Whether `name` is a valid fully qualified node name: `/ns/talker`.
pub(crate) fn is_node(name: &str) -> bool {
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

/// Namespace and name of a pod, which identify it in a cluster at one time.
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
