//! What the containers of one pod share: its directory, logs, volumes, and where they run.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use k8s_openapi::api::core::v1 as k8s;
use tokio_util::sync::CancellationToken;

use super::exec::Place;
use super::log::{Log, Logs};
use super::process::{Output, Process, StartError};
use super::recipe::{NotStarted, Recipe};
use super::shim::Spec;
use super::store::Store;
use super::volumes;

/// What every pod of the cluster shares.
#[derive(Debug)]
pub(super) struct Machine {
    /// podbay's own program.
    pub(super) shim: PathBuf,
    /// Directory of podbay's own program.
    pub(super) programs: PathBuf,
    /// Where pods have their directories.
    pub(super) directory: PathBuf,
    /// Most bytes a run's log may take.
    pub(super) log_size: u64,
    /// False once this machine was found to let podbay mount nothing.
    pub(super) can_mount: AtomicBool,
}

/// One pod on this machine.
pub(super) struct Site {
    pub(super) pod: k8s::Pod,
    machine: Arc<Machine>,
    store: Arc<Store>,
    directory: PathBuf,
    logs: BTreeMap<String, Logs>,
    places: Mutex<BTreeMap<String, Arc<Place>>>,
}

/// A container that runs.
pub(super) struct Running {
    pub(super) process: Process,
    pub(super) place: Arc<Place>,
    pub(super) log: Arc<Log>,
    pub(super) output: Output,
}

impl Site {
    pub(super) fn new(pod: k8s::Pod, machine: Arc<Machine>, store: Arc<Store>) -> Self {
        let directory = machine
            .directory
            .join(pod.metadata.uid.as_deref().unwrap_or_default());
        let logs = containers(&pod).map(|container| {
            let logs = Logs::new(directory.join("logs").join(&container.name), machine.log_size);
            (container.name.clone(), logs)
        });
        let logs = logs.collect();
        Self {
            pod,
            machine,
            store,
            directory,
            logs,
            places: Mutex::default(),
        }
    }

    /// Names of the containers proper, in the order of the spec.
    pub(super) fn container_names(&self) -> Vec<String> {
        let spec = self.pod.spec.iter();
        spec.flat_map(|spec| &spec.containers)
            .map(|container| container.name.clone())
            .collect()
    }

    pub(super) fn logs(&self, container: &str) -> Option<&Logs> {
        self.logs.get(container)
    }

    /// Where the container runs, while it runs.
    pub(super) fn place(&self, container: &str) -> Option<Arc<Place>> {
        self.places().get(container).cloned()
    }

    pub(super) fn forget_place(&self, container: &str) {
        if let Some(place) = self.places().remove(container) {
            place.gone.cancel();
        }
    }

    fn places(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Place>>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes everything the pod had on disk.
    pub(super) fn clear(&self) {
        let _never_made = fs::remove_dir_all(&self.directory);
    }

    /// Runs the container's program.
    pub(super) async fn start(&self, container: &k8s::Container) -> Result<Running, NotStarted> {
        let spec = self.recipe().spec(container)?;
        let (mut process, output, rewritten) = self.start_process(container, &spec).await?;
        let log = self
            .logs
            .get(&container.name)
            .map_or(Err(io::ErrorKind::NotFound.into()), Logs::begin);
        let log = match log {
            Ok(log) => log,
            Err(error) => {
                process.kill().await;
                return Err(NotStarted::machine(&error));
            }
        };
        let pid = process.pid();
        let place = Arc::new(Place {
            shim: self.machine.shim.clone(),
            spec,
            rewritten,
            pid,
            gone: CancellationToken::new(),
        });
        self.places().insert(container.name.clone(), Arc::clone(&place));
        Ok(Running {
            process,
            place,
            log,
            output,
        })
    }

    fn recipe(&self) -> Recipe<'_> {
        Recipe {
            pod: &self.pod,
            directory: &self.directory,
            programs: &self.machine.programs,
            store: &self.store,
        }
    }

    /// Mounts where the machine allows it, rewrites paths where not.
    async fn start_process(
        &self,
        container: &k8s::Container,
        spec: &Spec,
    ) -> Result<(Process, Output, bool), NotStarted> {
        let meta = &self.pod.metadata;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let title = format!(
            "{}/{}/{}",
            text(&meta.namespace),
            text(&meta.name),
            container.name
        );
        if self.machine.can_mount.load(Ordering::Relaxed) || spec.mounts.is_empty() {
            match Process::start(&self.machine.shim, &title, spec).await {
                Err(StartError::Mounts(why)) => self.note_no_mounts(&why),
                started => {
                    return started
                        .map(|(process, output)| (process, output, false))
                        .map_err(not_started);
                }
            }
        }
        let rewritten = volumes::rewrite(spec.clone());
        let started = Process::start(&self.machine.shim, &title, &rewritten).await;
        started
            .map(|(process, output)| (process, output, true))
            .map_err(not_started)
    }

    fn note_no_mounts(&self, why: &str) {
        if self.machine.can_mount.swap(false, Ordering::Relaxed) {
            tracing::warn!(
                "this machine does not let podbay mount volumes ({why}): the mount paths in commands, arguments \
                 and environment are replaced by the directories of the volumes"
            );
        }
    }
}

fn containers(pod: &k8s::Pod) -> impl Iterator<Item = &k8s::Container> {
    pod.spec
        .iter()
        .flat_map(|spec| spec.init_containers.iter().flatten().chain(&spec.containers))
}

fn not_started(error: StartError) -> NotStarted {
    match error {
        StartError::Program(message) => NotStarted::Program(message),
        error => NotStarted::machine(&error),
    }
}
