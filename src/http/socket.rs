//! The private socket: one a running podbay, in a folder only its user may enter, so that `podbay status` finds
//! every podbay of this user.

use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot make the socket {path} for podbay's own commands: {error}; make its folder yours and writable"
)]
pub struct Error {
    path: String,
    error: io::Error,
}

/// A listening socket that takes its file away with it.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

/// The folder of this user's sockets: below `XDG_RUNTIME_DIR`, else in the folder for temporary files.
pub fn folder() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|dir| !dir.is_empty()) {
        Some(dir) => Path::new(&dir).join("podbay"),
        None => std::env::temp_dir().join(format!("podbay-{}", user())),
    }
}

/// This user's number.
#[allow(unsafe_code)]
fn user() -> u32 {
    // SAFETY: geteuid takes nothing, changes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// Opens this process's socket in `folder`.
pub fn bind(folder: &Path) -> Result<Socket, Error> {
    let path = folder.join(format!("{}.sock", std::process::id()));
    let open = || {
        private(folder)?;
        // Left over from a process that had this number before.
        let _ = std::fs::remove_file(&path);
        UnixListener::bind(&path)
    };
    match open() {
        Ok(listener) => Ok(Socket { listener, path }),
        Err(error) => Err(Error {
            path: path.display().to_string(),
            error,
        }),
    }
}

/// The sockets in `folder` that somebody answers on. What a podbay left that was killed is taken away.
pub fn running(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sockets = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "sock"));
    let mut answering: Vec<_> = sockets.filter(|path| answers(path)).collect();
    answering.sort();
    answering
}

fn answers(path: &Path) -> bool {
    match UnixStream::connect(path) {
        Ok(_) => true,
        Err(error) => {
            if error.kind() == io::ErrorKind::ConnectionRefused {
                let _ = std::fs::remove_file(path);
            }
            false
        }
    }
}

/// Makes `folder` with room for nobody else, or makes sure that it is such.
fn private(folder: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let metadata = std::fs::symlink_metadata(folder)?;
    let mine = metadata.is_dir() && metadata.uid() == user() && metadata.permissions().mode() & 0o077 == 0;
    match mine {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            "others may enter its folder",
        )),
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

impl axum::serve::Listener for Socket {
    type Io = tokio::net::UnixStream;
    type Addr = tokio::net::unix::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        axum::serve::Listener::accept(&mut self.listener).await
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
