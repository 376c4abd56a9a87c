//! Launches, as they are told to who asks.

use std::fmt;

/// One launch in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaunchSummary {
    /// Id.
    pub id: String,
    /// File or package and file it came from.
    pub source: String,
    /// How it is doing.
    pub state: LaunchState,
    /// Pods it has.
    pub pods: u32,
    /// Pods that are ready.
    pub ready: u32,
}

/// How a launch is doing, by its record and its pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LaunchState {
    /// Not every pod is well yet.
    Starting,
    /// Every pod is well.
    Running,
    /// A pod has an error.
    Degraded,
    /// Every pod has come to its end.
    Ended,
    /// It is being deleted, or one of its pods is.
    Stopping,
}

impl LaunchState {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Starting,
        Self::Running,
        Self::Degraded,
        Self::Ended,
        Self::Stopping,
    ];

    /// The word for it in messages, metrics and JSON.
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
