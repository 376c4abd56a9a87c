//! What a watch has reported so far.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use podbay_core::change::{Change, Event};
use podbay_core::cluster::Cluster;
use podbay_core::names::PodKey;
use podbay_core::pod::{Container, ContainerState, Pod, Termination};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// Long enough for a kubelet on a busy machine to retry after a failure.
const PATIENCE: Duration = Duration::from_secs(120);

/// All pods and launch records of a cluster, as reported by its watch.
pub(crate) struct Seen {
    pub(crate) pods: BTreeMap<PodKey, Pod>,
    pub(crate) launches: BTreeSet<String>,
    /// What prevents a pod from starting, according to the cluster's events.
    pub(crate) warnings: BTreeMap<PodKey, String>,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Seen {
    /// A watch that has reported its first complete set.
    pub(crate) async fn start(cluster: &Arc<dyn Cluster>) -> Self {
        let (sender, events) = mpsc::channel(16);
        let cluster = Arc::clone(cluster);
        let task = tokio::spawn(async move { cluster.watch(sender).await });
        let mut seen = Self {
            pods: BTreeMap::new(),
            launches: BTreeSet::new(),
            warnings: BTreeMap::new(),
            events,
            task,
        };
        while seen.next(Instant::now() + PATIENCE).await != Some(Event::Connected) {}
        seen
    }

    /// Waits until the pod exists and `holds`, and returns it.
    pub(crate) async fn pod(&mut self, key: &PodKey, what: &str, holds: impl Fn(&Pod) -> bool) -> Pod {
        self.until(what, |seen| seen.pods.get(key).is_some_and(&holds))
            .await;
        self.pods[key].clone()
    }

    /// Waits until the pod is gone.
    pub(crate) async fn gone(&mut self, key: &PodKey) {
        self.until("gone", |seen| !seen.pods.contains_key(key)).await;
    }

    /// Processes events until `done`.
    pub(crate) async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            if self.next(deadline).await.is_none() {
                panic!(
                    "waited in vain for {what}; {:#?} {:?}",
                    self.pods.values(),
                    self.launches
                );
            }
        }
    }

    async fn next(&mut self, deadline: Instant) -> Option<Event> {
        let event = timeout_at(deadline, self.events.recv()).await.ok()?;
        let event = event.expect("the watch goes on");
        match event.clone() {
            Event::Pods(change) => self.take_pods(change),
            Event::Launches(Change::Reset(all)) => {
                self.launches = all.iter().map(|record| record.name().to_owned()).collect();
            }
            Event::Launches(Change::Apply(record)) => drop(self.launches.insert(record.name().to_owned())),
            Event::Launches(Change::Delete(key)) => drop(self.launches.remove(&key.name)),
            Event::Warnings(Change::Apply(warning)) => {
                self.warnings.insert(warning.key.0, warning.message);
            }
            Event::Warnings(_) | Event::Lost { .. } | Event::Connected => {}
        }
        Some(event)
    }

    fn take_pods(&mut self, change: Change<PodKey, Pod>) {
        match change {
            Change::Reset(all) => self.pods = all.into_iter().map(|pod| (pod.key.clone(), pod)).collect(),
            Change::Apply(pod) => drop(self.pods.insert(pod.key.clone(), pod)),
            Change::Delete(key) => drop(self.pods.remove(&key)),
        }
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The pod's container `main`.
pub(crate) fn main_container(pod: &Pod) -> &Container {
    pod.containers
        .iter()
        .find(|container| container.name == "main")
        .expect("every pod has one")
}

/// The reason why `main` is waiting; "" if it is not.
pub(crate) fn waiting_reason(pod: &Pod) -> &str {
    match &main_container(pod).state {
        ContainerState::Waiting { reason, .. } => reason,
        _ => "",
    }
}

/// How `main` ended, if it has.
pub(crate) fn termination(pod: &Pod) -> Option<&Termination> {
    match &main_container(pod).state {
        ContainerState::Terminated(termination) => Some(termination),
        _ => None,
    }
}

/// Whether `main` is running.
pub(crate) fn is_running(pod: &Pod) -> bool {
    matches!(main_container(pod).state, ContainerState::Running { .. })
}
