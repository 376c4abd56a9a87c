//! Writes to standard output and standard error, whose reader may not read, such as a pager: once podbay was
//! asked to end, nobody waits for it.

use std::io::{self, PipeReader, PipeWriter, Write};
use std::os::fd::AsFd;
use std::sync::{LazyLock, Once};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio_util::sync::CancellationToken;

/// A pipe that has something to read once podbay was asked to end.
static HURRIED: LazyLock<io::Result<(PipeReader, PipeWriter)>> = LazyLock::new(io::pipe);

static HURRY: Once = Once::new();

/// How long each piece of output may wait for its reader once podbay was asked to end.
const PATIENCE: Duration = Duration::from_millis(500);

/// Bytes of output for which a pipe that can be written has room (`PIPE_BUF`).
const PIECE: usize = 4096;

/// From now on, output that is not read holds up nobody: a signal asks podbay to end.
pub(crate) fn hurry() {
    HURRY.call_once(|| {
        if let Ok((_, writer)) = &*HURRIED {
            // without it, podbay keeps waiting for the reader
            let _ = (&mut &*writer).write(&[0]);
        }
    });
}

/// Writes `text` to `out` piece by piece, unless its reader is `gone`. A reader that does not read although
/// podbay is to end counts as gone.
pub(crate) fn write(out: &mut (impl Write + AsFd), gone: &CancellationToken, text: &[u8]) -> io::Result<()> {
    for piece in text.chunks(PIECE) {
        if gone.is_cancelled() {
            break;
        }
        if !has_room(out)? {
            gone.cancel();
            break;
        }
        out.write_all(piece)?;
        out.flush()?;
    }
    Ok(())
}

/// Returns once the reader of `out`, a pipe, has closed it. Blocks.
pub(crate) fn until_closed(out: &impl AsFd) -> io::Result<()> {
    // poll reports a closed pipe even if no events are requested
    until(&mut [PollFd::new(out, PollFlags::empty())], None).map(drop)
}

/// Waits until `out` takes a piece; false if nobody reads it and podbay is to end.
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
