//! Reads pipes and terminals, whose writer may never write.

use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;

use super::{Why, bytes, flags};

/// How long an unnamed pipe may provide nothing.
const TIMEOUT: Duration = Duration::from_secs(60);

/// How long a named pipe, whose writer is unknown, may provide nothing.
const NAMED_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a pipe is polled.
const POLL_INTERVAL: Duration = Duration::from_millis(10);

/// Whether the path refers to an inherited stream, perhaps a terminal, or to nothing at all.
pub(super) fn is_inherited(path: &Path) -> bool {
    ["/dev/stdin", "/dev/fd", "/proc/self/fd", "/dev/null"]
        .iter()
        .any(|given| path.starts_with(given))
}

/// Reads a pipe to its end. An unnamed pipe has or had a writer; a named one may never have one.
pub(super) fn from_pipe(path: &Path, limit: usize) -> Result<Vec<u8>, Why> {
    let mut pipe = OpenOptions::new()
        .read(true)
        .custom_flags(flags(OFlags::NONBLOCK))
        .open(path)?;
    let named = std::fs::canonicalize(path).is_ok();
    let mut written = !named;
    let timeout = if named { NAMED_TIMEOUT } else { TIMEOUT };
    let (mut all, mut part) = (Vec::new(), [0; 8192]);
    let mut last = Instant::now();
    loop {
        match pipe.read(&mut part) {
            Ok(0) if written => return Ok(all),
            Ok(0) if last.elapsed() > timeout => return Err(Why::NoWriter),
            Ok(0) => {}
            Ok(length) => {
                all.extend_from_slice(&part[..length]);
                (written, last) = (true, Instant::now());
                match all.len() > limit {
                    true => return Err(Why::TooLarge(limit)),
                    false => continue,
                }
            }
            // the pipe has a writer
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => written = true,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        }
        if last.elapsed() > timeout {
            return Err(Why::Silent(timeout));
        }
        std::thread::sleep(POLL_INTERVAL);
    }
}

/// Reads on a separate thread, which remains if nothing is ever written.
pub(super) fn from_terminal(path: &Path, limit: usize) -> Result<Vec<u8>, Why> {
    let (sender, receiver) = sync_channel(1);
    let path = path.to_owned();
    std::thread::spawn(move || {
        let read = File::open(path).map_err(Why::from);
        // the receiver is gone after a timeout
        let _ = sender.send(read.and_then(|file| bytes(file, limit)));
    });
    receiver
        .recv_timeout(TIMEOUT)
        .unwrap_or_else(|error| match error {
            RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected => Err(Why::Silent(TIMEOUT)),
        })
}
