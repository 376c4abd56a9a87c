//! Output lines for the user. Nearly all contain text from others: names, messages, logs.

use std::io::{self, ErrorKind, PipeReader, PipeWriter, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Once};
use std::time::Duration;

use anyhow::{Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

use crate::terminal;
use podbay_text::diagnostic::{self, Diagnostic};
use podbay_text::{files, shown};

/// Cancelled once standard output is no longer read: `podbay … | head`.
static GONE: LazyLock<CancellationToken> = LazyLock::new(CancellationToken::new);

static LISTEN: Once = Once::new();

/// A pipe that has something to read once podbay was asked to end.
static HURRIED: LazyLock<io::Result<(PipeReader, PipeWriter)>> = LazyLock::new(io::pipe);

static HURRY: Once = Once::new();

/// How long each piece of output may wait for its reader once podbay was asked to end.
const PATIENCE: Duration = Duration::from_millis(500);

/// Bytes of output for which a pipe that can be written has room (`PIPE_BUF`).
const PIECE: usize = 4096;

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
    let out = io::stdout();
    // poll reports a closed pipe even if no events are requested
    let mut closed = [PollFd::new(&out, PollFlags::empty())];
    if until(&mut closed, None).is_ok() {
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
    match write(text.as_bytes()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => {
            GONE.cancel();
            Ok(())
        }
        Err(error) => bail!("cannot write to standard output: {}", files::reason(&error)),
    }
}

/// From now on, output that is not read holds up nobody: a signal asks podbay to end.
pub(super) fn hurry() {
    HURRY.call_once(|| {
        if let Ok((_, writer)) = &*HURRIED {
            // without it, podbay keeps waiting for the reader
            let _ = (&mut &*writer).write(&[0]);
        }
    });
}

/// Writes piece by piece. A reader that does not read although podbay is to end counts as gone.
fn write(text: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for piece in text.chunks(PIECE) {
        if GONE.is_cancelled() {
            break;
        }
        if !has_room(&out)? {
            GONE.cancel();
            break;
        }
        out.write_all(piece)?;
        out.flush()?;
    }
    Ok(())
}

/// Waits until standard output takes a piece; false if nobody reads it and podbay is to end.
fn has_room(out: &impl AsFd) -> io::Result<bool> {
    let Ok((hurried, _)) = &*HURRIED else {
        return Ok(true);
    };
    let room = PollFd::new(out, PollFlags::OUT);
    let mut both = [room.clone(), PollFd::new(hurried, PollFlags::IN)];
    until(&mut both, None)?;
    if !both[0].revents().is_empty() {
        return Ok(true);
    }
    let patience = Timespec::try_from(PATIENCE).ok();
    Ok(until(&mut [room], patience.as_ref())? > 0)
}

fn until(events: &mut [PollFd<'_>], patience: Option<&Timespec>) -> io::Result<usize> {
    loop {
        match poll(events, patience) {
            Err(Errno::INTR) => {}
            polled => return Ok(polled?),
        }
    }
}

/// Whether standard output shows colours.
pub(super) fn coloured() -> bool {
    terminal::coloured(&io::stdout())
}
