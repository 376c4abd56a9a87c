//! The model: all known pods with their health, and the launch records. One writer, many watchers.
//!
//! ```text
//!   cluster ── Event ──┐                     ┌── Handle::snapshot ── requests, status page, metrics
//!   ros ────── Nodes ──┼── task ── Model ─────┤
//!   the clock ─────────┘                     └── Handle::changes ─── reporter
//! ```
//!
//! The task of [`new`] is the only writer. Readers get a [`Snapshot`], which is immutable and shared by reference count:
//! the pods are in a `table`, of which a change copies only the affected part. Health is evaluated when a pod
//! changes, when one of its ROS nodes appears or disappears, when the cluster stops or starts responding, and
//! when time alone changes it; nothing is polled.
//!
//! A reader that falls behind misses nothing, see [`Changes`].

mod page;
mod selector;
mod snapshot;
mod summary;
mod table;
mod task;
mod warnings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::SystemTime;

pub use page::{Error as ListError, Page, PodQuery};
pub use selector::{ParseError, Selector};
pub use snapshot::Snapshot;
pub use task::{Changes, Handle, Step, new};

use crate::change::{Change, Event};
use crate::health::{self, Connection, EventKind, PodEvent, PodReport, Surroundings};
use crate::names::{Nodes, PodKey};
use crate::object::{Object, ObjectRef};
use crate::pod::Pod;
use crate::record::is_record;
use warnings::Warnings;

/// The model's state. Pure: events and times are passed in.
#[derive(Debug, Default)]
pub struct Model {
    now: Snapshot,
    nodes: Nodes,
    /// The pods that expect a ROS node; they are evaluated again when it appears or disappears.
    naming: BTreeMap<String, BTreeSet<PodKey>>,
    warnings: Warnings,
    /// When to evaluate a pod again. An outdated entry costs one evaluation and changes nothing.
    due: BTreeSet<(SystemTime, PodKey)>,
}

impl Model {
    /// Everything known now.
    pub fn snapshot(&self) -> &Snapshot {
        &self.now
    }

    /// The next snapshot to publish, with a higher version.
    fn publish(&mut self) -> Arc<Snapshot> {
        self.now.version += 1;
        Arc::new(self.now.clone())
    }

    /// Applies a notification of the cluster, and returns the changes.
    pub fn apply(&mut self, event: Event, now: SystemTime) -> Vec<PodEvent> {
        match event {
            Event::Pods(change) => self.apply_pods(change, now),
            Event::Launches(change) => {
                self.apply_launches(change);
                Vec::new()
            }
            Event::Warnings(change) => {
                let pods = self.warnings.apply(change);
                self.evaluate_again(pods, now)
            }
            Event::Lost { reason } => self.lost(reason, now),
            Event::Connected => self.connect(now),
        }
    }

    /// Sets the nodes in the ROS graph, and returns the changes.
    pub fn set_nodes(&mut self, nodes: Nodes, now: SystemTime) -> Vec<PodEvent> {
        let before = std::mem::replace(&mut self.nodes, nodes);
        let moved = before.symmetric_difference(&self.nodes);
        let keys: BTreeSet<_> = moved
            .filter_map(|node| self.naming.get(node))
            .flatten()
            .cloned()
            .collect();
        self.evaluate_again(keys, now)
    }

    /// When to call [`Model::advance`] next.
    pub fn next_due(&self) -> Option<SystemTime> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Evaluates every pod that is due, and returns the changes.
    pub fn advance(&mut self, now: SystemTime) -> Vec<PodEvent> {
        let mut keys = BTreeSet::new();
        while let Some((due, key)) = self.due.pop_first() {
            if due > now {
                self.due.insert((due, key));
                break;
            }
            keys.insert(key);
        }
        self.evaluate_again(keys, now)
    }

    fn apply_pods(&mut self, change: Change<PodKey, Pod>, now: SystemTime) -> Vec<PodEvent> {
        let mut events = Vec::new();
        match change {
            Change::Apply(pod) => self.put(pod, now, &mut events),
            Change::Delete(key) => self.remove(&key, &mut events),
            Change::Reset(pods) => self.reset(pods, now, &mut events),
        }
        events
    }

    fn reset(&mut self, pods: Vec<Pod>, now: SystemTime, events: &mut Vec<PodEvent>) {
        let kept: BTreeSet<_> = pods.iter().map(|pod| &pod.key).collect();
        let known = self.now.pods().map(|report| &report.pod.key);
        let vanished: Vec<_> = known.filter(|key| !kept.contains(key)).cloned().collect();
        for key in &vanished {
            self.remove(key, events);
        }
        for pod in pods {
            self.put(pod, now, events);
        }
    }

