//! Volumes at their mount paths, visible to one container only.
//!
//! A mount path that does not exist on this machine needs a directory entry without touching the machine: its
//! nearest existing ancestor is covered by a file system in memory that shows every entry of the ancestor, and
//! the entry is made there. For an ancestor `/` that file system becomes the root. If the ancestor is in a
//! writable volume, the entry is made in the volume if it permits that, as by container runtimes: other
//! containers share it.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CStr;
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, StatVfsMountFlags, fstat, statvfs};
use rustix::mount::{
    MountFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags, UnmountFlags, mount,
    mount_bind_recursive, mount_change, mount_remount, move_mount, open_tree, unmount,
};
use rustix::process::{getegid, geteuid, pivot_root};
use rustix::thread::{UnshareFlags, move_into_link_name_space, unshare_unsafe};

use super::{Mount, StartError};

/// Moves this process into its own mount namespace with `mounts`. `scratch` is an empty directory.
pub(super) fn enter(mounts: &[Mount], scratch: &Path) -> Result<(), StartError> {
    if mounts.is_empty() {
        return Ok(());
    }
    let here = std::env::current_dir();
    own_namespace()
        .and_then(|()| try_mount(scratch))
        .map_err(|error| StartError::Mounts(error.to_string()))?;
    place_all(mounts, scratch)?;
    here.and_then(std::env::set_current_dir)
        .or_else(|_| std::env::set_current_dir("/"))
        .map_err(|error| StartError::Program(error.to_string()))
}

/// Mounts `scratch` on itself for a moment. A failure means that no volume of any pod can be mounted, for
/// example because a seccomp profile denies it.
fn try_mount(scratch: &Path) -> io::Result<()> {
    move_tree(clone_tree(scratch)?.as_fd(), scratch)?;
    Ok(unmount(scratch, UnmountFlags::DETACH)?)
}

/// Mounts outer targets first, as container runtimes do.
fn place_all(mounts: &[Mount], scratch: &Path) -> Result<(), StartError> {
    let root = Path::new("/");
    let mut places = Places::default();
    if mounts.iter().any(|mount| uncovered(&mount.target) == Some(root)) {
        // first, since a mount may hide `scratch`
        cover(root, scratch).map_err(|error| StartError::Program(format!("/: {error}")))?;
        places.covered.insert(root.to_owned());
    }
    let mut trees = Vec::new();
    for mount in mounts {
        // all before the first mount, which may hide their sources
        let tree = clone_tree(&mount.source);
        trees.push((mount, tree.map_err(|error| refused(&mount.source, &error))?));
    }
    trees.sort_by_key(|(mount, _)| mount.target.components().count());
    trees.iter().try_for_each(|(mount, tree)| {
        let placed = place(mount, tree.as_fd(), scratch, &mut places);
        placed.map_err(|error| refused(&mount.target, &error))
    })
}

/// An error of one pod: its paths, or their permissions.
fn refused(path: &Path, error: &io::Error) -> StartError {
    StartError::Program(format!("cannot mount {}: {error}", path.display()))
}

/// Where entries can be made for further mounts.
#[derive(Default)]
struct Places {
    /// Folders that are covered; new entries can be made in them, but not below their old entries.
    covered: BTreeSet<PathBuf>,
    /// Mounted folders, and whether they are writable.
    volumes: BTreeMap<PathBuf, bool>,
}

impl Places {
    fn take_entries(&self, folder: &Path) -> bool {
        let around = folder.ancestors().find_map(|outer| self.volumes.get(outer));
        self.covered.contains(folder) || around == Some(&true)
    }
}

/// A detached mount of `source`.
fn clone_tree(source: &Path) -> io::Result<OwnedFd> {
    let flags =
        OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_RECURSIVE;
    Ok(open_tree(CWD, source, flags)?)
}

/// Mounts `tree` where `mount` says.
fn place(mount: &Mount, tree: BorrowedFd<'_>, scratch: &Path, places: &mut Places) -> io::Result<()> {
    let target = &mount.target;
    let is_directory = FileType::from_raw_mode(fstat(tree)?.st_mode).is_dir();
    if uncovered(target).is_some_and(|ancestor| places.take_entries(ancestor)) {
        // if it is refused, the ancestor is covered
        let _refused = make_entry(target, is_directory);
    }
    if let Some(ancestor) = uncovered(target) {
        let read_only = statvfs(ancestor)?.f_flag.contains(StatVfsMountFlags::RDONLY);
        cover(ancestor, scratch)?;
        make_entry(target, is_directory)?;
        match read_only {
            true => make_read_only(ancestor)?,
            false => drop(places.covered.insert(ancestor.to_owned())),
        }
    }
    match (is_directory, target.is_dir()) {
        (true, false) => return Err(io::Error::other("it is a file, but the volume is a folder")),
        (false, true) => return Err(io::Error::other("it is a folder, but the volume is a file")),
        _ => {}
    }
    move_tree(tree, target)?;
    places.volumes.insert(target.clone(), !mount.read_only);
    match mount.read_only {
        true => make_read_only(target),
        false => Ok(()),
    }
}

fn move_tree(tree: BorrowedFd<'_>, target: &Path) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    Ok(move_mount(tree, "", CWD, target, flags)?)
}

/// The existing ancestor of a target that does not exist.
fn uncovered(target: &Path) -> Option<&Path> {
    (!target.exists()).then(|| existing_ancestor(target))
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
