//! Lines for the person at the terminal.

use std::io::{self, Write};

/// Writes one line to standard output. A reader that went away (`podbay … | head`) is not an error.
pub(super) fn line(text: impl std::fmt::Display) {
    whole(&format!("{text}\n"));
}

/// Writes one line to standard error, which may be gone as well. A mistake begins with its place, so this does not.
pub(super) fn note(text: impl std::fmt::Display) {
    let _ = writeln!(io::stderr(), "note: {text}");
}

/// Writes `text` as it is.
pub(super) fn whole(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(error) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        tracing::debug!("standard output is gone: {error}");
    }
}
