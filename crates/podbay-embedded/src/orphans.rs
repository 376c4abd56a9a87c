//! Processes whose shim was killed. They become children of podbay, which is a sub-reaper like a shim, and
//! kills them.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, getpid, getsid, kill_process, set_child_subreaper, waitpid};

use super::shim::children;

/// Only one at a time looks for orphans, so that the ids of those it has found are not reused.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Whether orphans become children of this process.
static ADOPTS: AtomicBool = AtomicBool::new(false);

/// How long orphans may take to end after they were killed: one that waits for a disk, or belongs to another
/// user, may not end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Interval of attempts.
const PAUSE: Duration = Duration::from_millis(20);

/// Makes orphans below this process its children.
pub(super) fn adopt() -> io::Result<()> {
    set_child_subreaper(Some(getpid()))?;
    ADOPTS.store(true, Ordering::Relaxed);
    Ok(())
}

/// Kills all orphans and what they have started, and waits a while until they have ended. Returns the number of
/// those that have ended, and of those that have not. Blocks.
pub(super) fn kill() -> io::Result<(usize, usize)> {
    if !ADOPTS.load(Ordering::Relaxed) {
        return Ok((0, 0));
    }
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let (mut ended, end) = (0, Instant::now() + PATIENCE);
    loop {
        let orphans: Vec<_> = children()?.into_iter().filter(|pid| is_of_a_shim(*pid)).collect();
        if orphans.is_empty() || Instant::now() > end {
            return Ok((ended, orphans.len()));
        }
        // not reaped meanwhile, so that their ids are not reused
        for &orphan in &orphans {
            let _gone = kill_process(orphan, Signal::KILL);
        }
        let reaped = orphans.iter().filter(|orphan| has_ended(**orphan)).count();
        ended += reaped;
        if reaped == 0 {
            sleep(PAUSE);
        }
    }
}

/// Reaps a child if it has ended.
fn has_ended(child: Pid) -> bool {
    loop {
        match waitpid(Some(child), WaitOptions::NOHANG) {
            Err(Errno::INTR) => {}
            Ok(None) => return false,
            Ok(Some(_)) | Err(_) => return true,
        }
    }
}

/// Whether a child of this process was started by a shim: what it starts has sessions of its own, unlike the
/// shims. One that has just been reaped is none.
fn is_of_a_shim(child: Pid) -> bool {
    matches!((getsid(Some(child)), getsid(None)), (Ok(its), Ok(own)) if its != own)
}
