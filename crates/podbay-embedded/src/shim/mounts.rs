//! Volumes at their mount paths, visible to one container only.
//!
//! A mount path that does not exist on this machine needs a directory entry without touching the machine: its
//! nearest existing ancestor is covered by a file system in memory that shows every entry of the ancestor, and
//! the entry is made there. For an ancestor `/` that file system becomes the root.

use std::ffi::CStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{StatVfsMountFlags, statvfs};
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind_recursive, mount_change,
    mount_remount, unmount,
};
use rustix::process::{getegid, geteuid, pivot_root};
use rustix::thread::{UnshareFlags, move_into_link_name_space, unshare_unsafe};

use super::Mount;

/// Moves this process into its own mount namespace with `mounts`. `scratch` is an empty directory.
pub(super) fn enter(mounts: &[Mount], scratch: &Path) -> io::Result<()> {
    if mounts.is_empty() {
        return Ok(());
    }
    let here = std::env::current_dir();
    own_namespace().map_err(|error| at("a mount namespace of its own", &error))?;
    for mount in mounts {
        place(mount, scratch).map_err(|error| at(&mount.target.display().to_string(), &error))?;
    }
    here.and_then(std::env::set_current_dir)
        .or_else(|_| std::env::set_current_dir("/"))
}

fn at(place: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{place}: {error}"))
}

fn place(mount: &Mount, scratch: &Path) -> io::Result<()> {
    let target = &mount.target;
    if !target.exists() {
        cover(existing_ancestor(target), scratch)?;
        make_entry(target, mount.source.is_dir())?;
    }
    mount_bind_recursive(&mount.source, target)?;
    match mount.read_only {
        true => make_read_only(target),
        false => Ok(()),
    }
}

fn existing_ancestor(path: &Path) -> &Path {
    path.ancestors()
        .find(|ancestor| ancestor.is_dir())
        .unwrap_or(Path::new("/"))
}

fn make_entry(path: &Path, directory: bool) -> io::Result<()> {
    if directory {
        return fs::create_dir_all(path);
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    File::create(path).map(drop)
}

fn cover(directory: &Path, scratch: &Path) -> io::Result<()> {
    if directory != Path::new("/") {
        // the open directory still leads below the mount
        let below = File::open(directory)?;
        mount_tmpfs(directory)?;
        let below = format!("/proc/self/fd/{}", below.as_raw_fd());
        return show_entries(Path::new(&below), directory);
    }
    mount_tmpfs(scratch)?;
    show_entries(directory, scratch)?;
    std::env::set_current_dir(scratch)?;
    // the old root is below the new one for a moment
    pivot_root(".", ".")?;
    unmount(".", UnmountFlags::DETACH)?;
    std::env::set_current_dir("/")
}

fn show_entries(of: &Path, on: &Path) -> io::Result<()> {
    for entry in fs::read_dir(of)? {
        let entry = entry?;
        let (source, target) = (entry.path(), on.join(entry.file_name()));
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
            continue;
        }
        make_entry(&target, kind.is_dir())?;
        mount_bind_recursive(&source, &target)?;
    }
    Ok(())
}

/// Creates a mount namespace for this process; without the privilege for it, in a user namespace with the
/// same user and group.
#[allow(unsafe_code)]
fn own_namespace() -> io::Result<()> {
    let (uid, gid) = (geteuid().as_raw(), getegid().as_raw());
    // SAFETY: open files stay shared.
    let unshare = |flags| unsafe { unshare_unsafe(flags) };
    if unshare(UnshareFlags::NEWNS).is_err() {
        unshare(UnshareFlags::NEWNS | UnshareFlags::NEWUSER)?;
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("{uid} {uid} 1"))?;
        fs::write("/proc/self/gid_map", format!("{gid} {gid} 1"))?;
    }
    Ok(mount_change(
        "/",
        MountPropagationFlags::REC | MountPropagationFlags::PRIVATE,
    )?)
}

/// Enters the user and mount namespaces of another process of this user.
pub(super) fn join(pid: i32) -> io::Result<()> {
    for kind in ["user", "mnt"] {
        let theirs = format!("/proc/{pid}/ns/{kind}");
        if fs::read_link(&theirs)? != fs::read_link(format!("/proc/self/ns/{kind}"))? {
            move_into_link_name_space(File::open(theirs)?.as_fd(), None)?;
        }
    }
    Ok(())
}

/// Mounts an empty tmpfs.
fn mount_tmpfs(target: &Path) -> io::Result<()> {
    Ok(mount(
        "tmpfs",
        target,
        "tmpfs",
        MountFlags::empty(),
        None::<&CStr>,
    )?)
}

/// Makes a mount read-only. A user namespace must keep the other flags of a mount.
fn make_read_only(target: &Path) -> io::Result<()> {
    let has = statvfs(target)?.f_flag;
    let mut flags = MountFlags::BIND | MountFlags::RDONLY;
    flags.set(MountFlags::NOSUID, has.contains(StatVfsMountFlags::NOSUID));
    flags.set(MountFlags::NODEV, has.contains(StatVfsMountFlags::NODEV));
    flags.set(MountFlags::NOEXEC, has.contains(StatVfsMountFlags::NOEXEC));
    Ok(mount_remount(target, flags, c"")?)
}
