//! Messages <-> domain, written once for every backend.
//!
//! ```text
//!   pod      PodReport, PodEvent -> Pod, PodArray, PodEvent
//!   status   Diagnostic -> DiagnosticArray; log lines -> Log
//!   request  service requests -> Request
//!   reply    Reply or Refusal -> service responses
//! ```

pub(crate) mod pod;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod status;

use std::time::{SystemTime, UNIX_EPOCH};

use super::backend::builtin_interfaces::msg::Time;

/// `time` as ROS has it; what lies outside of ROS's range is put at its edge.
pub(crate) fn time(time: SystemTime) -> Time {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let sec = i32::try_from(since.as_secs()).unwrap_or(i32::MAX);
    Time {
        sec,
        nanosec: since.subsec_nanos(),
    }
}

/// The time now.
pub(crate) fn now() -> Time {
    time(SystemTime::now())
}
