//! Lines for the person at the terminal. Nearly all of them hold text of others: names, messages, logs.

use std::collections::HashMap;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, bail};
use tokio_util::sync::CancellationToken;

use crate::telemetry;
use podbay_text::diagnostic::{self, Diagnostic};
use podbay_text::files;
use podbay_text::shown;

/// Cancelled once nobody reads standard output any more: `podbay … | head`.
static GONE: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

/// Whether it was said that standard output takes nothing, such as a file on a full disk.
static COMPLAINED: AtomicBool = AtomicBool::new(false);

/// Returns once a line could not be written since nobody reads standard output any more, which is no error.
pub(super) async fn gone() {
    GONE.cancelled().await;
}

/// Writes one line to standard output, on the way of a command that goes on whatever becomes of it.
pub(super) fn line(text: impl std::fmt::Display) {
    ready(&shown::line(&text.to_string()));
}

/// Writes a line that went through [`shown`] already.
pub(super) fn ready(line: &str) {
    if let Err(error) = whole(&format!("{line}\n"))
        && !COMPLAINED.swap(true, Ordering::Relaxed)
    {
        note(format_args!("{error}; lines are lost"));
    }
}

/// Writes one line to standard error, which may be gone as well. A mistake begins with its place, so this does not.
pub(super) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "note: {}", shown::line(&text.to_string()));
}

/// Writes `problems` to standard error, each with its line.
pub(super) fn problems(problems: &[Diagnostic]) {
    if !problems.is_empty() {
        // in one write, so that other lines do not come between
        let _ = io::stderr().write_all(format!("{}\n", reports(problems)).as_bytes());
    }
}

/// `problems` for standard error, each with its line if the file can be read.
pub(super) fn reports<'a>(problems: impl IntoIterator<Item = &'a Diagnostic>) -> String {
    let coloured = io::stderr().is_terminal() && telemetry::may_colour();
    let mut sources: HashMap<&str, Option<String>> = HashMap::new();
    let report = |problem: &'a Diagnostic| {
        let source = sources
            .entry(&problem.place.file)
            .or_insert_with_key(|file| files::text(Path::new(file), files::WRITTEN).ok());
        diagnostic::report(problem, source.as_deref(), coloured)
    };
    problems.into_iter().map(report).collect::<Vec<_>>().join("\n\n")
}

/// Writes `text`, the answer of a command, as it is. That nobody reads it is no error, that it cannot be written is.
pub(super) fn whole(text: &str) -> Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            GONE.cancel();
            Ok(())
        }
        Err(error) => bail!("cannot write to standard output: {}", files::reason(&error)),
    }
}

/// Whether standard output shows colours.
pub(super) fn coloured() -> bool {
    io::stdout().is_terminal() && telemetry::may_colour()
}
