//! The model against a naive reference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{pod, some_pod, start};
use podbay_core::change::{Change, Event};
use podbay_core::health::{self, Connection, EventKind, PodEvent, PodReport, Surroundings};
use podbay_core::model::{Model, Snapshot};
use podbay_core::names::{Nodes, PodKey};
use podbay_core::pod::Pod;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

/// An input of a model.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)]
enum Happening {
    Cluster(Event),
    Graph(Nodes),
    Wait(u64),
}

fn happening() -> impl Strategy<Value = Happening> {
    let pods = |change| Happening::Cluster(Event::Pods(change));
    prop_oneof![
        8 => some_pod().prop_map(move |pod| pods(Change::Apply(pod))),
        4 => some_pod().prop_map(move |pod| pods(Change::Delete(pod.key))),
        1 => vec(some_pod(), 0..12).prop_map(move |all| pods(Change::Reset(all))),
        1 => Just(Happening::Cluster(Event::Lost { reason: "gone".to_owned() })),
        1 => Just(Happening::Cluster(Event::Connected)),
        2 => btree_set("/[abc]", 0..3).prop_map(Happening::Graph),
        2 => (0..50_u64).prop_map(Happening::Wait),
    ]
}

/// The expected content of the model, in its plainest form.
struct Reference {
    pods: BTreeMap<PodKey, Pod>,
    nodes: Nodes,
    connection: Connection,
    now: SystemTime,
}

impl Reference {
    fn new() -> Self {
        Self {
            pods: BTreeMap::new(),
            nodes: Nodes::new(),
            connection: Connection::Connecting,
            now: start(),
        }
    }

    fn take(&mut self, happening: &Happening) {
        match happening {
            Happening::Wait(seconds) => self.now += Duration::from_secs(*seconds),
            Happening::Graph(nodes) => self.nodes = nodes.clone(),
            Happening::Cluster(Event::Pods(change)) => self.change(change.clone()),
            Happening::Cluster(Event::Lost { reason }) => {
                let (since, reason) = (self.now, reason.clone());
                self.connection = Connection::Lost { since, reason };
            }
            Happening::Cluster(_) => self.connection = Connection::Connected { since: self.now },
        }
    }

    fn change(&mut self, change: Change<PodKey, Pod>) {
        match change {
            Change::Apply(pod) => {
                self.pods.insert(pod.key.clone(), pod);
            }
            Change::Delete(key) => {
                self.pods.remove(&key);
            }
            Change::Reset(pods) => self.pods = pods.into_iter().map(|pod| (pod.key.clone(), pod)).collect(),
        }
    }

    fn reports(&self) -> Vec<PodReport> {
        let around = Surroundings {
            nodes: &self.nodes,
            connection: &self.connection,
            now: self.now,
        };
        let report = |pod: &Pod| PodReport {
            pod: pod.clone(),
            health: health::evaluate(pod, &around),
        };
        self.pods.values().map(report).collect()
    }
}

fn feed(model: &mut Model, happening: Happening, now: SystemTime) -> Vec<PodEvent> {
    let mut events = model.advance(now);
    events.extend(match happening {
        Happening::Cluster(event) => model.apply(event, now),
        Happening::Graph(nodes) => model.set_nodes(nodes, now),
        Happening::Wait(_) => Vec::new(),
    });
    events
}

/// Applies `events` like a listener without other knowledge, and checks that each is consistent.
pub(super) fn replay(known: &mut BTreeMap<PodKey, Arc<PodReport>>, events: &[PodEvent]) {
    for event in events {
        let key = event.report.pod.key.clone();
        let before = match event.kind {
            EventKind::Deleted => known.remove(&key),
            _ => known.insert(key, Arc::clone(&event.report)),
        };
        match (event.kind, before) {
            (EventKind::Added, before) => assert!(before.is_none(), "added twice: {event:?}"),
            (EventKind::Modified, Some(before)) => {
                assert_ne!(before, event.report, "nothing changed");
                assert_eq!(before.pod.uid, event.report.pod.uid, "another pod");
                assert_eq!(before.health.level, event.previous);
            }
            (EventKind::Deleted, Some(before)) => assert_eq!(before, event.report),
            (_, None) => panic!("not known: {event:?}"),
        }
    }
}

pub(super) fn all(snapshot: &Snapshot) -> Vec<PodReport> {
    snapshot.pods().map(|report| PodReport::clone(report)).collect()
}

proptest! {
    #[test]
    fn any_history_equals_the_reference(history in vec(happening(), 0..60)) {
        let (mut model, mut reference) = (Model::default(), Reference::new());
        let mut known = BTreeMap::new();
        let mut shared: Vec<(Snapshot, Vec<PodReport>)> = Vec::new();
        for happening in history {
            reference.take(&happening);
            let before = model.snapshot().clone();
            let reports = all(&before);
            let events = feed(&mut model, happening, reference.now);
            replay(&mut known, &events);
            prop_assert_eq!(all(model.snapshot()), reference.reports());
            let mut leapt: BTreeMap<_, _> =
                before.pods().map(|report| (report.pod.key.clone(), Arc::clone(report))).collect();
            replay(&mut leapt, &before.changes_to(model.snapshot()));
            prop_assert_eq!(&leapt, &known);
            shared.push((before, reports));
        }
        prop_assert!(known.values().eq(model.snapshot().pods()));
        for (snapshot, reports) in &shared {
            prop_assert_eq!(&all(snapshot), reports, "a snapshot changed after it was shared");
        }
    }
}

#[test]
fn thousands_of_pods_are_added_and_removed_in_any_order() {
    let mut model = Model::default();
    let names: Vec<_> = (0..3000_u32)
        .map(|i| format!("p{}", i.wrapping_mul(2_654_435_761)))
        .collect();
    for name in &names {
        model.apply(Event::Pods(Change::Apply(pod(name, "1"))), start());
    }
    let sorted: BTreeSet<_> = names.iter().collect();
    assert!(
        model
            .snapshot()
            .pods()
            .map(|report| &report.pod.key.name)
            .eq(sorted)
    );
    assert_eq!(model.snapshot().pod_count(), names.len());
    for name in &names {
        let key = PodKey::new("default", name);
        assert!(model.snapshot().pod(&key).is_some());
        assert_eq!(model.apply(Event::Pods(Change::Delete(key)), start()).len(), 1);
    }
    assert_eq!(
        (model.snapshot().pod_count(), model.snapshot().pods().count()),
        (0, 0)
    );
}
