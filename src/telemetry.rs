//! podbay's own log: to standard error for a person, and to `/rosout` for the ROS graph.
//!
//! ```text
//!   tracing ──┬── fmt layer ──> stderr
//!             └── Rosout layer ──> bounded channel ──> bridge/report ──> /rosout
//! ```

use std::fmt::Write;
use std::io::{IsTerminal, stderr};

use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// Records that may wait for `/rosout`; when it is full further records go to standard error only.
const ROSOUT_BACKLOG: usize = 256;

/// Libraries warn of what podbay handles and tells in its own words.
const LIBRARIES: &str = "rustdds=off,ros2_client=off,kube_client=off,kube_runtime=off,tower=off";

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

/// Starts logging. `level` is what `--ros-args --log-level` asked for; `PODBAY_LOG` (the syntax of
/// tracing's EnvFilter) beats it. Returns the records for `/rosout`; none come unless `rosout`.
pub fn start(level: Option<&str>, rosout: bool) -> mpsc::Receiver<Record> {
    let (sender, receiver) = mpsc::channel(ROSOUT_BACKLOG);
    let rosout = rosout.then_some(Rosout { sender });
    let (filter, complaint) = filter(level, std::env::var("PODBAY_LOG").ok());
    let started = tracing_subscriber::registry()
        .with(filter)
        .with(
            fmt::layer()
                .with_writer(stderr)
                .with_ansi(stderr().is_terminal())
                .with_target(false),
        )
        .with(rosout)
        .try_init();
    if let Err(error) = started {
        tracing::debug!("logging was started already: {error}");
    }
    if let Some(complaint) = complaint {
        tracing::warn!("{complaint}");
    }
    receiver
}

/// What is logged, and what is wrong with what was asked for.
fn filter(level: Option<&str>, asked: Option<String>) -> (EnvFilter, Option<String>) {
    let (level, complaint) = known_level(level);
    let default = format!("{level},{LIBRARIES}");
    match asked.as_deref().map(EnvFilter::try_new) {
        None => (EnvFilter::new(default), complaint),
        Some(Ok(filter)) => (filter, None),
        Some(Err(error)) => {
            let complaint = format!("PODBAY_LOG is not used: {error}; write it as info or podbay=debug,warn");
            (EnvFilter::new(default), Some(complaint))
        }
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

/// The message first, then `name=value` for each field.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let written = match field.name() {
            "message" => write!(self.0, "{value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
        debug_assert!(written.is_ok(), "writing to a String does not fail");
    }
}
