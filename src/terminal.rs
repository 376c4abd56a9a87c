//! The terminal podbay was started from: whether it shows colours, and lines for it, each in one write so that lines of
//! several processes do not mix.

use std::io::{Write, stderr};

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};

/// Whether `stream` shows colours: as `NO_COLOR`, `CLICOLOR_FORCE`, `CLICOLOR` and `TERM` have it, else where it is a
/// terminal.
pub fn coloured(stream: &impl RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}

/// Writes `text` and a line break to standard error, which nobody may be reading any more.
pub fn say(text: &str) {
    let _ = stderr().write_all(format!("{text}\n").as_bytes());
}

/// A line of `who` with its level, "" where that needs no mention: `[podbay] WARN text`, `[talker] text`.
pub fn line(who: &str, level: &str, text: &str) -> String {
    match level {
        "" => format!("[{who}] {text}"),
        level => format!("[{who}] {level} {text}"),
    }
}
