//! Detects when RustDDS has stopped working: its two threads end silently, for example when `epoll_wait` is
//! interrupted because the process was suspended and resumed (Ctrl-Z, `fg`). The rest of the node would
//! continue, but without any communication.
//!
//! RustDDS provides no handle to them, so the kernel is asked. Without `/proc`, nothing is known or reported.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use nix::sys::signal::{SigSet, SigmaskHow};

/// Prefix of the names of RustDDS's threads.
const NAMED: &str = "RustDDS";

/// Two participants that are opened at once would confuse their threads.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// The threads of one participant.
#[derive(Clone, Debug)]
pub(super) struct Threads(BTreeSet<PathBuf>);

impl Threads {
    /// The result of `start`, and the threads it started.
    pub(super) fn of<T>(start: impl FnOnce() -> T) -> (T, Self) {
        let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let before = running();
        let started = without_signals(start);
        let own = running().difference(&before).cloned().collect();
        (started, Self(own))
    }

    /// Checks that all of them exist.
    pub(super) fn alive(&self) -> Result<(), String> {
        let gone = self.0.iter().filter(|thread| !is_named(thread)).count();
        match gone {
            0 => Ok(()),
            gone => Err(format!(
                "{gone} of {} threads of RustDDS have ended, as happens when the process is suspended and resumed",
                self.0.len()
            )),
        }
    }
}

/// The result of `start`, whose threads handle no signals: a handler would interrupt their `epoll_wait`. Other
/// threads handle them instead.
fn without_signals<T>(start: impl FnOnce() -> T) -> T {
    let before = SigSet::all().thread_swap_mask(SigmaskHow::SIG_BLOCK);
    let started = start();
    if let Ok(before) = before {
        // fails only for an invalid set
        let _unchanged = before.thread_set_mask();
    }
    started
}

/// Threads of RustDDS in this process, by their folders in `/proc`.
fn running() -> BTreeSet<PathBuf> {
    let folders = std::fs::read_dir("/proc/self/task").into_iter().flatten();
    let paths = folders.filter_map(|folder| Some(folder.ok()?.path()));
    paths.filter(|path| is_named(path)).collect()
}

fn is_named(thread: &std::path::Path) -> bool {
    std::fs::read_to_string(thread.join("comm")).is_ok_and(|name| name.starts_with(NAMED))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use nix::sys::signal::Signal;

    use super::*;

    #[test]
    fn its_threads_handle_no_signals_and_the_starting_one_still_does() {
        let mask = || SigSet::thread_get_mask().unwrap();
        let before = mask();
        let (inside, _) = Threads::of(|| std::thread::spawn(mask).join().unwrap());
        assert!(inside.contains(Signal::SIGCHLD) && inside.contains(Signal::SIGINT));
        assert_eq!(mask(), before);
    }

    #[test]
    fn a_thread_that_ends_is_missed() {
        let (end, ends) = channel::<()>();
        let (handle, threads) = Threads::of(|| {
            let (named, is_named) = channel();
            let thread = std::thread::Builder::new().name("RustDDS in a test".to_owned());
            let thread = thread.spawn(move || {
                named.send(()).unwrap();
                let _ = ends.recv();
            });
            is_named.recv().unwrap();
            thread.unwrap()
        });
        assert_eq!((threads.alive(), threads.0.len()), (Ok(()), 1));
        drop(end);
        handle.join().unwrap();
        // the kernel removes the thread from its list a moment after it was joined
        while threads.alive().is_ok() {
            std::thread::yield_now();
        }
        let said = threads.alive().unwrap_err();
        assert!(said.starts_with("1 of 1 threads of RustDDS have ended"), "{said}");
    }
}
