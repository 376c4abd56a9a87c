//! Lines for the person at the terminal. Nearly all of them hold text of others: names, messages, logs.

use std::io::{self, IsTerminal, Write};
use std::sync::LazyLock;

use tokio_util::sync::CancellationToken;

use crate::domain::shown;
use crate::telemetry;

/// Cancelled once nobody reads standard output any more: `podbay … | head`.
static GONE: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

/// Returns once a line could not be written since nobody reads standard output any more, which is no error.
pub(super) async fn gone() {
    GONE.cancelled().await;
}

/// Writes one line to standard output.
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
        GONE.cancel();
    }
}

/// Whether standard output shows colours.
pub(super) fn coloured() -> bool {
    io::stdout().is_terminal() && telemetry::may_colour()
}
