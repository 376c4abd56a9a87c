//! Lines for the person at the terminal. Nearly all of them hold text of others: names, messages, logs.

use std::io::{self, IsTerminal, Write};

use crate::domain::shown;

/// Writes one line to standard output. A reader that went away (`podbay … | head`) is not an error.
pub(super) fn line(text: impl std::fmt::Display) {
    ready(&shown::line(&text.to_string()));
}

/// Writes a line that went through [`shown`] already.
pub(super) fn ready(line: &str) {
    whole(&format!("{line}\n"));
}

/// Writes one line to standard error, which may be gone as well. A mistake begins with its place, so this does not.
pub(super) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "note: {}", shown::line(&text.to_string()));
}

/// Writes `text` as it is.
pub(super) fn whole(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!("standard output is gone: {error}");
    }
}

/// Whether standard output shows colours. `NO_COLOR` (no-color.org) is honoured.
pub(super) fn coloured() -> bool {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stdout().is_terminal() && !unwanted
}
