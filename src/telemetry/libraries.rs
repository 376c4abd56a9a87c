//! Records of libraries that use the crate `log`.

use std::sync::OnceLock;
use std::time::Instant;

use tracing::Level;
use tracing_log::AsTrace;
use tracing_subscriber::filter::Targets;

use super::crate_of;
use super::filter::{self, Filter};
use podbay_text::lengths;
use podbay_text::seldom::Seldom;

/// Messages that RustDDS logs as errors although they are none, or that podbay reports itself: about the end
/// of a node that has just started, and about a process that was suspended and resumed.
const NO_ERRORS: [&str; 4] = [
    "Cannot remove Writer",
    "Cannot remove Reader",
    "Failed in waiting of poll",
    "dp_event_loop poll failed",
];

/// Starts to log records of libraries.
pub(super) fn start(filter: &Filter) {
    static LIBRARIES: OnceLock<Libraries> = OnceLock::new();
    // another logger can only be this one
    let libraries = LIBRARIES.get_or_init(|| Libraries::new(filter));
    if log::set_logger(libraries).is_ok() {
        log::set_max_level(filter::most(&libraries.asked));
    }
}

/// Records of libraries that use the crate `log`, mainly RustDDS. Logs what the filter selects; otherwise
/// only errors. Other participants can cause many errors and warnings, so these are rate limited, unless the
/// filter names the library or selects its debug messages.
pub(super) struct Libraries {
    asked: Targets,
    /// The part of the filter that names libraries.
    named: Targets,
    errors: Seldom,
    warnings: Seldom,
}

impl log::Log for Libraries {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Error || self.is_asked(metadata)
    }

    fn log(&self, record: &log::Record<'_>) {
        let is_asked = self.is_asked(record.metadata());
        if is_asked && (record.level() > log::Level::Warn || self.is_studied(record.target())) {
            // standard error may be closed
            let _ = tracing_log::format_trace(record);
        } else if record.level() <= log::Level::Error {
            complain(record, &self.errors);
        } else if is_asked {
            complain(record, &self.warnings);
        }
    }

    fn flush(&self) {}
}

impl Libraries {
    pub(super) fn new(filter: &Filter) -> Self {
        let asked = filter.of_log();
        Self {
            named: asked.iter().collect(),
            asked,
            errors: Seldom::new(),
            warnings: Seldom::new(),
        }
    }

    /// Whether the filter selects it.
    fn is_asked(&self, metadata: &log::Metadata<'_>) -> bool {
        self.asked
            .would_enable(metadata.target(), &metadata.level().as_trace())
    }

    /// Whether the filter is meant for this library, or for debugging.
    fn is_studied(&self, target: &str) -> bool {
        self.named.would_enable(target, &Level::WARN) || self.asked.would_enable(target, &Level::DEBUG)
    }
}

/// Logs `record` as a warning of podbay, at most as often as `seldom` allows.
fn complain(record: &log::Record<'_>, seldom: &Seldom) {
    let text = record.args().to_string();
    if is_no_error(record.target(), &text) {
        return;
    }
    if let Some(left_out) = seldom.due(Instant::now()) {
        let (library, text) = (crate_of(record.target()), lengths::short(&text));
        tracing::warn!(left_out, "{library}: {text}");
    }
}

fn is_no_error(target: &str, text: &str) -> bool {
    target.starts_with("rustdds") && NO_ERRORS.iter().any(|start| text.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rustdds_says_of_ends_is_no_error() {
        let end = "Cannot remove Writer GUID {0102}";
        assert!(is_no_error("rustdds", end));
        assert!(!is_no_error("other", end));
        assert!(!is_no_error("rustdds", "Cannot bind"));
    }
}
