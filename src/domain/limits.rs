//! How much callers from the ROS graph may ask of podbay: the section `limits` of its configuration.

use serde::Deserialize;

/// Bounds for callers from the ROS graph. Who started podbay is not bound by them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests a second that one caller may make in the long run; for a moment, twice as many.
    pub requests_per_second: u32,
    /// Pods that there may be of those made from the graph, by themselves or by launches.
    pub pods: usize,
    /// Launches that there may be of those started from the graph.
    pub launches: usize,
    /// What all of these may take to keep, in bytes, see [`Object::cost`](super::object::Object::cost).
    pub object_bytes: usize,
    /// One launch of the person who started podbay.
    pub launch: LaunchLimits,
    /// One launch that a caller from the ROS graph asks for.
    pub graph_launch: LaunchLimits,
}

/// Limits of one launch; what is unset counts as by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LaunchLimits {
    /// Processes and components.
    pub processes: Option<usize>,
    /// Bytes of the evaluated description.
    pub bytes: Option<usize>,
    /// Seconds that its evaluation by podbay and its rendering may take together.
    pub seconds: Option<u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_second: 100,
            pods: 200,
            launches: 20,
            object_bytes: 64 << 20,
            launch: LaunchLimits::default(),
            graph_launch: LaunchLimits::default(),
        }
    }
}

impl Limits {
    /// What a refusal says about the way out, for the key `key` of this section.
    pub fn way_out(key: &str) -> String {
        format!("`{key}` under `limits` in podbay's configuration says how many")
    }
}
