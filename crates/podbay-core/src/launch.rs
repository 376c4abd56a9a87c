//! Launches, as reported to callers.

use std::fmt;

/// One launch in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchSummary {
    /// Id.
    pub id: String,
    /// File, or package and file, of the launch.
    pub source: String,
    /// Current state.
    pub state: LaunchState,
    /// Number of its pods.
    pub pods: u32,
    /// Number of ready pods.
    pub ready: u32,
}

/// State of a launch, derived from its record and its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaunchState {
    /// Not all pods are OK yet.
    Starting,
    /// All pods are OK.
    Running,
    /// A pod has an error.
    Degraded,
    /// All pods have ended.
    Ended,
    /// The launch or one of its pods is being deleted.
    Stopping,
}

impl LaunchState {
    /// All states.
    pub const ALL: [Self; 5] = [
        Self::Starting,
        Self::Running,
        Self::Degraded,
        Self::Ended,
        Self::Stopping,
    ];

    /// The name in messages, metrics and JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Running => "running",
            Self::Degraded => "degraded",
            Self::Ended => "ended",
            Self::Stopping => "stopping",
        }
    }
}

impl fmt::Display for LaunchState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
