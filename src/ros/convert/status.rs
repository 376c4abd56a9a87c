//! Converts diagnostics and log lines to messages.

use super::now;
use crate::ros::LogLevel;
use crate::ros::backend::{diagnostic_msgs::msg as diagnostic, rcl_interfaces::msg::Log, std_msgs};
use podbay_core::health::DiagnosticStatus;

/// Several statuses of the same time.
pub(crate) fn diagnostics(statuses: &[DiagnosticStatus]) -> diagnostic::DiagnosticArray {
    diagnostic::DiagnosticArray {
        header: std_msgs::msg::Header {
            stamp: now(),
            frame_id: String::new(),
        },
        status: statuses.iter().map(status).collect(),
    }
}

fn status(status: &DiagnosticStatus) -> diagnostic::DiagnosticStatus {
    let value = |(key, value): &(String, String)| diagnostic::KeyValue {
        key: key.clone(),
        value: value.clone(),
    };
    diagnostic::DiagnosticStatus {
        level: status.level as u8,
        name: status.name.clone(),
        message: status.message.clone(),
        hardware_id: status.hardware_id.clone(),
        values: status.values.iter().map(value).collect(),
    }
}

/// One log line of the logger `name`.
pub(crate) fn log(level: LogLevel, name: &str, text: &str) -> Log {
    let (name, msg) = (name.to_owned(), text.to_owned());
    Log {
        stamp: now(),
        level: level as u8,
        name,
        msg,
        ..Log::default()
    }
}
