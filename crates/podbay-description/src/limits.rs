//! Limits of one launch: `limits.launch` and `limits.graph_launch` of the configuration file.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;

use super::cancel::Cancel;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Configured limits of one launch; unset ones have their defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConfiguredLimits {
    /// Processes and components.
    pub processes: Option<usize>,
    /// Bytes of the evaluated description.
    pub bytes: Option<usize>,
    /// Seconds for evaluation by podbay and rendering together.
    pub seconds: Option<u64>,
}

/// Limits of one launch, from its file to its objects.
#[derive(Clone, Debug)]
pub struct LaunchLimits {
    /// Processes and components.
    pub processes: usize,
    /// Memory of the description in bytes, including each process's copy of environment, parameters and
    /// remappings.
    pub bytes: usize,
    /// Time for evaluation and rendering.
    pub time: Time,
    /// The configuration key of these limits: `limits.launch`.
    pub key: &'static str,
    /// Whether the caller still waits.
    pub cancel: Cancel,
}

/// Time budget of one request, for all its turns. Copies share it.
#[derive(Clone, Debug)]
pub struct Time {
    whole: Duration,
    left: Arc<Mutex<Duration>>,
}

impl Time {
    /// A budget of `whole`.
    pub fn new(whole: Duration) -> Self {
        Self {
            whole,
            left: Arc::new(Mutex::new(whole)),
        }
    }

    /// The initial budget.
    pub fn whole(&self) -> Duration {
        self.whole
    }

    /// The remaining budget.
    pub fn left(&self) -> Duration {
        *self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Subtracts the time of one turn.
    pub fn spend(&self, taken: Duration) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        *left = left.saturating_sub(taken);
    }
}

/// Bytes counted for a word of a command line, a variable, a parameter or a remapping, in addition to its
/// text: its memory in the description and in an object.
pub const EACH: usize = 128;

/// Objects may take this many times the memory of the description, since a Pod has more fields than a launch
/// file.
const OBJECTS: usize = 4;

impl Default for LaunchLimits {
    /// The limits of the local user.
    fn default() -> Self {
        Self {
            processes: 2000,
            bytes: 32 << 20,
            time: Time::new(Duration::from_secs(300)),
            key: "limits.launch",
            cancel: Cancel::default(),
        }
    }
}

impl LaunchLimits {
    /// The limits of ROS callers.
    pub fn of_graph() -> Self {
        Self {
            bytes: 4 << 20,
            time: Time::new(Duration::from_secs(20)),
            key: "limits.graph_launch",
            ..Self::default()
        }
    }

    /// Overrides these with the configured `limits`.
    pub fn within(self, limits: &ConfiguredLimits) -> Self {
        Self {
            processes: limits.processes.unwrap_or(self.processes),
            bytes: limits.bytes.unwrap_or(self.bytes),
            time: limits
                .seconds
                .map_or(self.time, |seconds| Time::new(Duration::from_secs(seconds))),
            ..self
        }
    }

    /// The error for too many processes.
    pub fn too_many(&self) -> Diagnostic {
        let what = format!(
            "the launch exceeds the limit of {} processes and components",
            self.processes
        );
        self.exceeded(what, "processes")
    }

    /// The error for too large a description.
    pub fn too_large(&self) -> Diagnostic {
        let what = format!(
            "the launch exceeds the limit of {} bytes, counting environment, parameters and remappings for each \
             process, and {EACH} for each word and entry",
            self.bytes
        );
        self.exceeded(what, "bytes")
    }

    fn exceeded(&self, what: String, limit: &str) -> Diagnostic {
        let help = format!("increase `{}.{limit}` in podbay's configuration", self.key);
        Code::LaunchTooLarge.says(what).help(help)
    }

    /// Memory limit of the launch's objects, in bytes.
    pub fn objects(&self) -> usize {
        self.bytes.saturating_mul(OBJECTS)
    }

    /// The error for too large objects.
    pub fn objects_too_large(&self) -> Diagnostic {
        let what = format!(
            "the objects of the launch exceed the limit of {} bytes, {OBJECTS} times that of the description",
            self.objects()
        );
        self.exceeded(what, "bytes")
    }
}
