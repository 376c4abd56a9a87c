//! podbay's own log: to standard error for the user, and to `/rosout` for the ROS graph. `filter` decides
//! what is logged; `libraries` passes on the crate `log`.
//!
//! ```text
//!   tracing ────┬── fmt layer ──> stderr
//!   crate log ──┘── Rosout layer ──> bounded channel ──> bridge/report ──> /rosout
//! ```

mod filter;
mod libraries;

use std::fmt::Write;
use std::io::stderr;

use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_log::NormalizeEvent;
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::fmt::format::{self, FormatEvent};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{self, FmtContext, FormatFields};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::terminal;
use filter::{Filter, is_own};
use podbay_text::shown;

pub use filter::Error;

/// Records buffered for `/rosout`; when full, further records go to standard error only.
const ROSOUT_BACKLOG: usize = 256;

/// One line of podbay's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogRecord {
    /// Severity.
    pub level: Level,
    /// The module that logged it.
    pub target: &'static str,
    /// The line, including fields.
    pub text: String,
}

/// How podbay logs.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// The level of `--ros-args --log-level`, or the default of the command. `PODBAY_LOG` and `RUST_LOG`
    /// override it.
    pub level: Option<&'a str>,
    /// Whether records go to `/rosout`.
    pub rosout: bool,
    /// Whether lines begin with the time, as for a daemon.
    pub timed: bool,
}

/// Checks the variables and the level of `--ros-args --log-level`, also for commands that do not log. Returns
/// warnings.
pub fn check(level: Option<&str>) -> Result<Vec<String>, Error> {
    Filter::choose(level, variable).map(|filter| filter.warnings)
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// Starts logging, after [`check`]. Returns the records for `/rosout`.
pub fn start(options: Options<'_>) -> Result<mpsc::Receiver<LogRecord>, Error> {
    let (sender, receiver) = mpsc::channel(ROSOUT_BACKLOG);
    let filter = Filter::choose(options.level, variable)?;
    let rosout = options
        .rosout
        .then(|| Rosout { sender }.with_filter(filter.build().and(filter_fn(is_own))));
    let lines = fmt::layer()
        .with_writer(|| terminal::StandardError)
        .with_ansi(terminal::coloured(&stderr()))
        .fmt_fields(Shown)
        .event_format(Line { timed: options.timed })
        .with_filter(filter.build());
    let started = tracing_subscriber::registry().with(lines).with(rosout).try_init();
    if let Err(error) = started {
        tracing::debug!("logging was already started: {error}");
    }
    libraries::start(&filter);
    Ok(receiver)
}

/// The crate of a module.
fn crate_of(target: &str) -> &str {
    target.split("::").next().unwrap_or_default()
}

struct Rosout {
    sender: mpsc::Sender<LogRecord>,
}

impl<S: Subscriber> Layer<S> for Rosout {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let metadata = event.metadata();
        // a full channel means that /rosout is slower than the log; the line is already on stderr
        let _ = self.sender.try_send(LogRecord {
            level: *metadata.level(),
            target: metadata.target(),
            text: text.0,
        });
    }
}

/// A line of the log: `[podbay] WARN text`, after the time if `timed`.
struct Line {
    timed: bool,
}

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: format::Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let of_log = event.normalized_metadata();
        let metadata = of_log.as_ref().unwrap_or_else(|| event.metadata());
        if self.timed {
            SystemTime.format_time(&mut writer)?;
            writer.write_char(' ')?;
        }
        let level = match *metadata.level() {
            Level::INFO if !self.timed => "",
            level => level.as_str(),
        };
        let mut text = String::new();
        context.format_fields(format::Writer::new(&mut text), event)?;
        let level = match writer.has_ansi_escapes() && !level.is_empty() {
            true => format!("\u{1b}[{}m{level}\u{1b}[0m", colour(*metadata.level())),
            false => level.to_owned(),
        };
        writeln!(writer, "{}", terminal::line(who(metadata), &level, &text))
    }
}

/// The source of a record: podbay, a library, or, for developers, the module, as used in a filter.
fn who<'a>(metadata: &'a Metadata<'a>) -> &'a str {
    match *metadata.level() {
        Level::DEBUG | Level::TRACE => metadata.target(),
        _ if is_own(metadata) => "podbay",
        _ => crate_of(metadata.target()),
    }
}

/// The colours of tracing's own format.
fn colour(level: Level) -> u8 {
    match level {
        Level::ERROR => 31,
        Level::WARN => 33,
        Level::INFO => 32,
        Level::DEBUG => 34,
        Level::TRACE => 35,
    }
}

