//! Quality of service of podbay's topics, converted by each backend.

use std::time::Duration;

/// Quality of service of a topic. All topics are reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Qos {
    /// Number of samples kept for slow or, if latched, late readers.
    pub depth: u16,
    /// Whether late readers get the last samples (transient local).
    pub latched: bool,
    /// Age after which a sample is dropped; unset for no limit.
    pub lifespan: Option<Duration>,
}

impl Qos {
    /// Only for current readers.
    pub const fn volatile(depth: u16) -> Self {
        Self {
            depth,
            latched: false,
            lifespan: None,
        }
    }

    /// Also for late readers.
    pub const fn latched(depth: u16) -> Self {
        Self {
            depth,
            latched: true,
            lifespan: None,
        }
    }

    /// The profile of `/rosout`, as in rclcpp.
    pub const ROSOUT: Self = Self {
        depth: 1000,
        latched: true,
        lifespan: Some(Duration::from_secs(10)),
    };
}
