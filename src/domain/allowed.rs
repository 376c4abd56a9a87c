//! `limits.launch` and `limits.graph_launch` of the configuration file: how much one launch may ask for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::extent::Bounds;
use super::limits::Limits;

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

/// What counts for the launches of one kind of caller.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// How large a launch may become.
    pub bounds: Bounds,
    /// How long its evaluation and its rendering may take.
    pub time: Time,
}

/// Time of one request, over all its turns at work. Copies share what is left.
#[derive(Clone, Debug)]
pub struct Time {
    whole: Duration,
    left: Arc<Mutex<Duration>>,
}

impl Time {
    /// All of `whole`.
    pub fn new(whole: Duration) -> Self {
        Self {
            whole,
            left: Arc::new(Mutex::new(whole)),
        }
    }

    /// All there was.
    pub fn whole(&self) -> Duration {
        self.whole
    }

    /// What is left.
    pub fn left(&self) -> Duration {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what a turn took.
    pub fn spend(&self, taken: Duration) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_sub(taken);
    }
}

impl Limits {
    /// For the person who started podbay.
    pub fn local(&self) -> Allowed {
        self.launch.over(Bounds::default(), 300)
    }

    /// For callers from the ROS graph.
    pub fn graph(&self) -> Allowed {
        self.graph_launch.over(Bounds::of_graph(), 20)
    }
}

impl LaunchLimits {
    fn over(&self, default: Bounds, seconds: u64) -> Allowed {
        Allowed {
            bounds: Bounds {
                processes: self.processes.unwrap_or(default.processes),
                bytes: self.bytes.unwrap_or(default.bytes),
                ..default
            },
            time: Time::new(Duration::from_secs(self.seconds.unwrap_or(seconds))),
        }
    }
}
