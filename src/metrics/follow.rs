//! Counts changes of pods, from the steps of the model.

use std::collections::BTreeMap;

use super::Metrics;
use podbay_core::health::{Connection, EventKind};
use podbay_core::model::{Handle, Snapshot, Step};
use podbay_core::names::PodKey;
use podbay_core::pod::Pod;

/// Counts as long as the model exists.
pub async fn follow(metrics: Metrics, model: Handle) {
    let mut changes = model.changes();
    loop {
        let before = changes.seen().clone();
        match changes.next().await {
            Some(step) => count(&metrics, &before, &step),
            None => return,
        }
    }
}

/// A step may contain several changes of one pod; each is compared with the one before.
fn count(metrics: &Metrics, before: &Snapshot, step: &Step) {
    // what the first listing finds happened before podbay watched
    if *before.connection() == Connection::Connecting {
        return;
    }
    let mut latest: BTreeMap<&PodKey, Option<&Pod>> = BTreeMap::new();
    for event in step.events.iter() {
        let pod = &event.report.pod;
        let known = || before.pod(&pod.key).map(|report| &report.pod);
        let last = latest.entry(&pod.key).or_insert_with(known);
        if event.kind == EventKind::Deleted {
            *last = None;
        } else {
            metrics.pod_changed(*last, pod);
            *last = Some(pod);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;
    use crate::metrics::delta::tests::{container, pod};
    use podbay_core::change::{Change, Event};
    use podbay_core::model::Model;
    use podbay_core::pod::Container;

    fn restarted(restarts: u32) -> Pod {
        let container: Container = container(restarts, None, None);
        pod("u1", &[container])
    }

    /// The count when the model applies `events` in one step, after a listing with `listed`.
    fn counted(listed: Pod, events: Vec<Event>) -> u64 {
        let metrics = Metrics::new("dds", "kube").unwrap();
        let mut model = Model::default();
        let mut step = |events: Vec<Event>| {
            let before = model.snapshot().clone();
            let apply = |event| model.apply(event, SystemTime::UNIX_EPOCH);
            let events: Vec<_> = events.into_iter().flat_map(apply).collect();
            let snapshot = std::sync::Arc::new(model.snapshot().clone());
            count(
                &metrics,
                &before,
                &Step {
                    snapshot,
                    events: events.into(),
                },
            );
        };
        step(vec![Event::Pods(Change::Reset(vec![listed])), Event::Connected]);
        step(events);
        metrics.0.pods.restarts.get()
    }

    #[test]
    fn restarts_before_the_first_listing_do_not_count() {
        assert_eq!(counted(restarted(9), vec![]), 0);
    }

    #[test]
    fn every_restart_counts_once_however_many_changes_a_step_has() {
        let changes = [10, 11, 11, 13].map(|restarts| Event::Pods(Change::Apply(restarted(restarts))));
        assert_eq!(counted(restarted(9), changes.to_vec()), 4);
    }

    #[test]
    fn a_pod_that_came_anew_counts_from_nothing() {
        let key = restarted(9).key;
        let events = vec![
            Event::Pods(Change::Delete(key)),
            Event::Pods(Change::Apply(restarted(2))),
        ];
        assert_eq!(counted(restarted(9), events), 2);
    }
}
