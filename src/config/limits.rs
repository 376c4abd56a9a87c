//! How much callers from the ROS graph may ask of podbay: the section `limits` of its configuration.

use podbay_description::bounds::{LaunchBounds, LaunchLimits};
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
    /// What all of these may take to keep, in bytes, see [`Object::cost`](podbay_core::object::Object::cost).
    pub object_bytes: usize,
    /// One launch of the person who started podbay.
    pub launch: LaunchLimits,
    /// One launch that a caller from the ROS graph asks for.
    pub graph_launch: LaunchLimits,
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

    /// For the person who started podbay.
    pub fn local(&self) -> LaunchBounds {
        LaunchBounds::default().within(&self.launch)
    }

    /// For callers from the ROS graph.
    pub fn graph(&self) -> LaunchBounds {
        LaunchBounds::of_graph().within(&self.graph_launch)
    }
}
