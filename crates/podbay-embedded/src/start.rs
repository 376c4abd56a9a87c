//! Starts a container: its volumes, its environment, its program.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::{env, fs, io};

use k8s_openapi::api::core::v1 as k8s;
use tokio_util::sync::CancellationToken;

use super::data::{Lookup, Missing};
use super::env::{Vars, environment, expand};
use super::exec::ExecContext;
use super::log::{Log, Logs};
use super::object::text;
use super::process::{Output, Process};
use super::shim::{Mount, Spec, StartError};
use super::site::Site;
use super::volumes::{self, VolumeError};

/// A running container.
pub(super) struct Running {
    pub(super) process: Process,
    pub(super) output: Output,
    pub(super) context: Arc<ExecContext>,
    pub(super) log: Arc<Log>,
}

/// Why a container was not started.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(super) enum NotStarted {
    Volume(#[from] VolumeError),
    Environment(#[from] Missing),
    Process(#[from] StartError),
    Machine(#[from] io::Error),
}

impl NotStarted {
    /// Reason for `state.waiting` if it may be started later; `None` if its program cannot be run.
    pub(super) fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Volume(_) => Some("ContainerCreating"),
            Self::Environment(_) => Some("CreateContainerConfigError"),
            Self::Process(StartError::Program(_)) => None,
            Self::Process(_) | Self::Machine(_) => Some("CreateContainerError"),
        }
    }
}

impl Site {
    /// Starts the program of `container`.
    pub(super) async fn start(&self, container: &k8s::Container) -> Result<Running, NotStarted> {
        let name = &container.name;
        let spec = self.spec(container)?;
        let (mut process, output, rewritten) = self.start_process(name, &spec).await?;
        let logs = self.logs.get(name).ok_or(io::ErrorKind::NotFound.into());
        let log = match logs.and_then(Logs::begin) {
            Ok(log) => log,
            Err(error) => {
                process.kill().await;
                return Err(error.into());
            }
        };
        let context = Arc::new(ExecContext {
            shim: self.machine.shim.clone(),
            spec,
            rewritten,
            pid: process.pid(),
            gone: CancellationToken::new(),
        });
        self.contexts.lock().insert(name.clone(), Arc::clone(&context));
        Ok(Running {
            process,
            output,
            context,
            log,
        })
    }

    /// The shim's input for `container`. Creates its volumes.
    fn spec(&self, container: &k8s::Container) -> Result<Spec, NotStarted> {
        let lookup = Lookup {
            store: &self.machine.store,
            pod: &self.pod,
        };
        let root = self.directory.join("volumes");
        volumes::create(&root, lookup)?;
        let mounts = volumes::mounts(&self.pod, container, &root);
        let scratch = self.directory.join("root");
        create_directories(&mounts, &root, &scratch)?;
        let defined = environment(container, lookup)?;
        let words = container.command.iter().chain(&container.args).flatten();
        Ok(Spec {
            argv: words.map(|word| expand(word, &defined)).collect(),
            env: self.whole_environment(defined),
            cwd: Some(PathBuf::from(text(&container.working_dir))).filter(|cwd| *cwd != Path::new("")),
            mounts,
            scratch,
            join: None,
            merged: false,
        })
    }

    /// Without an image, the environment is that of podbay and the `defined` variables. podbay itself can be
    /// run by name.
    fn whole_environment(&self, defined: Vars) -> Vars {
        let own = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut all: Vars = own.chain(defined).collect();
        let path = all.entry("PATH".to_owned()).or_default();
        if !path.is_empty() {
            path.push(':');
        }
        path.push_str(&self.machine.programs.to_string_lossy());
        all
    }

    /// Mounts if the machine permits it, otherwise rewrites paths; returns whether it did that.
    async fn start_process(&self, name: &str, spec: &Spec) -> Result<(Process, Output, bool), StartError> {
        let (meta, machine) = (&self.pod.metadata, &self.machine);
        let title = format!("{}/{}/{name}", text(&meta.namespace), text(&meta.name));
        if machine.can_mount.load(Ordering::Relaxed) || spec.mounts.is_empty() {
            match Process::start(&machine.shim, &title, spec).await {
                Err(StartError::Mounts(why)) => self.note_no_mounts(&why),
                started => return started.map(|(process, output)| (process, output, false)),
            }
        }
        let started = Process::start(&machine.shim, &title, &volumes::rewrite(spec.clone())).await;
        started.map(|(process, output)| (process, output, true))
    }

    fn note_no_mounts(&self, why: &str) {
        if self.machine.can_mount.swap(false, Ordering::Relaxed) {
            tracing::warn!(
                "podbay cannot mount volumes on this machine ({why}): in commands, arguments and environment, it \
                 replaces mount paths with the directories of the volumes"
            );
        }
    }
}

/// Creates missing parts of volumes, and the shim's scratch directory.
fn create_directories(mounts: &[Mount], root: &Path, scratch: &PathBuf) -> io::Result<()> {
    let sources = mounts.iter().map(|mount| &mount.source);
    let missing = sources.filter(|source| source.starts_with(root) && !source.exists());
    missing.chain([scratch]).try_for_each(fs::create_dir_all)
}
