//! The state at one moment, for all readers.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::page::{self, PodQuery};
use super::summary;
use super::table::Table;
use crate::health::{Connection, EventKind, PodEvent, PodReport};
use crate::launch::LaunchSummary;
use crate::names::PodKey;
use crate::object::{Object, ObjectRef};
use crate::record::launch_id;

/// The pods with their health, the launch records and the connection, at one moment. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    pub(super) version: u64,
    pub(super) pods: Table,
    pub(super) launches: Arc<BTreeMap<ObjectRef, Arc<Object>>>,
    pub(super) connection: Connection,
}

impl Snapshot {
    /// Increases with every published snapshot.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// Whether the cluster is responding.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Every pod, by namespace and name.
    pub fn pods(&self) -> impl Iterator<Item = &Arc<PodReport>> {
        self.pods.iter()
    }

    /// How many pods there are.
    pub fn pod_count(&self) -> usize {
        self.pods.len()
    }

    /// One pod.
    pub fn pod(&self, key: &PodKey) -> Option<&Arc<PodReport>> {
        self.pods.get(key)
    }

    /// The pods of the launch of `record`.
    pub fn pods_of<'a>(&'a self, record: &'a Object) -> impl Iterator<Item = &'a Arc<PodReport>> {
        let (namespace, id) = (record.namespace(), launch_id(record));
        let pods = self.pods.iter();
        pods.filter(move |report| report.pod.key.namespace == namespace && report.pod.launch() == id)
    }

    /// One page of the pods that match `query`, of about `most` bytes, with the token for the next page (`""`
    /// on the last).
    pub fn list(&self, query: &PodQuery, most: usize) -> Result<page::Page, page::Error> {
        page::list(&self.pods, query, most)
    }

    /// Every launch record.
    pub fn launches(&self) -> impl Iterator<Item = &Arc<Object>> {
        self.launches.values()
    }

    /// The records of launches with this id, one per namespace.
    pub fn launches_called(&self, id: &str) -> impl Iterator<Item = &Arc<Object>> {
        self.launches().filter(move |record| launch_id(record) == id)
    }

    /// A summary of every launch.
    pub fn summaries(&self) -> Vec<LaunchSummary> {
        self.launches().map(|record| summary::of(record, self)).collect()
    }

    /// The changes of pods between `self` and the later snapshot `new`. Pods that came and went are omitted;
    /// of several changes of a pod, only the last is included.
    pub fn changes_to(&self, new: &Self) -> Vec<PodEvent> {
        let gone = self.pods().filter_map(|old| match new.pod(&old.pod.key) {
            Some(report) if report.pod.uid == old.pod.uid => None,
            _ => Some(event(EventKind::Deleted, old, Some(old))),
        });
        let come = new.pods().filter_map(|report| match self.pod(&report.pod.key) {
            Some(old) if Arc::ptr_eq(old, report) || old == report => None,
            Some(old) if old.pod.uid == report.pod.uid => Some(event(EventKind::Modified, report, Some(old))),
            _ => Some(event(EventKind::Added, report, None)),
        });
        gone.chain(come).collect()
    }
}

pub(super) fn event(kind: EventKind, report: &Arc<PodReport>, old: Option<&Arc<PodReport>>) -> PodEvent {
    PodEvent {
        kind,
        report: Arc::clone(report),
        previous: old.unwrap_or(report).health.level,
    }
}