    /// Another uid under the same key is another pod; the known one is gone.
    fn put(&mut self, pod: Pod, now: SystemTime, events: &mut Vec<PodEvent>) {
        let another = |old: &Arc<PodReport>| old.pod.uid != pod.uid;
        if self.now.pod(&pod.key).is_some_and(another) {
            self.remove(&pod.key, events);
        }
        let old = self.now.pod(&pod.key).cloned();
        let report = Arc::new(self.evaluate(pod, now));
        if old.as_ref() == Some(&report) {
            return;
        }
        if let Some(old) = &old {
            self.forget_nodes(&old.pod);
        }
        self.note_nodes(&report.pod);
        let kind = if old.is_some() {
            EventKind::Modified
        } else {
            EventKind::Added
        };
        events.push(snapshot::event(kind, &report, old.as_ref()));
        self.now.pods.insert(report);
    }

    fn remove(&mut self, key: &PodKey, events: &mut Vec<PodEvent>) {
        let Some(report) = self.now.pods.remove(key) else {
            return;
        };
        self.forget_nodes(&report.pod);
        events.push(snapshot::event(EventKind::Deleted, &report, Some(&report)));
    }

    fn evaluate(&mut self, mut pod: Pod, now: SystemTime) -> PodReport {
        pod.warning = self.warnings.of(&pod);
        let around = Surroundings {
            nodes: &self.nodes,
            connection: &self.now.connection,
            now,
        };
        let health = health::evaluate(&pod, &around);
        if let Some(due) = health::next_change(&pod, now) {
            self.due.insert((due, pod.key.clone()));
        }
        PodReport { pod, health }
    }

    fn evaluate_again(&mut self, keys: impl IntoIterator<Item = PodKey>, now: SystemTime) -> Vec<PodEvent> {
        let mut events = Vec::new();
        for key in keys {
            if let Some(report) = self.now.pod(&key) {
                let pod = report.pod.clone();
                self.put(pod, now, &mut events);
            }
        }
        events
    }

    fn evaluate_all(&mut self, now: SystemTime) -> Vec<PodEvent> {
        let keys: Vec<_> = self.now.pods().map(|report| report.pod.key.clone()).collect();
        self.evaluate_again(keys, now)
    }

    fn note_nodes(&mut self, pod: &Pod) {
        for node in pod.expected_nodes() {
            self.naming
                .entry(node.to_owned())
                .or_default()
                .insert(pod.key.clone());
        }
    }

    fn forget_nodes(&mut self, pod: &Pod) {
        for node in pod.expected_nodes() {
            let Some(pods) = self.naming.get_mut(node) else {
                continue;
            };
            pods.remove(&pod.key);
            if pods.is_empty() {
                self.naming.remove(node);
            }
        }
    }

    /// Keyed as ConfigMaps, since objects in a list do not repeat their kind. Other objects with the labels
    /// of a record are ignored.
    fn apply_launches(&mut self, change: Change<ObjectRef, Object>) {
        let keyed = |record: Object| {
            let key = ObjectRef::config_map(record.namespace(), record.name());
            (key, Arc::new(record))
        };
        let launches = Arc::make_mut(&mut self.now.launches);
        match change {
            Change::Reset(records) => {
                *launches = records.into_iter().filter(is_record).map(keyed).collect();
            }
            Change::Apply(record) if is_record(&record) => launches.extend([keyed(record)]),
            // it was edited, and is no longer a record
            Change::Apply(record) => drop(launches.remove(&keyed(record).0)),
            Change::Delete(key) => {
                launches.remove(&ObjectRef::config_map(key.namespace, key.name));
            }
        }
    }

    /// Each pod is reported once; a further reason for the same loss changes only the reason.
    fn lost(&mut self, reason: String, now: SystemTime) -> Vec<PodEvent> {
        if let Connection::Lost { reason: known, .. } = &mut self.now.connection {
            *known = reason;
            return Vec::new();
        }
        self.now.connection = Connection::Lost { since: now, reason };
        self.evaluate_all(now)
    }

    fn connect(&mut self, now: SystemTime) -> Vec<PodEvent> {
        if matches!(self.now.connection, Connection::Connected { .. }) {
            return Vec::new();
        }
        self.now.connection = Connection::Connected { since: now };
        self.evaluate_all(now)
    }
}
