//! How much one launch may ask for: `limits.launch` and `limits.graph_launch` of the configuration file.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::cancel::Cancel;
use serde::Deserialize;

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

/// Bounds of one launch, from its file to its objects.
#[derive(Clone, Debug)]
pub struct LaunchBounds {
    /// Processes and components.
    pub processes: usize,
    /// What the description may take, in bytes, with every copy that a process has of environment, parameters and
    /// remappings.
    pub bytes: usize,
    /// How long its evaluation and its rendering may take.
    pub time: Time,
    /// Where podbay's configuration has these bounds: `limits.launch`.
    pub key: &'static str,
    /// Whether anybody still waits.
    pub cancel: Cancel,
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

/// What a word of a command line, a variable, a parameter or a remapping counts beside its text: what it takes in memory,
/// in the description and in an object.
pub const EACH: usize = 128;

/// How much more the objects may take than the description: a Pod says much that a launch file does not.
const OBJECTS: usize = 4;

impl Default for LaunchBounds {
    /// Those of the person who started podbay.
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

impl LaunchBounds {
    /// Those of callers from the ROS graph.
    pub fn of_graph() -> Self {
        Self {
            bytes: 4 << 20,
            time: Time::new(Duration::from_secs(20)),
            key: "limits.graph_launch",
            ..Self::default()
        }
    }

    /// These, but for what `limits` say.
    pub fn within(self, limits: &LaunchLimits) -> Self {
        Self {
            processes: limits.processes.unwrap_or(self.processes),
            bytes: limits.bytes.unwrap_or(self.bytes),
            time: limits
                .seconds
                .map_or(self.time, |seconds| Time::new(Duration::from_secs(seconds))),
            ..self
        }
    }

    /// Why a launch of more processes is refused.
    pub fn too_many(&self) -> String {
        format!(
            "the launch comes to more than {} processes and components; `{}.processes` in podbay's configuration allows \
             more",
            self.processes, self.key
        )
    }

    /// Why a launch of a larger description is refused.
    pub fn too_large(&self) -> String {
        format!(
            "the launch comes to more than {} bytes, each process with its copy of environment, parameters and \
             remappings, and {EACH} for each word and entry; `{}.bytes` in podbay's configuration allows more",
            self.bytes, self.key
        )
    }

    /// What the objects of the launch may take.
    pub fn objects(&self) -> usize {
        self.bytes.saturating_mul(OBJECTS)
    }

    /// Why a launch of larger objects is refused.
    pub fn objects_too_large(&self) -> String {
        format!(
            "the objects of the launch come to more than {} bytes, which is {OBJECTS} times \
             what `{}.bytes` in podbay's configuration allows for its description",
            self.objects(),
            self.key
        )
    }
}
