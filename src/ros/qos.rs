//! Quality of service, as far as podbay's topics need it; a backend puts it in its own terms.

use std::time::Duration;

/// Quality of service of a topic. Everything podbay offers is reliable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Qos {
    /// How many samples are kept for readers that are slow or, when latched, late.
    pub(crate) depth: u16,
    /// Readers that come later get the last samples (transient local).
    pub(crate) latched: bool,
    /// Age after which a sample is of no use; unset when it never gets too old.
    pub(crate) lifespan: Option<Duration>,
}

impl Qos {
    /// Samples for whoever listens now.
    pub(crate) const fn volatile(depth: u16) -> Self {
        Self {
            depth,
            latched: false,
            lifespan: None,
        }
    }

    /// The last samples also for whoever comes later.
    pub(crate) const fn latched(depth: u16) -> Self {
        Self {
            depth,
            latched: true,
            lifespan: None,
        }
    }

    /// The profile of `/rosout`, as rclcpp has it.
    pub(crate) const ROSOUT: Self = Self {
        depth: 1000,
        latched: true,
        lifespan: Some(Duration::from_secs(10)),
    };
}
