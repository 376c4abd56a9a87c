//! What the containers of one pod share: directory, logs and volumes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use std::{fs, io};

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::jiff::Timestamp;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::backoff::BackoffRule;
use super::deadline::Deadline;
use super::exec::Place;
use super::log::{Log, Logs};
use super::object::{Pod, text};
use super::process::{Output, Process, StartError};
use super::recipe::NotStarted;
use super::shim::Spec;
use super::state::{Records, Slot};
use super::status::status;
use super::store::Store;
use super::volumes;
use podbay_core::grace;
use podbay_core::object::ObjectRef;

/// What all pods of the cluster share.
pub(super) struct Machine {
    /// podbay's own program.
    pub(super) shim: PathBuf,
    /// Directory of podbay's own program.
    pub(super) programs: PathBuf,
    /// Directory of all pods.
    pub(super) directory: PathBuf,
    /// Limit of a run's log, in bytes.
    pub(super) log_size: u64,
    /// False once a mount has failed on this machine.
    pub(super) can_mount: AtomicBool,
    /// Pauses between restarts.
    pub(super) rule: BackoffRule,
    pub(super) store: Arc<Store>,
}

/// One pod on this machine.
pub(super) struct Site {
    /// As it was created.
    pub(super) pod: Pod,
    /// Deadline for everything of the pod.
    pub(super) stop: Deadline,
    pub(super) machine: Arc<Machine>,
    pub(super) directory: PathBuf,
    pub(super) logs: BTreeMap<String, Logs>,
    /// The running containers, for commands in them.
    pub(super) places: Mutex<BTreeMap<String, Arc<Place>>>,
    pub(super) records: Mutex<Records>,
}

/// A running container.
pub(super) struct Running {
    pub(super) process: Process,
    pub(super) output: Output,
    pub(super) place: Arc<Place>,
    pub(super) log: Arc<Log>,
}

impl Site {
    pub(super) fn new(pod: Pod, machine: Arc<Machine>) -> Self {
        let directory = machine.directory.join(text(&pod.metadata.uid));
        let logs = |name: &String| Logs::new(directory.join("logs").join(name), machine.log_size);
        let names = containers(&pod).map(|container| &container.name);
        Self {
            logs: names.map(|name| (name.clone(), logs(name))).collect(),
            records: Mutex::new(Records::new(&pod, machine.rule)),
            pod,
            stop: Deadline::default(),
            machine,
            directory,
            places: Mutex::default(),
        }
    }

    pub(super) fn reference(&self) -> ObjectRef {
        let meta = &self.pod.metadata;
        ObjectRef::pod(text(&meta.namespace), text(&meta.name))
    }

    pub(super) fn uid(&self) -> &str {
        text(&self.pod.metadata.uid)
    }

    /// `spec.terminationGracePeriodSeconds`, which every admitted pod has.
    pub(super) fn grace(&self) -> Duration {
        grace::of_seconds(self.pod.spec.termination_grace_period_seconds.unwrap_or_default())
    }

    pub(super) fn container(&self, slot: Slot) -> Option<&k8s::Container> {
        containers(&self.pod).nth(slot)
    }

    /// Changes the containers' records, and updates the pod's status.
    pub(super) fn note(&self, change: impl FnOnce(&mut Records)) {
        let mut records = self.records.lock();
        change(&mut records);
        let store = &self.machine.store;
        store.update_pod(&self.reference(), self.uid(), |pod| {
            pod.status = status(&pod.spec, &pod.status, &records, Timestamp::now());
        });
    }

    pub(super) fn forget_place(&self, container: &str) {
        if let Some(place) = self.places.lock().remove(container) {
            place.gone.cancel();
        }
    }

    /// Removes all files of the pod.
    pub(super) fn clear(&self) {
        let _never_made = fs::remove_dir_all(&self.directory);
    }

    /// Starts the container's program.
    pub(super) async fn start(&self, container: &k8s::Container) -> Result<Running, NotStarted> {
        let name = &container.name;
        let spec = self.spec(container)?;
        let (mut process, output, rewritten) = self.start_process(name, &spec).await?;
        let logs = self.logs.get(name).ok_or(io::ErrorKind::NotFound.into());
        let log = match logs.and_then(Logs::begin) {
            Ok(log) => log,
            Err(error) => {
                process.kill().await;
                return Err(NotStarted::machine(&error));
            }
        };
        let place = Arc::new(Place {
            shim: self.machine.shim.clone(),
            spec,
            rewritten,
            pid: process.pid(),
            gone: CancellationToken::new(),
        });
        self.places.lock().insert(name.clone(), Arc::clone(&place));
        Ok(Running {
            process,
            output,
            place,
            log,
        })
    }

    /// Mounts if the machine permits it, otherwise rewrites paths.
    async fn start_process(&self, name: &str, spec: &Spec) -> Result<(Process, Output, bool), NotStarted> {
        let (meta, machine) = (&self.pod.metadata, &self.machine);
        let title = format!("{}/{}/{name}", text(&meta.namespace), text(&meta.name));
        if machine.can_mount.load(Ordering::Relaxed) || spec.mounts.is_empty() {
            match Process::start(&machine.shim, &title, spec).await {
                Err(StartError::Mounts(why)) => self.note_no_mounts(&why),
                started => {
                    return started
                        .map(|(process, output)| (process, output, false))
                        .map_err(not_started);
                }
            }
        }
        let rewritten = volumes::rewrite(spec.clone());
        let started = Process::start(&machine.shim, &title, &rewritten).await;
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

/// Init containers first, then the others.
fn containers(pod: &Pod) -> impl Iterator<Item = &k8s::Container> {
    let init = pod.spec.init_containers.iter().flatten();
    init.chain(&pod.spec.containers)
}

fn not_started(error: StartError) -> NotStarted {
    match error {
        StartError::Program(message) => NotStarted::Program(message),
        error => NotStarted::machine(&error),
    }
}