/// Writes a record's fields, escaped: names, messages and errors in them are often text from others.
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
            // the origin of a record of the crate `log` is already in the metadata
            name if name.starts_with("log.") => Ok(()),
            name => write!(self.0, " {name}={value}"),
        };
        debug_assert!(written.is_ok(), "writing to a String does not fail");
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex, PoisonError};

    use super::libraries::Libraries;
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

    fn chosen(podbay_log: &str) -> Filter {
        Filter::choose(None, |name| (name == "PODBAY_LOG").then(|| podbay_log.to_owned())).unwrap()
    }

    /// Logs as RustDDS does.
    fn rustdds(libraries: &Libraries, level: log::Level, text: std::fmt::Arguments<'_>) {
        let record = log::Record::builder()
            .target("rustdds::dds")
            .level(level)
            .args(text)
            .build();
        log::Log::log(libraries, &record);
    }

    /// What is written to standard error and to `/rosout` for `events`, with this value of `PODBAY_LOG`.
    fn logged(podbay_log: &str, timed: bool, ansi: bool, events: impl FnOnce()) -> (String, Vec<LogRecord>) {
        let filter = chosen(podbay_log);
        let (sender, mut rosout) = mpsc::channel(8);
        let kept = Kept::default();
        let lines = kept.clone();
        let layer = fmt::layer().with_ansi(ansi).fmt_fields(Shown);
        let layer = layer
            .event_format(Line { timed })
            .with_writer(move || lines.clone());
        let rosout_layer = Rosout { sender }.with_filter(filter.build().and(filter_fn(is_own)));
        let log = tracing_subscriber::registry()
            .with(layer.with_filter(filter.build()))
            .with(rosout_layer);
        tracing::subscriber::with_default(log, events);
        let written = kept.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let records = std::iter::from_fn(|| rosout.try_recv().ok()).collect();
        (String::from_utf8(written).unwrap(), records)
    }

    #[test]
    fn text_of_others_stays_in_its_line() {
        let (written, rosout) = logged("", false, false, || {
            let name = "x\n\u{1b}[31m";
            tracing::info!(pod = name, plain = %name, "deleted {name}");
        });
        let text = "deleted x\\n\\u{1b}[31m pod=\"x\\n\\u{1b}[31m\" plain=x\\n\\u{1b}[31m";
        assert_eq!(written, format!("[podbay] {text}\n"));
        assert_eq!(rosout[0].text, text);
    }

    #[test]
    fn libraries_are_logged_where_they_are_asked_for_and_never_to_rosout() {
        let events = |podbay_log: &str| {
            let libraries = Libraries::new(&chosen(podbay_log));
            logged(podbay_log, false, false, || {
                tracing::debug!("own");
                tracing::warn!(target: "hyper::proto", "of tracing");
                rustdds(&libraries, log::Level::Info, format_args!("of log"));
            })
        };
        let (written, rosout) = events("podbay=debug,hyper,rustdds=info");
        let own = "[podbay::telemetry::tests] DEBUG own\n";
        assert_eq!(
            written,
            format!("{own}[hyper] WARN of tracing\n[rustdds] of log\n")
        );
        assert_eq!(rosout.len(), 1);
        assert_eq!(events("podbay=debug").0, own);
        assert_eq!(events("").0, "");
    }

    #[test]
    fn errors_of_libraries_are_told_now_and_then_also_where_nobody_asked() {
        let libraries = Libraries::new(&chosen(""));
        let (written, rosout) = logged("", false, false, || {
            rustdds(&libraries, log::Level::Warn, format_args!("careful"));
            rustdds(&libraries, log::Level::Error, format_args!("Cannot bind"));
            rustdds(&libraries, log::Level::Error, format_args!("Cannot bind again"));
            tracing::info!("own");
        });
        let told = "rustdds: Cannot bind left_out=0";
        assert_eq!(written, format!("[podbay] WARN {told}\n[podbay] own\n"));
        let texts: Vec<_> = rosout.iter().map(|record| record.text.as_str()).collect();
        assert_eq!(texts, [told, "own"]);
    }

    #[test]
    fn warnings_of_libraries_are_rate_limited_unless_their_library_or_debugging_is_asked_for() {
        for (podbay_log, expected) in [
            ("warn", 1),
            ("rustdds=warn", 2),
            ("debug", 2),
            ("warn,rustdds=off", 0),
        ] {
            let libraries = Libraries::new(&chosen(podbay_log));
            let (written, _) = logged(podbay_log, false, false, || {
                rustdds(&libraries, log::Level::Warn, format_args!("cannot send"));
                rustdds(&libraries, log::Level::Warn, format_args!("cannot send"));
            });
            assert_eq!(
                written.matches("cannot send").count(),
                expected,
                "{podbay_log}: {written}"
            );
        }
    }

    #[test]
    fn lines_of_a_daemon_have_time_and_level() {
        let event = || tracing::info!("stopping");
        let (written, _) = logged("", true, false, event);
        let (time, rest) = written.split_once(' ').unwrap();
        assert!(time.starts_with("20") && time.ends_with('Z'), "{time}");
        assert_eq!(rest, "[podbay] INFO stopping\n");
        let (coloured, _) = logged("", false, true, || tracing::warn!("careful"));
        assert_eq!(coloured, "[podbay] \u{1b}[33mWARN\u{1b}[0m careful\n");
    }
}
