//! Processes whose shim was killed. They become children of podbay, which is a sub-reaper like a shim, and
//! kills them.

use std::io;
use std::sync::{Mutex, PoisonError};

use rustix::io::retry_on_intr;
use rustix::process::{Pid, Signal, WaitOptions, getpid, getsid, kill_process, set_child_subreaper, waitpid};

use super::shim::children;

/// Only one at a time looks for orphans, so that the ids of those it has found are not reused.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Makes orphans below this process its children.
pub(super) fn adopt() -> io::Result<()> {
    Ok(set_child_subreaper(Some(getpid()))?)
}

/// Kills all orphans and what they have started, waits until they have ended, and returns their number. Blocks.
pub(super) fn kill() -> io::Result<usize> {
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut killed = 0;
    loop {
        let orphans: Vec<_> = children()?.into_iter().filter(|pid| is_of_a_shim(*pid)).collect();
        if orphans.is_empty() {
            return Ok(killed);
        }
        for orphan in orphans {
            let _gone = kill_process(orphan, Signal::KILL);
            retry_on_intr(|| waitpid(Some(orphan), WaitOptions::empty()))?;
            killed += 1;
        }
    }
}

/// Whether a child of this process was started by a shim: what it starts has sessions of its own, unlike the
/// shims.
fn is_of_a_shim(child: Pid) -> bool {
    getsid(Some(child)).ok() != getsid(None).ok()
}
