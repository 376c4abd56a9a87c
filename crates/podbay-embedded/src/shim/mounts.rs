//! Volumes at their mount paths, seen by one container only.
//!
//! A mount path that does not exist on this machine needs a directory entry without touching the machine: its
//! nearest existing ancestor is covered by a file system in memory that shows every entry of the ancestor, and
//! the entry is made there. For an ancestor `/` that file system becomes the root.

use std::fs::{self, File};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::{Mount, sys};

/// Puts this process into a mount namespace of its own that has `mounts`. `scratch` is an empty directory.
pub(super) fn enter(mounts: &[Mount], scratch: &Path) -> io::Result<()> {
    if mounts.is_empty() {
        return Ok(());
    }
    let here = std::env::current_dir();
    sys::own_mounts().map_err(|error| at("a mount namespace of its own", &error))?;
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
    sys::bind(&mount.source, target)?;
    if mount.read_only {
        sys::make_read_only(target)
    } else {
        Ok(())
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
        let below = File::open(directory)?;
        sys::mount_tmpfs(directory)?;
        // The open directory still leads below the mount.
        return show_entries(
            &PathBuf::from(format!("/proc/self/fd/{}", below.as_raw_fd())),
            directory,
        );
    }
    sys::mount_tmpfs(scratch)?;
    show_entries(directory, scratch)?;
    std::env::set_current_dir(scratch)?;
    sys::pivot_here()?;
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
        sys::bind(&source, &target)?;
    }
    Ok(())
}
