//! System calls that the standard library does not offer, each made safe to call.

#![allow(unsafe_code)]

use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::{fs, io, mem, ptr};

fn check(result: impl Into<i64>) -> io::Result<()> {
    if result.into() < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// From now on orphans below this process become its children.
pub(super) fn become_subreaper() -> io::Result<()> {
    // SAFETY: sets a flag of this process.
    check(unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) })
}

/// Gives the command a session of its own, and SIGKILL should its shim be killed.
pub(super) fn own_session(command: &mut Command) {
    let prepare = || {
        // SAFETY: both calls may be made between fork and exec, and only touch the new process.
        unsafe {
            check(libc::setsid())?;
            check(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))
        }
    };
    // SAFETY: the closure neither allocates nor takes locks.
    unsafe { command.pre_exec(prepare) };
}

/// Sends a signal; a process that is gone already is no error.
pub(super) fn kill(pid: i32, signal: i32) {
    // SAFETY: plain system call.
    unsafe { libc::kill(pid, signal) };
}

/// Waits until some child has ended and names it, but leaves it unreaped.
pub(super) fn await_any_end() -> io::Result<i32> {
    loop {
        // SAFETY: an all-zero siginfo_t is valid, and waitid fills it on success.
        let (result, pid) = unsafe {
            let mut info: libc::siginfo_t = mem::zeroed();
            let result = libc::waitid(libc::P_ALL, 0, &raw mut info, libc::WEXITED | libc::WNOWAIT);
            (result, info.si_pid())
        };
        match check(result) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(pid),
        }
    }
}

/// Takes the wait status of a child that has ended.
pub(super) fn reap(pid: i32) -> io::Result<i32> {
    let mut status = 0;
    // SAFETY: `status` outlives the call.
    check(unsafe { libc::waitpid(pid, &raw mut status, 0) })?;
    Ok(status)
}

/// Gives this process a mount namespace of its own; without the privilege for it, in a user namespace in which
/// it keeps its own user and group.
pub(super) fn own_mounts() -> io::Result<()> {
    // SAFETY: plain system calls without arguments that could be wrong.
    let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
    let unshare = |flags| check(unsafe { libc::unshare(flags) });
    if unshare(libc::CLONE_NEWNS).is_err() {
        unshare(libc::CLONE_NEWNS | libc::CLONE_NEWUSER)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
        fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))?;
    }
    mount(None, Path::new("/"), None, libc::MS_REC | libc::MS_PRIVATE)
}

/// Enters the user and mount namespaces of another process of this user.
pub(super) fn join_namespaces(pid: i32) -> io::Result<()> {
    for kind in ["user", "mnt"] {
        let theirs = format!("/proc/{pid}/ns/{kind}");
        if fs::read_link(&theirs)? != fs::read_link(format!("/proc/self/ns/{kind}"))? {
            let namespace = File::open(theirs)?;
            // SAFETY: the descriptor is open during the call.
            check(unsafe { libc::setns(namespace.as_raw_fd(), 0) })?;
        }
    }
    Ok(())
}

/// Shows `source` and everything mounted below it at `target` too.
pub(super) fn bind(source: &Path, target: &Path) -> io::Result<()> {
    mount(Some(source), target, None, libc::MS_BIND | libc::MS_REC)
}

/// Mounts an empty file system in memory.
pub(super) fn mount_tmpfs(target: &Path) -> io::Result<()> {
    mount(None, target, Some(c"tmpfs"), 0)
}

/// Makes a mount read-only, whatever other flags it has.
pub(super) fn make_read_only(target: &Path) -> io::Result<()> {
    let target = c_path(target)?;
    let attributes = [libc::MOUNT_ATTR_RDONLY, 0, 0, 0];
    // SAFETY: `struct mount_attr` is four 64-bit words; both pointers outlive the call.
    check(unsafe {
        let size = mem::size_of_val(&attributes);
        libc::syscall(
            libc::SYS_mount_setattr,
            libc::AT_FDCWD,
            target.as_ptr(),
            0,
            attributes.as_ptr(),
            size,
        )
    })
}

/// Makes the working directory, a mount of its own, the root, and lets go of the old root.
pub(super) fn pivot_here() -> io::Result<()> {
    let here = c".".as_ptr();
    // SAFETY: the strings are static.
    check(unsafe { libc::syscall(libc::SYS_pivot_root, here, here) })?;
    // SAFETY: as above.
    check(unsafe { libc::umount2(here, libc::MNT_DETACH) })
}

fn mount(source: Option<&Path>, target: &Path, kind: Option<&CStr>, flags: libc::c_ulong) -> io::Result<()> {
    let source = source.map(c_path).transpose()?;
    let target = c_path(target)?;
    let source = source.as_ref().map_or(ptr::null(), |source| source.as_ptr());
    let kind = kind.map_or(ptr::null(), CStr::as_ptr);
    // SAFETY: every string outlives the call.
    check(unsafe { libc::mount(source, target.as_ptr(), kind, flags, ptr::null()) })
}

fn c_path(path: &Path) -> io::Result<CString> {
    Ok(CString::new(path.as_os_str().as_bytes())?)
}
