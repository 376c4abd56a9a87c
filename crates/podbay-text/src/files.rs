//! Reads text files within limits: reading any path ends soon and takes little memory.
//!
//! [`text`] is for paths named by a launch file or a request: regular files only, anything else is refused at
//! once. [`text_or_pipe`] is for paths given by the local user, who may use a pipe: `--profile <(…)`,
//! `/dev/stdin`.

mod pipe;

use std::fs::{File, FileType, Metadata, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::OFlags;

use crate::diagnostic::Code;
use crate::near::nearest;
use crate::yaml::Position;

/// Limit for files that people write: profiles, configurations, parameter files. In bytes.
pub const WRITTEN: usize = 4 << 20;

/// Room for most files, in bytes: such a file is read at once.
const USUAL: usize = 8 << 10;

/// The system's error message, without its number.
pub fn reason(error: &io::Error) -> String {
    let mut text = error.to_string();
    if let Some(number) = text.find(" (os error ") {
        text.truncate(number);
    }
    text
}

/// Why a file was not read. `Display` names the file; [`Error::why`] does not.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {why}", .path.display())]
pub struct Error {
    path: PathBuf,
    why: Why,
}

#[derive(Debug, thiserror::Error)]
enum Why {
    #[error("{}", reason(.0))]
    Io(#[from] io::Error),
    #[error("it is {0}, not a regular file")]
    Irregular(&'static str),
    #[error("it exceeds the limit of {0} bytes; split it into several files")]
    TooLarge(usize),
    #[error("it is not UTF-8 text: byte 0x{byte:02x} in line {}, column {}", .position.line, .position.column)]
    NotUtf8 { byte: u8, position: Position },
    #[error("no data for {} s, and it is not closed; end the writing process", .0.as_secs())]
    Silent(Duration),
    #[error("it is {0}, not a folder")]
    NotAFolder(&'static str),
    #[error("it is a pipe without a writer; start the writing process first")]
    NoWriter,
}

impl Error {
    /// The reason without the path: `No such file or directory`, `it is a device, …`.
    pub fn why(&self) -> String {
        self.why.to_string()
    }

    /// How to fix it; "" if the reason says so.
    pub fn help(&self) -> &'static str {
        match &self.why {
            Why::NotUtf8 { .. } => "save the file as UTF-8",
            _ => "",
        }
    }

    /// The code of its report.
    pub fn code(&self) -> Code {
        match &self.why {
            Why::TooLarge(_) => Code::FileTooLarge,
            _ => Code::Unreadable,
        }
    }

    /// Where it is in the file, if that is known.
    pub fn position(&self) -> Option<Position> {
        match self.why {
            Why::NotUtf8 { position, .. } => Some(position),
            _ => None,
        }
    }

    /// Whether nothing exists at the path.
    pub fn is_not_found(&self) -> bool {
        matches!(&self.why, Why::Io(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// The text of the regular file at `path`, of at most `limit` bytes. Refuses anything else without waiting
/// for it.
pub fn text(path: &Path, limit: usize) -> Result<String, Error> {
    within(path, || {
        let file = regular(path)?;
        decoded(bytes(file, limit)?)
    })
}

/// The text of the regular file at `path`, or of a stream such as a pipe.
pub fn text_or_pipe(path: &Path, limit: usize) -> Result<String, Error> {
    within(path, || {
        let kind = std::fs::metadata(path)?.file_type();
        let bytes = match () {
            () if kind.is_fifo() => pipe::from_pipe(path, limit)?,
            () if kind.is_char_device() && pipe::is_inherited(path) => pipe::from_terminal(path, limit)?,
            () => bytes(regular(path)?, limit)?,
        };
        decoded(bytes)
    })
}

/// What is at `path` if it is not a regular file: `a folder`, `a pipe`. `None` for a regular file or nothing.
pub fn irregular(path: &Path) -> Option<&'static str> {
    let kind = std::fs::metadata(path).ok()?.file_type();
    (!kind.is_file()).then(|| named(kind))
}

/// Names of what is in `folder`; none if it cannot be read.
pub fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .collect()
}

/// The name in the folder of the missing `path` of which its name is most likely a misspelling.
pub fn similar(path: &Path) -> Option<String> {
    let folder = match path.parent()? {
        here if here.as_os_str().is_empty() => Path::new("."),
        folder => folder,
    };
    let mut names = names_in(folder);
    names.sort();
    nearest_file(path.file_name()?.to_str()?, names.iter().map(String::as_str)).map(str::to_owned)
}

/// The one of `names` of which `typed` is most likely a misspelling, also without the suffix, which may be long.
pub fn nearest_file<'a>(typed: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    fn stem(name: &str) -> &str {
        name.split('.').next().unwrap_or_default()
    }
    nearest(typed, names).filter(|near| nearest(stem(typed), [stem(near)]).is_some())
}

/// Whether `path` is a folder.
pub fn folder(path: &Path) -> Result<(), Error> {
    within(path, || match std::fs::metadata(path)? {
        found if found.is_dir() => Ok(()),
        found => Err(Why::NotAFolder(named(found.file_type()))),
    })
}

fn within<T>(path: &Path, read: impl FnOnce() -> Result<T, Why>) -> Result<T, Error> {
    read().map_err(|why| Error {
        path: path.to_owned(),
        why,
    })
}

/// Opens a regular file. The type is checked first, since opening a device may have effects and opening a
/// pipe may block. Opening does not block either if the file is replaced in between.
fn regular(path: &Path) -> Result<File, Why> {
    expect_regular(&std::fs::metadata(path)?)?;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags(OFlags::NONBLOCK | OFlags::NOCTTY))
        .open(path)?;
    expect_regular(&file.metadata()?)?;
    Ok(file)
}

/// The type that the standard library uses.
fn flags(flags: OFlags) -> i32 {
    flags.bits().cast_signed()
}

fn expect_regular(found: &Metadata) -> Result<(), Why> {
    match found.is_file() {
        true => Ok(()),
        false => Err(Why::Irregular(named(found.file_type()))),
    }
}

fn named(kind: FileType) -> &'static str {
    match () {
        () if kind.is_file() => "a file",
        () if kind.is_dir() => "a folder",
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () => "a device",
    }
}

fn bytes(file: impl Read, limit: usize) -> Result<Vec<u8>, Why> {
    // the size is not queried: the file may grow, and kernel files report 0
    let mut bytes = Vec::with_capacity(USUAL);
    file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    bytes.shrink_to_fit();
    match bytes.len() > limit {
        true => Err(Why::TooLarge(limit)),
        false => Ok(bytes),
    }
}

fn decoded(bytes: Vec<u8>) -> Result<String, Why> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let before = String::from_utf8_lossy(&bytes[..at]);
        let last = before.rsplit_once('\n').map_or(&*before, |(_, last)| last);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let line = before.matches('\n').count() + 1;
        Why::NotUtf8 {
            byte: bytes[at],
            position: Position {
                line: number(line),
                column: number(last.chars().count() + 1),
            },
        }
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixListener;
    use std::process::Command;

    use tempfile::tempdir;

    use super::*;

    #[track_caller]
    fn check_refused(path: &Path, expected: &str) {
        let error = text(path, 8).unwrap_err();
        assert_eq!(error.why(), expected);
        assert_eq!(
            error.to_string(),
            format!("cannot read {}: {expected}", path.display())
        );
    }

    #[test]
    fn only_regular_files_are_read() {
        let kept = tempdir().unwrap();
        let folder = kept.path();
        let pipe = folder.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = UnixListener::bind(folder.join("socket")).unwrap();
        check_refused(&pipe, "it is a pipe, not a regular file");
        check_refused(&folder.join("socket"), "it is a socket, not a regular file");
        check_refused(folder, "it is a folder, not a regular file");
        check_refused(Path::new("/dev/zero"), "it is a device, not a regular file");
        check_refused(&folder.join("none"), "No such file or directory");
    }

    #[test]
    fn files_above_the_limit_are_refused() {
        let kept = tempdir().unwrap();
        let folder = kept.path();
        let path = folder.join("file");
        std::fs::write(&path, "12345678").unwrap();
        assert_eq!(text(&path, 8).unwrap(), "12345678");
        std::fs::write(&path, "123456789").unwrap();
        check_refused(
            &path,
            "it exceeds the limit of 8 bytes; split it into several files",
        );
    }

    #[test]
    fn the_place_of_invalid_utf_8_is_reported() {
        let kept = tempdir().unwrap();
        let folder = kept.path();
        let path = folder.join("file");
        std::fs::write(&path, b"a\n\xc3\xbcb\xfcc").unwrap();
        check_refused(&path, "it is not UTF-8 text: byte 0xfc in line 2, column 3");
    }

    #[test]
    fn unnamed_pipes_are_read() {
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"piped").unwrap();
        drop(writer);
        let path = format!("/dev/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&reader));
        assert_eq!(text_or_pipe(Path::new(&path), 8).unwrap(), "piped");
        let device = text_or_pipe(Path::new("/dev/zero"), 8).unwrap_err();
        assert_eq!(device.why(), "it is a device, not a regular file");
        assert_eq!(text_or_pipe(Path::new("/dev/null"), 8).unwrap(), "");
    }

    #[test]
    fn other_types_than_folders_are_named() {
        let kept = tempdir().unwrap();
        let folder = kept.path();
        std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
        let _socket = UnixListener::bind(folder.join("socket")).unwrap();
        let said = |path: &Path| super::folder(path).map_err(|error| error.why());
        assert_eq!(said(folder), Ok(()));
        for (name, expected) in [
            ("socket", "it is a socket, not a folder"),
            ("/dev/zero", "it is a device, not a folder"),
            ("/proc/self/exe", "it is a file, not a folder"),
            ("loop", "Too many levels of symbolic links"),
            ("none", "No such file or directory"),
        ] {
            assert_eq!(said(&folder.join(name)), Err(expected.to_owned()));
        }
    }

    #[test]
    fn named_pipes_are_read_once_they_have_a_writer() {
        let kept = tempdir().unwrap();
        let folder = kept.path();
        let pipe = folder.join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let nobody = text_or_pipe(&pipe, 8).unwrap_err();
        assert_eq!(
            nobody.why(),
            "it is a pipe without a writer; start the writing process first"
        );
        let to = pipe.clone();
        let writer = std::thread::spawn(move || std::fs::write(to, "piped"));
        assert_eq!(text_or_pipe(&pipe, 8).unwrap(), "piped");
        writer.join().unwrap().unwrap();
        // a writer that stops writing but stays open
        let mut kept = OpenOptions::new().read(true).write(true).open(&pipe).unwrap();
        kept.write_all(b"some").unwrap();
        assert_eq!(
            text_or_pipe(&pipe, 8).unwrap_err().why(),
            "no data for 5 s, and it is not closed; end the writing process"
        );
    }
}
