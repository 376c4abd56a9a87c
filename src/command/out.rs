//! Output lines for the user. Nearly all contain text from others: names, messages, logs.

use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Once};

use anyhow::{Error, Result, anyhow};
use tokio_util::sync::CancellationToken;

use crate::terminal::{self, patient};
use podbay_text::diagnostic::{self, Diagnostic};
use podbay_text::{files, shown};

/// Cancelled once standard output is no longer read: `podbay … | head`.
static GONE: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

static LISTEN: Once = Once::new();

/// Whether a failure of standard output, such as a full disk, was reported.
static COMPLAINED: AtomicBool = AtomicBool::new(false);

/// Returns once standard output is no longer read, which is not an error: a line could not be written, or, if
/// there is nothing to write, the other end of the pipe was closed.
pub(super) async fn gone() {
    LISTEN.call_once(|| drop(std::thread::spawn(listen)));
    GONE.cancelled().await;
}

/// Waits until the reader closes the pipe of standard output. Runs on a thread that ends with the process,
/// because the runtime would wait for its own tasks.
fn listen() {
    if patient::until_closed(&io::stdout()).is_ok() {
        GONE.cancel();
    }
}

/// Writes one line to standard output, for a command that continues regardless.
pub(super) fn line(text: impl std::fmt::Display) {
    ready(&shown::line(&text.to_string()));
}

/// Writes a line that was already escaped by [`shown`].
pub(super) fn ready(line: &str) {
    if let Err(error) = whole(&format!("{line}\n"))
        && !COMPLAINED.swap(true, Ordering::Relaxed)
    {
        warn(format_args!("{error}; lines are lost"));
    }
}

/// Writes one line to standard error. Not for errors with a place, which begin with it.
pub(super) fn note(text: impl std::fmt::Display) {
    terminal::say(&format!("note: {}", shown::line(&text.to_string())));
}

/// Writes one warning to standard error, in the format of podbay's log.
pub(super) fn warn(text: impl std::fmt::Display) {
    say("WARN", text);
}

/// Writes one line to standard error, for use when standard output is no longer read.
pub(super) fn aside(text: impl std::fmt::Display) {
    say("", text);
}

fn say(level: &str, text: impl std::fmt::Display) {
    let text = text.to_string();
    text.lines()
        .for_each(|line| terminal::say(&terminal::line("podbay", level, &shown::line(line))));
}

/// Writes `problems` to standard error, each with its line.
pub(super) fn problems(problems: &[Diagnostic]) {
    if !problems.is_empty() {
        // in one write, so that other lines do not come between
        terminal::say(&reports(problems));
    }
}

/// `problems` for standard error, each with its line if the file can be read.
pub(super) fn reports<'a>(problems: impl IntoIterator<Item = &'a Diagnostic>) -> String {
    let coloured = terminal::coloured(&io::stderr());
    let read = |file: &str| files::text(Path::new(file), files::WRITTEN).ok();
    diagnostic::reports(problems, read, coloured)
}

/// Writes `text`, the result of a command, unchanged. A closed reader is not an error, a failed write is.
pub(super) fn whole(text: &str) -> Result<()> {
    match patient::write(&mut io::stdout().lock(), &GONE, text.as_bytes()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            GONE.cancel();
            Ok(())
        }
        Err(error) => Err(unwritten(&error)),
    }
}

/// The result of a command could not be written.
pub(super) fn unwritten(error: &io::Error) -> Error {
    anyhow!("cannot write to standard output: {}", files::reason(error))
}

/// Whether standard output shows colours.
pub(super) fn coloured() -> bool {
    terminal::coloured(&io::stdout())
}
