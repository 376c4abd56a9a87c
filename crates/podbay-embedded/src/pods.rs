//! The pods that run: who works on each, and the way to its logs and containers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::jiff::Timestamp;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::task::TaskTracker;

use super::backoff::BackoffRule;
use super::log::{Follow, Log, Logs};
use super::runner::{Deadline, shorten};
use super::site::{Machine, Site};
use super::store::{Store, seconds};
use super::worker::{self, Worker};
use podbay_core::cluster::{Error, Exec, ExecOutput, LogQuery, Result};
use podbay_core::grace::LONGEST;
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};

/// Every pod that has a worker.
pub(super) struct Pods {
    machine: Arc<Machine>,
    rule: BackoffRule,
    store: Arc<Store>,
    running: Arc<Mutex<Running>>,
    workers: TaskTracker,
}

type Running = BTreeMap<PodKey, Handle>;

#[derive(Clone)]
struct Handle {
    site: Arc<Site>,
    stop: watch::Sender<Deadline>,
}

impl Pods {
    pub(super) fn new(machine: Arc<Machine>, rule: BackoffRule, store: Arc<Store>) -> Self {
        Self {
            machine,
            rule,
            store,
            running: Arc::default(),
            workers: TaskTracker::new(),
        }
    }

    /// Starts to work on a pod that was just stored.
    pub(super) fn start(&self, stored: &Object) -> Result<()> {
        let invalid = |error: serde_json::Error| Error::Invalid {
            object: stored.reference(),
            message: error.to_string(),
        };
        let pod: k8s::Pod = serde_json::from_value(stored.0.clone()).map_err(invalid)?;
        let site = Arc::new(Site::new(pod, Arc::clone(&self.machine), Arc::clone(&self.store)));
        let stop = watch::Sender::new(None);
        let worker = Worker::new(
            Arc::clone(&site),
            Arc::clone(&self.store),
            self.rule,
            stop.subscribe(),
        );
        let key = key(stored);
        self.running().insert(
            key.clone(),
            Handle {
                site: Arc::clone(&site),
                stop,
            },
        );
        let running = Arc::clone(&self.running);
        self.workers.spawn(async move {
            worker.work().await;
            // By now the name may be another pod's.
            lock(&running).retain(|known, handle| *known != key || !Arc::ptr_eq(&handle.site, &site));
        });
        Ok(())
    }

    /// Fails once the cluster is shutting down.
    pub(super) fn check_open(&self) -> Result<()> {
        if self.workers.is_closed() {
            return Err(Error::Refused("podbay is shutting down".to_owned()));
        }
        Ok(())
    }

    /// Begins a pod's end. Without grace it is gone from the API at once, its processes a moment later.
    pub(super) fn delete(&self, stored: &Object, grace: Option<Duration>) {
        let handle = self.running().get(&key(stored)).cloned();
        // by now the name may be another pod's
        let same = |handle: &Handle| handle.site.pod.metadata.uid.as_deref() == Some(stored.uid());
        let Some(handle) = handle.filter(same) else {
            return;
        };
        let grace = grace.unwrap_or_else(|| worker::grace(&handle.site.pod));
        let grace = grace.min(LONGEST);
        self.mark_deleted(&stored.reference(), stored.uid(), grace);
        shorten(&handle.stop, Instant::now() + grace);
        if grace.is_zero() {
            self.store.remove(&stored.reference(), stored.uid());
        }
    }

    fn mark_deleted(&self, what: &ObjectRef, uid: &str, grace: Duration) {
        let gone = self.store.update(what, false, |pod| {
            let meta = &mut pod["metadata"];
            if meta["uid"] != uid {
                return Err(Error::NotFound(what.clone()));
            }
            let sooner = meta["deletionGracePeriodSeconds"]
                .as_u64()
                .is_none_or(|known| grace.as_secs() < known);
            if sooner {
                meta["deletionGracePeriodSeconds"] = json!(grace.as_secs());
                meta["deletionTimestamp"] = json!(seconds(Timestamp::now() + grace));
            }
            Ok(())
        });
        drop(gone);
    }

    /// Stops every pod within `grace`, its own where none is given, waits for the last process, and removes what was on
    /// disk.
    pub(super) async fn shut_down(&self, grace: Option<Duration>) {
        self.workers.close();
        let keys: Vec<_> = self.running().keys().cloned().collect();
        for key in keys {
            if let Ok(pod) = self.store.get(&ObjectRef::pod(key.namespace, key.name)) {
                self.delete(&pod, grace);
            }
        }
        self.workers.wait().await;
        let _never_made = std::fs::remove_dir_all(&self.machine.directory);
    }

    pub(super) fn logs(&self, query: &LogQuery) -> Result<String> {
        let (site, container) = self.container(&query.key, &query.container)?;
        let none = || refused(&query.key, &container, "has written no log yet");
        let logs = site.logs(&container).ok_or_else(none)?;
        let log = if query.previous {
            let missing = || refused(&query.key, &container, "has no previous run");
            logs.previous().ok_or_else(missing)?
        } else {
            latest(logs).ok_or_else(|| waiting(&query.key, &container))?
        };
        log.read(query.tail_lines)
            .map_err(|error| refused(&query.key, &container, &error.to_string()))
    }

    pub(super) fn follow(&self, key: &PodKey, container: &str) -> Result<Follow> {
        let (site, container) = self.container(key, container)?;
        let log = site
            .logs(&container)
            .and_then(latest)
            .ok_or_else(|| waiting(key, &container))?;
        Ok(log.follow())
    }

    pub(super) async fn exec(&self, query: &Exec) -> Result<ExecOutput> {
        let (site, container) = self.container(&query.key, &query.container)?;
        let place = site
            .place(&container)
            .ok_or_else(|| refused(&query.key, &container, "is not running"))?;
        let run = place.run(&query.command, query.timeout).await;
        run.map_err(|error| Error::Refused(format!("container {container} of pod {}: {error}", query.key)))
    }

    /// The pod's site and the container's name; "" names the first, which need be the only one.
    fn container(&self, key: &PodKey, container: &str) -> Result<(Arc<Site>, String)> {
        let what = ObjectRef::pod(&key.namespace, &key.name);
        self.store.get(&what)?;
        let site = self.running().get(key).map(|handle| Arc::clone(&handle.site));
        let site = site.ok_or(Error::NotFound(what))?;
        let names = site.container_names();
        if container.is_empty() && names.len() > 1 {
            let message = format!("{key} has several containers, name one of {}", names.join(", "));
            return Err(Error::Refused(message));
        }
        let name = if container.is_empty() {
            names.first().cloned()
        } else {
            Some(container.to_owned())
        };
        match name {
            Some(name) if site.logs(&name).is_some() => Ok((site, name)),
            _ => Err(refused(
                key,
                container,
                &format!("does not exist; there is {}", names.join(", ")),
            )),
        }
    }

    fn running(&self) -> MutexGuard<'_, Running> {
        lock(&self.running)
    }
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(object: &Object) -> PodKey {
    PodKey::new(object.namespace(), object.name())
}

fn latest(logs: &Logs) -> Option<Arc<Log>> {
    logs.latest()
}

fn waiting(key: &PodKey, container: &str) -> Error {
    refused(key, container, "is waiting to start")
}

fn refused(key: &PodKey, container: &str, why: &str) -> Error {
    Error::Refused(format!("container {container} of pod {key} {why}"))
}
