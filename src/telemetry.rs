//! podbay's own log: to standard error for a person, and to `/rosout` for the ROS graph.
//!
//! ```text
//!   tracing ──┬── fmt layer ──> stderr
//!             └── Rosout layer ──> bounded channel ──> bridge/report ──> /rosout
//! ```

use std::fmt::Write;
use std::io::{IsTerminal, stderr};
use std::time::Instant;

use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

use crate::seldom::Seldom;
use podbay_text::shown;
use podbay_text::{lengths, near};

/// Records that may wait for `/rosout`; when it is full further records go to standard error only.
const ROSOUT_BACKLOG: usize = 256;

/// The levels that `PODBAY_LOG` takes.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What RustDDS calls an error and is none, or is told by podbay in its own words: how a node ends that has just
/// begun, and that a process was stopped and continued.
const NO_ERRORS: [&str; 4] = [
    "Cannot remove Writer",
    "Cannot remove Reader",
    "Failed in waiting of poll",
    "dp_event_loop poll failed",
];

/// Libraries warn of what podbay handles and tells in its own words.
const LIBRARIES: &str = "kube_client=off,kube_runtime=off,tower=off";

/// One line of podbay's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// How bad it is.
    pub level: Level,
    /// The module it comes from.
    pub target: &'static str,
    /// The line, fields included.
    pub text: String,
}

/// What `PODBAY_LOG` may not be. The filter would take a misspelt level for the name of a module, and log nothing else.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("PODBAY_LOG: {word:?} is no level; {}", near::instead(.word, LEVELS))]
    Level { word: String },
    #[error("PODBAY_LOG: {text:?} is not understood; write it as debug, or podbay=debug,warn")]
    Filter { text: String },
}

/// Starts logging. `level` is what `--ros-args --log-level` asked for; `PODBAY_LOG` (the syntax of
/// tracing's EnvFilter) beats it. Returns the records for `/rosout`; none come unless `rosout`.
pub fn start(level: Option<&str>, rosout: bool) -> Result<mpsc::Receiver<Record>, Error> {
    let (sender, receiver) = mpsc::channel(ROSOUT_BACKLOG);
    let rosout = rosout.then_some(Rosout { sender });
    let (filter, complaint) = filter(level, std::env::var("PODBAY_LOG").ok().as_deref())?;
    let started = tracing_subscriber::registry()
        .with(filter)
        .with(
            fmt::layer()
                .with_writer(stderr)
                .with_ansi(stderr().is_terminal() && may_colour())
                .with_target(false)
                .fmt_fields(Shown),
        )
        .with(rosout)
        .try_init();
    if let Err(error) = started {
        tracing::debug!("logging was started already: {error}");
    }
    // Another logger is there already only where this one is.
    if log::set_logger(&ERRORS).is_ok() {
        log::set_max_level(log::LevelFilter::Error);
    }
    if let Some(complaint) = complaint {
        tracing::warn!("{complaint}");
    }
    Ok(receiver)
}

/// Whether the user takes colours where there is a terminal: `NO_COLOR` (no-color.org).
pub fn may_colour() -> bool {
    std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// What is logged, and what is wrong with the `level` that was asked for, which nothing hangs on.
fn filter(level: Option<&str>, asked: Option<&str>) -> Result<(EnvFilter, Option<String>), Error> {
    let Some(asked) = asked.filter(|asked| !asked.trim().is_empty()) else {
        let (level, complaint) = known_level(level);
        return Ok((EnvFilter::new(format!("{level},{LIBRARIES}")), complaint));
    };
    // The filter takes a space for part of a name.
    let directives: Vec<_> = asked.split(',').map(str::trim).collect();
    directives.iter().copied().try_for_each(check)?;
    let text = asked.to_owned();
    let filter = EnvFilter::try_new(directives.join(",")).map_err(|_| Error::Filter { text })?;
    Ok((filter, None))
}

/// Whether a directive, `LEVEL`, `podbay…` or `MODULE=LEVEL`, has a level where one belongs; those with spans are left to
/// the filter.
fn check(directive: &str) -> Result<(), Error> {
    let word = directive.rsplit_once('=').map_or(directive, |(_, level)| level);
    let is_level = word.is_empty() || word.parse::<LevelFilter>().is_ok();
    let is_own = word == directive && word.split("::").next() == Some("podbay");
    match is_level || is_own || directive.contains(['[', ']', '{', '}']) {
        true => Ok(()),
        false => Err(Error::Level {
            word: word.to_owned(),
        }),
    }
}

/// A level as tracing knows it; ROS has one more.
fn known_level(level: Option<&str>) -> (&'static str, Option<String>) {
    let known = match level.unwrap_or("info").to_ascii_lowercase().as_str() {
        "debug" => "debug",
        "info" => "info",
        "warn" => "warn",
        "error" | "fatal" => "error",
        other => {
            let complaint = format!("--log-level {other} is not known: debug, info, warn, error or fatal");
            return ("info", Some(complaint));
        }
    };
    (known, None)
}

static ERRORS: Errors = Errors(Seldom::new());

/// Errors of libraries that log by the crate `log`, RustDDS above all: now and then, as strangers can cause many.
struct Errors(Seldom);

impl log::Log for Errors {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Error
    }

    fn log(&self, record: &log::Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = record.args().to_string();
        if is_no_error(record.target(), &text) {
            return;
        }
        if let Some(left_out) = self.0.due(Instant::now()) {
            let library = record.target().split("::").next().unwrap_or_default();
            let text = lengths::short(&text);
            tracing::warn!(left_out, "{library}: {text}");
        }
    }

    fn flush(&self) {}
}

