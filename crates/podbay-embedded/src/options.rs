//! Options of the embedded cluster, and their effect.

use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::{env, fs, io, process};

use super::admit::Admission;
use super::restart::BackoffRule;
use super::site::Machine;
use super::store::Store;
use podbay_core::formats::is_label;

/// Options of the embedded cluster.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    /// Namespaces that exist; the first is the default.
    pub namespaces: Vec<String>,
    /// Pauses between restarts.
    pub backoff: BackoffRule,
    /// The podbay program, which is run again as the parent of each container. Its `main` calls
    /// [`run_if_asked`](super::run_if_asked).
    pub podbay: Option<PathBuf>,
    /// Directory for volumes and logs while podbay runs; default: one of the user below `$TMPDIR`.
    pub directory: Option<PathBuf>,
    /// Whether to mount volumes if the machine permits, instead of replacing mount paths.
    pub mount: bool,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            namespaces: vec!["default".to_owned()],
            backoff: BackoffRule::default(),
            podbay: None,
            directory: None,
            mount: true,
        }
    }
}

/// Why the embedded cluster could not start.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum SetupError {
    #[error("podbay cannot find its own program: {0}")]
    Program(io::Error),
    #[error("cannot use {directory} for volumes and logs: {error}; set TMPDIR to another directory")]
    Directory { directory: PathBuf, error: io::Error },
    #[error("{0} belongs to another user; remove it or set TMPDIR to another directory")]
    Foreign(PathBuf),
    #[error(
        "{0:?} is not a valid namespace: use lowercase letters, digits and '-' between them, at most 63 characters"
    )]
    Namespace(String),
}

impl SetupError {
    fn directory(path: &Path, error: io::Error) -> Self {
        let directory = path.to_owned();
        Self::Directory { directory, error }
    }
}

impl EmbeddedOptions {
    /// Applies the options to this machine.
    pub(super) fn set_up(self) -> Result<(Admission, Machine), SetupError> {
        if let Some(bad) = self.namespaces.iter().find(|name| !is_label(name)) {
            return Err(SetupError::Namespace(bad.clone()));
        }
        let program = self.podbay.clone().map_or_else(env::current_exe, Ok);
        let program = program.map_err(SetupError::Program)?;
        let directory = self.directory.map_or_else(own_directory, Ok)?;
        create_private(&directory)?;
        let machine = Machine {
            // leads to the running program even if its file was replaced
            shim: self.podbay.unwrap_or_else(|| PathBuf::from("/proc/self/exe")),
            programs: program.parent().unwrap_or(Path::new("/")).to_owned(),
            directory,
            can_mount: self.mount.into(),
            rule: self.backoff,
            store: Store::new(),
        };
        let admission = Admission {
            namespaces: self.namespaces,
            host: host_name(),
        };
        Ok((admission, machine))
    }
}

/// `$TMPDIR/podbay-UID/PID`. Removes what killed podbays left beside it.
fn own_directory() -> Result<PathBuf, SetupError> {
    let user = rustix::process::geteuid().as_raw();
    let shared = env::temp_dir().join(format!("podbay-{user}"));
    create_private(&shared)?;
    let owner = fs::symlink_metadata(&shared).map(|meta| meta.uid());
    if owner.map_err(|error| SetupError::directory(&shared, error))? != user {
        return Err(SetupError::Foreign(shared));
    }
    for entry in fs::read_dir(&shared).into_iter().flatten().flatten() {
        if !Path::new("/proc").join(entry.file_name()).exists() {
            let _in_use = fs::remove_dir_all(entry.path());
        }
    }
    Ok(shared.join(process::id().to_string()))
}

fn create_private(path: &Path) -> Result<(), SetupError> {
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(|error| SetupError::directory(path, error))
}

fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_lowercase()
}
