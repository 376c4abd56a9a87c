//! Converts between messages and podbay's types, for every backend.
//!
//! ```text
//!   pod      PodReport, PodEvent -> Pod, PodArray, PodEvent
//!   status   DiagnosticStatus -> DiagnosticArray; log lines -> Log
//!   field, refusal                  what every request and every response has in common
//!   pod_services, launch_services   request -> operation; reply -> response
//! ```

mod field;
mod launch_services;
pub(crate) mod pod;
mod pod_services;
pub(crate) mod refusal;
pub(crate) mod status;

use std::time::{SystemTime, UNIX_EPOCH};

use super::backend::builtin_interfaces::msg::Time;

/// `time` as a ROS time, clamped to its range.
pub(crate) fn time(time: SystemTime) -> Time {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let sec = i32::try_from(since.as_secs()).unwrap_or(i32::MAX);
    Time {
        sec,
        nanosec: since.subsec_nanos(),
    }
}

/// The current time.
pub(crate) fn now() -> Time {
    time(SystemTime::now())
}
