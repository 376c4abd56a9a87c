//! Limits for ROS callers: the section `limits` of the configuration.

use podbay_description::limits::{ConfiguredLimits, LaunchLimits};
use serde::Deserialize;

/// Limits for ROS callers. Only `launch` applies to the local user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Requests per second of one caller, on average; for a moment, twice as many.
    pub requests_per_second: u32,
    /// Pods created by ROS callers, directly or by launches.
    pub pods: usize,
    /// Launches started by ROS callers.
    pub launches: usize,
    /// Memory of all of these in bytes, see [`Object::cost`](podbay_core::object::Object::cost).
    pub object_bytes: usize,
    /// One launch of the local user.
    pub launch: ConfiguredLimits,
    /// One launch of a ROS caller.
    pub graph_launch: ConfiguredLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_second: 100,
            pods: 200,
            launches: 20,
            object_bytes: 64 << 20,
            launch: ConfiguredLimits::default(),
            graph_launch: ConfiguredLimits::default(),
        }
    }
}

impl Limits {
    /// How to raise the limit `key` of this section, for a refusal.
    pub fn help(key: &str) -> String {
        format!("the limit is `{key}` under `limits` in podbay's configuration")
    }

    /// For the local user.
    pub fn local(&self) -> LaunchLimits {
        LaunchLimits::default().within(&self.launch)
    }

    /// For ROS callers.
    pub fn graph(&self) -> LaunchLimits {
        LaunchLimits::of_graph().within(&self.graph_launch)
    }
}
