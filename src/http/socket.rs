//! The private socket: one per running podbay, in a folder that only its user can access, so that `podbay
//! status` finds all podbays of this user.

use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use tokio::net::UnixListener;

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error(
        "cannot create the socket {path} for podbay's own commands: {error}; its folder must belong to you and \
         be writable"
    )]
    Unusable { path: String, error: io::Error },
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
}

/// Why a folder is unsafe for this user's sockets: anyone else with access could answer in place of podbay,
/// and see this user's requests.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Untrusted {
    #[error(
        "the folder {folder} for podbay's sockets belongs to user {owner}, not to you (user {user}): remove it, \
         or set XDG_RUNTIME_DIR to a folder of your own", folder = .folder.display()
    )]
    Foreign { folder: PathBuf, owner: u32, user: u32 },
    #[error(
        "other users can access the folder {folder} for podbay's sockets (mode {mode:o}): run chmod 700 \
         {folder}, or set XDG_RUNTIME_DIR to a folder of your own", folder = .folder.display()
    )]
    Open { folder: PathBuf, mode: u32 },
    #[error(
        "{folder}, for podbay's sockets, is not a folder; user {owner} created it: remove it, or set \
         XDG_RUNTIME_DIR to a folder of your own", folder = .folder.display()
    )]
    NoFolder { folder: PathBuf, owner: u32 },
}

/// A listening socket that removes its file when dropped.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

/// The folder of this user's sockets: in `XDG_RUNTIME_DIR`, or in the folder for temporary files.
pub(crate) fn folder() -> PathBuf {
    match std::env::var_os("XDG_RUNTIME_DIR").filter(|dir| !dir.is_empty()) {
        Some(dir) => Path::new(&dir).join("podbay"),
        None => std::env::temp_dir().join(format!("podbay-{}", user())),
    }
}

/// This user's id.
fn user() -> u32 {
    rustix::process::geteuid().as_raw()
}

/// Whether the peer of a socket is trusted: a process of this user, or of root.
pub(super) fn is_trusted(peer: io::Result<tokio::net::unix::UCred>) -> Result<(), io::Error> {
    let uid = peer?.uid();
    match uid == user() || uid == 0 {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::PermissionDenied,
            format!(
                "the process there belongs to user {uid}, not to you (user {})",
                user()
            ),
        )),
    }
}

/// Opens this process's socket in `folder`.
pub fn bind(folder: &Path) -> Result<Socket, Error> {
    let path = folder.join(format!("{}.sock", std::process::id()));
    let unusable = |error| Error::Unusable {
        path: path.display().to_string(),
        error,
    };
    let made = std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder);
    // the check names a link or a file in its place
    if let Err(error) = made {
        check(folder)?;
        return Err(unusable(error));
    }
    check(folder)?;
    // left over from an earlier process with the same id
    let _ = std::fs::remove_file(&path);
    let listener = UnixListener::bind(&path).map_err(unusable)?;
    Ok(Socket { listener, path })
}

/// The sockets in `folder` that are in use. Removes those left behind by killed podbays.
pub fn running(folder: &Path) -> Result<Vec<PathBuf>, Untrusted> {
    check(folder)?;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sockets = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "sock"));
    let mut answering: Vec<_> = sockets.filter(|path| is_in_use(path)).collect();
    answering.sort();
    Ok(answering)
}

/// Whether a process listens on the socket at `path`. Removes one left behind by a killed podbay.
pub(crate) fn is_in_use(path: &Path) -> bool {
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

/// Checks that only this user can access `folder`, or that it does not exist.
fn check(folder: &Path) -> Result<(), Untrusted> {
    let Ok(metadata) = std::fs::symlink_metadata(folder) else {
        return Ok(());
    };
    let (owner, mode) = (metadata.uid(), metadata.permissions().mode() & 0o777);
    let folder = folder.to_owned();
    if !metadata.is_dir() {
        return Err(Untrusted::NoFolder { folder, owner });
    }
    if owner != user() {
        let user = user();
        return Err(Untrusted::Foreign { folder, owner, user });
    }
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(Untrusted::Open { folder, mode }),
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
        loop {
            let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
            match is_trusted(stream.peer_cred()) {
                Ok(()) => return (stream, address),
                Err(error) => tracing::warn!("rejected a connection to {}: {error}", self.path.display()),
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
