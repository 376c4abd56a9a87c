//! The processes below a shim: one it started, and those that became its children when their parents ended.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::{fs, io, process};

use super::sys;

/// A process and everything below it.
pub(super) struct Tree {
    pid: i32,
    /// False once the process was reaped: its number may be another's from then on.
    present: Mutex<bool>,
}

impl Tree {
    /// Below `child`, which nobody else may wait for.
    pub(super) fn of(child: Child) -> Self {
        Self {
            pid: child.id().cast_signed(),
            present: Mutex::new(true),
        }
    }

    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// Signals the process itself, if it is still there.
    pub(super) fn signal(&self, signal: i32) {
        if *self.present() {
            sys::kill(self.pid, signal);
        }
    }

    /// Waits for the process to end, kills what is left below it, and waits for that too.
    pub(super) fn outlive(&self) -> io::Result<ExitStatus> {
        let status = loop {
            let (pid, status) = self.reap_next()?;
            if pid == self.pid {
                break status;
            }
        };
        while kill_children()? {
            self.reap_next()?;
        }
        Ok(ExitStatus::from_raw(status))
    }

    fn reap_next(&self) -> io::Result<(i32, i32)> {
        let pid = sys::await_any_end()?;
        let mut present = self.present();
        *present &= pid != self.pid;
        Ok((pid, sys::reap(pid)?))
    }

    fn present(&self) -> MutexGuard<'_, bool> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Kills every child of this process; false when there is none. Children are not reaped meanwhile, so their
/// numbers are theirs.
fn kill_children() -> io::Result<bool> {
    let children = children()?;
    for &child in &children {
        sys::kill(child, libc::SIGKILL);
    }
    Ok(!children.is_empty())
}

fn children() -> io::Result<Vec<i32>> {
    let me = process::id().cast_signed();
    let numbers = fs::read_dir("/proc")?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    Ok(numbers.filter(|&pid| parent(pid) == Some(me)).collect())
}

/// Second field after the command name, which stands in parentheses and may hold anything.
fn parent(pid: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}
