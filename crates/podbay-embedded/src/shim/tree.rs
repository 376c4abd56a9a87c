//! The processes below a shim: the one it started, and orphans that became its children.

use std::os::fd::OwnedFd;
use std::process::Child;
use std::{fs, io};

use rustix::io::retry_on_intr;
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, getpid, kill_process, pidfd_open, pidfd_send_signal,
    wait,
};

/// A process and everything below it.
pub(super) struct Tree {
    pid: Pid,
    /// Identifies this process, even if its id is reused.
    handle: OwnedFd,
}

impl Tree {
    /// The tree of `child`, for which nobody else may wait.
    pub(super) fn of(child: &Child) -> io::Result<Self> {
        let pid = Pid::from_child(child);
        let handle = pidfd_open(pid, PidfdFlags::empty())?;
        Ok(Self { pid, handle })
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Signals the process itself, if it still exists.
    pub(super) fn signal(&self, signal: Signal) {
        let _gone = pidfd_send_signal(&self.handle, signal);
    }

    /// Waits until the process has ended, kills what remains below it, and waits for that too.
    pub(super) fn outlive(&self) -> io::Result<WaitStatus> {
        let status = loop {
            let (pid, status) = reap()?;
            if pid == self.pid {
                break status;
            }
        };
        while kill_children()? {
            reap()?;
        }
        Ok(status)
    }
}

fn reap() -> io::Result<(Pid, WaitStatus)> {
    let ended = retry_on_intr(|| wait(WaitOptions::empty()))?;
    ended.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Kills every child of this process; returns false if there is none. Children are not reaped meanwhile, so
/// their ids are not reused.
fn kill_children() -> io::Result<bool> {
    let children = children()?;
    for &child in &children {
        let _gone = kill_process(child, Signal::KILL);
    }
    Ok(!children.is_empty())
}

/// The children of this process.
pub(crate) fn children() -> io::Result<Vec<Pid>> {
    let me = getpid();
    let numbers = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let processes = numbers.filter_map(Pid::from_raw);
    Ok(processes.filter(|&pid| parent(pid) == Some(me)).collect())
}

/// The second field after the command name, which is in parentheses and may contain any characters.
fn parent(pid: Pid) -> Option<Pid> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    Pid::from_raw(after_name.split_whitespace().nth(1)?.parse().ok()?)
}
