//! One pod on this machine: what its containers share.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use parking_lot::Mutex;

use super::deadline::Deadline;
use super::exec::ExecContext;
use super::log::{self, Logs};
use super::object::{Pod, text};
use super::restart::BackoffRule;
use super::state::{Containers, Slot};
use super::status::status;
use super::store::Store;
use podbay_core::grace;
use podbay_core::names::PodKey;
use podbay_core::object::ObjectRef;

/// What all pods of the cluster share.
pub(super) struct Machine {
    /// podbay's own program.
    pub(super) shim: PathBuf,
    /// Directory of podbay's own program.
    pub(super) programs: PathBuf,
    /// Directory of all pods.
    pub(super) directory: PathBuf,
    /// False once a mount has failed on this machine.
    pub(super) can_mount: AtomicBool,
    /// Pauses between restarts.
    pub(super) rule: BackoffRule,
    pub(super) store: Store,
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
    pub(super) contexts: Mutex<BTreeMap<String, Arc<ExecContext>>>,
    pub(super) containers: Mutex<Containers>,
}

impl Site {
    pub(super) fn new(pod: Pod, machine: Arc<Machine>) -> Self {
        let directory = machine.directory.join(text(&pod.metadata.uid));
        let logs = |name: &String| Logs::new(directory.join("logs").join(name), log::SIZE);
        let names = containers(&pod).map(|container| &container.name);
        Self {
            logs: names.map(|name| (name.clone(), logs(name))).collect(),
            containers: Mutex::new(Containers::new(&pod, machine.rule)),
            pod,
            stop: Deadline::default(),
            machine,
            directory,
            contexts: Mutex::default(),
        }
    }

    pub(super) fn key(&self) -> PodKey {
        let meta = &self.pod.metadata;
        PodKey::new(text(&meta.namespace), text(&meta.name))
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

    /// Changes the containers, and updates the pod's status.
    pub(super) fn change(&self, change: impl FnOnce(&mut Containers)) {
        let mut containers = self.containers.lock();
        change(&mut containers);
        self.update(|pod| pod.status = status(&pod.spec, &pod.status, &containers, Timestamp::now()));
    }

    /// Begins to delete the pod. Without grace, the API no longer shows it, even before its processes have
    /// ended.
    pub(super) fn delete(&self, grace: Option<Duration>) {
        let grace = grace.unwrap_or_else(|| self.grace()).min(grace::LONGEST);
        let seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
        self.update(|pod| {
            let known = &mut pod.metadata.deletion_grace_period_seconds;
            if known.is_none_or(|known| seconds < known) {
                *known = Some(seconds);
                pod.metadata.deletion_timestamp = Some(Time(Timestamp::now() + grace));
            }
        });
        self.stop.bring_to(Instant::now() + grace);
        if grace.is_zero() {
            self.remove();
        }
    }

    /// Removes the pod from the API.
    pub(super) fn remove(&self) {
        self.machine.store.remove(&self.reference(), self.uid());
    }

    /// Removes all files of the pod, of which there may be any number.
    pub(super) async fn clear(&self) {
        remove_folder(self.directory.clone()).await;
    }

    fn update(&self, change: impl FnOnce(&mut Pod)) {
        self.machine
            .store
            .update_pod(&self.reference(), self.uid(), change);
    }

    fn reference(&self) -> ObjectRef {
        let PodKey { namespace, name } = self.key();
        ObjectRef::pod(namespace, name)
    }
}

/// Removes a folder, if it was ever created, on a thread for such work.
pub(super) async fn remove_folder(folder: PathBuf) {
    let _never_created = tokio::task::spawn_blocking(move || fs::remove_dir_all(folder)).await;
}

/// Init containers first, then the others.
fn containers(pod: &Pod) -> impl Iterator<Item = &k8s::Container> {
    let init = pod.spec.init_containers.iter().flatten();
    init.chain(&pod.spec.containers)
}
