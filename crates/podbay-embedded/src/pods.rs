//! The running pods: their workers, logs and containers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use parking_lot::Mutex;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::log::Log;
use super::object::{Pod, Stored};
use super::site::{Machine, Site};
use super::worker::work;
use podbay_core::cluster::{Error, Exec, ExecOutput, LogQuery, Result};
use podbay_core::grace::LONGEST;
use podbay_core::names::PodKey;
use podbay_core::object::ObjectRef;

/// All pods with a worker.
pub(super) struct Pods {
    machine: Arc<Machine>,
    running: Arc<Mutex<BTreeMap<ObjectRef, Arc<Site>>>>,
    workers: TaskTracker,
}

impl Pods {
    pub(super) fn new(machine: Arc<Machine>) -> Self {
        Self {
            machine,
            running: Arc::default(),
            workers: TaskTracker::new(),
        }
    }

    /// Starts a worker for a stored pod.
    pub(super) fn start(&self, pod: Pod) {
        let site = Arc::new(Site::new(pod, Arc::clone(&self.machine)));
        self.running.lock().insert(site.reference(), Arc::clone(&site));
        if self.workers.is_closed() {
            // it was stored while podbay began to shut down, and may have been missed
            site.stop.bring_to(Instant::now());
        }
        let running = Arc::clone(&self.running);
        self.workers.spawn(async move {
            work(Arc::clone(&site)).await;
            // the name may belong to another pod by now
            running.lock().retain(|_, other| !Arc::ptr_eq(other, &site));
        });
    }

    /// Fails once the cluster is shutting down.
    pub(super) fn check_open(&self) -> Result<()> {
        if self.workers.is_closed() {
            return Err(Error::Refused("podbay is shutting down".to_owned()));
        }
        Ok(())
    }

    /// Begins to end a pod. Without grace, it is removed from the API at once, and its processes a moment
    /// later.
    pub(super) fn delete(&self, stored: &Stored, grace: Option<Duration>) {
        let (what, uid) = (stored.reference(), stored.uid());
        let site = self.running.lock().get(&what).cloned();
        // the name may belong to another pod by now
        let Some(site) = site.filter(|site| site.uid() == uid) else {
            return;
        };
        let grace = grace.unwrap_or_else(|| site.grace()).min(LONGEST);
        let seconds = i64::try_from(grace.as_secs()).unwrap_or(i64::MAX);
        let store = &self.machine.store;
        store.update_pod(&what, uid, |pod| {
            let known = &mut pod.metadata.deletion_grace_period_seconds;
            if known.is_none_or(|known| seconds < known) {
                *known = Some(seconds);
                pod.metadata.deletion_timestamp = Some(Time(Timestamp::now() + grace));
            }
        });
        site.stop.bring_to(Instant::now() + grace);
        if grace.is_zero() {
            store.remove(&what, uid);
        }
    }

    /// Stops every pod within `grace`, or its own grace period, waits for the last process, and removes the
    /// files.
    pub(super) async fn shut_down(&self, grace: Option<Duration>) {
        self.workers.close();
        let running: Vec<_> = self.running.lock().keys().cloned().collect();
        for what in running {
            if let Ok(pod) = self.machine.store.get(&what) {
                self.delete(&pod, grace);
            }
        }
        self.workers.wait().await;
        let _never_made = std::fs::remove_dir_all(&self.machine.directory);
    }

    pub(super) fn logs(&self, query: &LogQuery) -> Result<String> {
        let log = self.log(&query.key, &query.container, query.previous)?;
        let unread = |error| Error::Refused(format!("a log of pod {} cannot be read: {error}", query.key));
        log.read(query.tail_lines).map_err(unread)
    }

    /// The log of the latest run, or of the previous one.
    pub(super) fn log(&self, key: &PodKey, container: &str, previous: bool) -> Result<Arc<Log>> {
        let (site, name) = self.container(key, container)?;
        let why = if previous {
            "has no previous run"
        } else {
            "is waiting to start"
        };
        let log = site.logs.get(&name).and_then(|logs| logs.get(previous));
        log.ok_or_else(|| refused(key, &name, why))
    }

    pub(super) async fn exec(&self, query: &Exec) -> Result<ExecOutput> {
        let (site, name) = self.container(&query.key, &query.container)?;
        let place = site.places.lock().get(&name).cloned();
        let place = place.ok_or_else(|| refused(&query.key, &name, "is not running"))?;
        let run = place.run(&query.command, query.timeout).await;
        run.map_err(|error| Error::Refused(format!("container {name} of pod {}: {error}", query.key)))
    }

    /// The pod's site and the container's name; "" is the first container, even if there are several.
    fn container(&self, key: &PodKey, container: &str) -> Result<(Arc<Site>, String)> {
        let what = ObjectRef::pod(&key.namespace, &key.name);
        self.machine.store.get(&what)?;
        let site = self.running.lock().get(&what).cloned();
        let site = site.ok_or(Error::NotFound(what))?;
        let containers = site.pod.spec.containers.as_slice();
        if let ("", [only]) = (container, containers) {
            let name = only.name.clone();
            return Ok((site, name));
        }
        if site.logs.contains_key(container) {
            return Ok((site, container.to_owned()));
        }
        let names: Vec<_> = containers
            .iter()
            .map(|container| container.name.as_str())
            .collect();
        let names = names.join(", ");
        Err(match container {
            "" => Error::Refused(format!("{key} has several containers, name one of {names}")),
            _ => refused(key, container, &format!("does not exist; there is {names}")),
        })
    }
}

fn refused(key: &PodKey, container: &str, why: &str) -> Error {
    Error::Refused(format!("container {container} of pod {key} {why}"))
}
