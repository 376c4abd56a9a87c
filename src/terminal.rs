//! The terminal that podbay was started from: whether it shows colours, and lines for it. Each line is one
//! write, so that lines of several processes do not mix.

pub(crate) mod patient;

use std::io::{self, Write, stderr};
use std::sync::LazyLock;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use tokio_util::sync::CancellationToken;

/// Cancelled once standard error is no longer read although podbay is to end.
static UNREAD: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

/// Whether to write colours to `stream`: decided by `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` and `TERM`,
/// otherwise by whether it is a terminal.
pub fn coloured(stream: &impl RawStream) -> bool {
    let is = |name, value: &str| std::env::var_os(name).is_some_and(|found| found == value);
    let is_allowed = AutoStream::choice(stream) != ColorChoice::Never;
    // anstream takes any value of CLICOLOR_FORCE for yes, and then looks no further
    let looks_further = is("CLICOLOR_FORCE", "0");
    is_allowed && (!looks_further || stream.is_terminal() && !is("CLICOLOR", "0") && !is("TERM", "dumb"))
}

/// Writes `text` and a line break to standard error, which may be closed.
pub fn say(text: &str) {
    let _ = StandardError.write_all(format!("{text}\n").as_bytes());
}

/// Standard error for podbay's log.
pub(crate) struct StandardError;

impl Write for StandardError {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        patient::write(&mut stderr().lock(), &UNREAD, text).map(|()| text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A line from `who` with its level, which may be "": `[podbay] WARN text`, `[talker] text`.
pub(crate) fn line(who: &str, level: &str, text: &str) -> String {
    match level {
        "" => format!("[{who}] {text}"),
        level => format!("[{who}] {level} {text}"),
    }
}
