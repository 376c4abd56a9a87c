//! One task per pod: starts what [`super::state`] says, hears what happened, and writes the pod's status.
//!
//! ```text
//!   delete ── deadline ──► worker ── Run ──► runner (one per running container) ── shim ── process
//!                            ▲                  │
//!                            └──── Happened ────┘
//!                            └──► store: status; at the end, the removal of the pod
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::backoff::BackoffRule;
use super::probe::{Purpose, Verdict};
use super::recipe::NotStarted;
use super::runner::{Deadline, Happened, News, Run, ordered, shorten};
use super::site::Site;
use super::state::{Records, Slot};
use super::status;
use super::store::Store;
use podbay_core::grace;
use podbay_core::object::ObjectRef;

/// Grace of a pod that names none.
const GRACE: Duration = Duration::from_secs(30);

/// A pod's task.
pub(super) struct Worker {
    site: Arc<Site>,
    store: Arc<Store>,
    /// As stored, with the status last written.
    pod: k8s::Pod,
    records: Records,
    runs: BTreeMap<Slot, watch::Sender<Deadline>>,
    tasks: JoinSet<()>,
    tell: News,
    news: mpsc::Receiver<(Slot, Happened)>,
    stop: watch::Receiver<Deadline>,
}

impl Worker {
    pub(super) fn new(
        site: Arc<Site>,
        store: Arc<Store>,
        rule: BackoffRule,
        stop: watch::Receiver<Deadline>,
    ) -> Self {
        let (tell, news) = mpsc::channel(16);
        let pod = site.pod.clone();
        let records = Records::new(&pod, rule);
        Self {
            site,
            store,
            pod,
            records,
            runs: BTreeMap::new(),
            tasks: JoinSet::new(),
            tell,
            news,
            stop,
        }
    }

    /// Runs the pod until it is deleted and its processes are gone.
    pub(super) async fn work(mut self) {
        self.write_status();
        while self.stop.borrow().is_none() {
            let next = self.records.next(std::time::Instant::now());
            for slot in next.start {
                self.start(slot);
            }
            let wake = next.wake.map(Instant::from_std);
            tokio::select! {
                Some((slot, happened)) = self.news.recv() => self.note(slot, happened),
                () = at(wake) => {}
                () = ordered(self.stop.clone()) => {}
            }
        }
        self.stop_all().await;
        self.store.remove(&self.reference(), self.uid());
        self.site.clear();
    }

    /// Waits for everything to end within the deadline, which may still be brought forward.
    async fn stop_all(&mut self) {
        while self.records.busy().next().is_some() {
            if let Some(deadline) = *self.stop.borrow_and_update() {
                self.runs.values().for_each(|run| shorten(run, deadline));
            }
            tokio::select! {
                Some((slot, happened)) = self.news.recv() => self.note(slot, happened),
                Ok(()) = self.stop.changed() => {}
            }
        }
        self.tasks.shutdown().await;
    }

    fn start(&mut self, slot: Slot) {
        let spec = self.pod.spec.as_ref();
        let container = match slot {
            Slot::Init(index) => spec.and_then(|spec| spec.init_containers.as_ref()?.get(index)),
            Slot::Main(index) => spec.and_then(|spec| spec.containers.get(index)),
        };
        let Some(container) = container.cloned() else {
            return;
        };
        let stop = watch::Sender::new(None);
        self.runs.insert(slot, stop.clone());
        let run = Run {
            site: Arc::clone(&self.site),
            slot,
            container,
            grace: grace(&self.pod),
            stop,
            news: self.tell.clone(),
        };
        self.tasks.spawn(run.perform());
        while self.tasks.try_join_next().is_some() {}
    }

    fn note(&mut self, slot: Slot, happened: Happened) {
        let now = std::time::Instant::now();
        match happened {
            Happened::Started { pid, since } => self.records.on_started(slot, pid, since),
            Happened::Probed(verdict) => self.note_probe(slot, verdict),
            Happened::Ended(ended) => self.records.on_ended(slot, ended, now),
            Happened::NotStarted(NotStarted::Program(message)) => {
                self.records.on_start_error(slot, message, now)
            }
            Happened::NotStarted(NotStarted::Yet { reason, message }) => {
                self.records.on_config_error(slot, reason, message, now);
            }
        }
        self.write_status();
    }

    fn note_probe(&mut self, slot: Slot, verdict: Verdict) {
        let record = self.records.get_mut(slot);
        match verdict.purpose {
            Purpose::Startup => record.started = verdict.good,
            Purpose::Readiness => record.ready = verdict.good,
            Purpose::Liveness => {}
        }
    }

    fn write_status(&mut self) {
        let status = status::status(&self.pod, &self.records, Timestamp::now());
        self.pod.status = Some(status);
        self.store
            .set_status(&self.reference(), self.uid(), &self.pod.status);
    }

    fn reference(&self) -> ObjectRef {
        let meta = &self.pod.metadata;
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        ObjectRef::pod(text(&meta.namespace), text(&meta.name))
    }

    fn uid(&self) -> &str {
        self.pod.metadata.uid.as_deref().unwrap_or_default()
    }
}

/// `spec.terminationGracePeriodSeconds`.
pub(super) fn grace(pod: &k8s::Pod) -> Duration {
    let seconds = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.termination_grace_period_seconds);
    seconds.map_or(GRACE, grace::of_seconds)
}

async fn at(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time).await,
        None => std::future::pending().await,
    }
}