fn is_no_error(target: &str, text: &str) -> bool {
    target.starts_with("rustdds") && NO_ERRORS.iter().any(|start| text.starts_with(start))
}

struct Rosout {
    sender: mpsc::Sender<Record>,
}

impl<S: Subscriber> Layer<S> for Rosout {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.target().starts_with("podbay")
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let metadata = event.metadata();
        // A full channel means that /rosout is slower than the log; the line stands on stderr already.
        let _ = self.sender.try_send(Record {
            level: *metadata.level(),
            target: metadata.target(),
            text: text.0,
        });
    }
}

/// Writes a record's fields: names, messages and errors in them are often text of others.
struct Shown;

impl<'a> FormatFields<'a> for Shown {
    fn format_fields<R: RecordFields>(&self, mut writer: format::Writer<'a>, fields: R) -> std::fmt::Result {
        let mut text = Text(String::new());
        fields.record(&mut text);
        writer.write_str(&text.0)
    }
}

/// The message first, then `name=value` for each field.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let value = format!("{value:?}");
        let value = shown::line(&value);
        let written = match field.name() {
            "message" => self.0.write_str(&value),
            name => write!(self.0, " {name}={value}"),
        };
        debug_assert!(written.is_ok(), "writing to a String does not fail");
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            kept.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_is_no_level_is_told() {
        let asked = |text: &str| match filter(None, Some(text)) {
            Ok((filter, _)) => filter.to_string(),
            Err(error) => error.to_string(),
        };
        let none = "PODBAY_LOG: \"verbose\" is no level; there are off, error, warn, info, debug, trace";
        for (text, expected) in [
            ("debug", "debug"),
            ("WARN", "warn"),
            ("podbay::bridge=debug,warn", "podbay::bridge=debug,warn"),
            ("debg", "PODBAY_LOG: \"debg\" is no level; did you mean `debug`?"),
            (
                "podbay=debg",
                "PODBAY_LOG: \"debg\" is no level; did you mean `debug`?",
            ),
            (
                "info,podbay=wran",
                "PODBAY_LOG: \"wran\" is no level; did you mean `warn`?",
            ),
            ("verbose", none),
            ("debug ", "debug"),
            ("info, podbay=debug", "info,podbay=debug"),
            ("", "kube_client=off,kube_runtime=off,tower=off,info"),
        ] {
            let mut got: Vec<_> = asked(text).split(',').map(str::to_owned).collect();
            let mut wanted: Vec<_> = expected.split(',').map(str::to_owned).collect();
            got.sort();
            wanted.sort();
            assert_eq!(got, wanted, "{text}");
        }
        assert!(filter(None, Some("podbay")).is_ok());
    }

    #[test]
    fn only_what_rustdds_says_of_ends_is_no_error() {
        let end = "Cannot remove Writer GUID {0102}";
        assert!(is_no_error("rustdds", end));
        assert!(!is_no_error("other", end));
        assert!(!is_no_error("rustdds", "Cannot bind"));
    }

    #[test]
    fn text_of_others_stays_in_its_line() {
        let (sender, mut rosout) = mpsc::channel(1);
        let kept = Kept::default();
        let lines = kept.clone();
        let layer = fmt::layer().with_ansi(false).without_time().with_target(false);
        let layer = layer.fmt_fields(Shown).with_writer(move || lines.clone());
        let log = tracing_subscriber::registry().with(layer).with(Rosout { sender });
        tracing::subscriber::with_default(log, || {
            let name = "x\n\u{1b}[31m";
            tracing::info!(pod = name, plain = %name, "deleted {name}");
        });
        let text = "deleted x\\n\\u{1b}[31m pod=\"x\\n\\u{1b}[31m\" plain=x\\n\\u{1b}[31m";
        let written = kept.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        assert_eq!(String::from_utf8(written).unwrap(), format!(" INFO {text}\n"));
        assert_eq!(rosout.try_recv().unwrap().text, text);
    }
}
