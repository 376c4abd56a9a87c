//! Reading the model while it is written.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::reference::replay;
use super::{naming, pod, restarted};
use futures::FutureExt;
use podbay_core::change::{Change, Event};
use podbay_core::health::{self, Level, PodReport};
use podbay_core::model::{self, Handle, Snapshot};
use podbay_core::names::{Nodes, PodKey};
use tokio::sync::{mpsc, watch};

/// Runs a model and returns its inputs.
fn running() -> (Handle, mpsc::Sender<Event>, watch::Sender<Nodes>) {
    let (events, from_cluster) = mpsc::channel(8);
    let (nodes, from_graph) = watch::channel(Nodes::new());
    let (handle, task) = model::new(from_cluster, from_graph);
    tokio::spawn(task);
    (handle, events, nodes)
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let limit = tokio::time::timeout(Duration::from_secs(20), future);
    limit
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

async fn seen(handle: &Handle, what: &str, holds: impl Fn(&Snapshot) -> bool) {
    let mut watch = handle.watch();
    within(what, watch.wait_for(|snapshot| holds(snapshot)))
        .await
        .unwrap();
}

#[tokio::test]
async fn events_and_the_graph_reach_readers() {
    let (handle, events, nodes) = running();
    let mut changes = handle.changes();
    let named = naming(pod("a", "1"), "/a");
    events
        .send(Event::Pods(Change::Reset(vec![named])))
        .await
        .unwrap();
    seen(&handle, "the pod", |now| now.pod_count() == 1).await;
    nodes.send_replace(Nodes::from(["/a".to_owned()]));
    let ok = |now: &Snapshot| now.pods().all(|report| report.health.level == Level::Ok);
    seen(&handle, "the node", |now| now.pod_count() == 1 && ok(now)).await;
    let mut known = BTreeMap::new();
    while known
        .values()
        .next()
        .is_none_or(|report: &Arc<PodReport>| report.health.level != Level::Ok)
    {
        let step = within("a step", changes.next()).await.unwrap();
        replay(&mut known, &step.events);
    }
    drop(events);
    drop(handle);
    while within("the end", changes.next()).await.is_some() {}
}

#[tokio::test]
async fn time_alone_brings_a_change() {
    let (handle, events, _nodes) = running();
    let almost_over = SystemTime::now() - health::RESTARTED_LATELY + Duration::from_millis(300);
    let pod = restarted(pod("a", "1"), almost_over);
    events.send(Event::Pods(Change::Apply(pod))).await.unwrap();
    let ok = |now: &Snapshot| now.pods().any(|report| report.health.level == Level::Ok);
    seen(&handle, "the end of the restart's time", ok).await;
}

#[tokio::test]
async fn a_reader_far_behind_still_ends_up_with_everything() {
    let (handle, events, _nodes) = running();
    let mut changes = handle.changes();
    for turn in 0..1000_u32 {
        let name = format!("p{}", turn % 50);
        let change = if turn % 3 == 2 {
            Change::Delete(PodKey::new("default", name))
        } else {
            Change::Apply(pod(&name, &turn.to_string()))
        };
        let version = handle.snapshot().version();
        events.send(Event::Pods(change)).await.unwrap();
        seen(&handle, "the event", |now| now.version() > version).await;
    }
    let last = handle.snapshot();
    let mut known = BTreeMap::new();
    while changes.seen().version() < last.version() {
        let step = within("a step", changes.next()).await.unwrap();
        replay(&mut known, &step.events);
    }
    assert!(known.values().eq(last.pods()));
}

#[tokio::test]
async fn a_reader_that_is_cancelled_while_it_falls_behind_forgets_nothing() {
    let (handle, events, _nodes) = running();
    // tokio delays a future that has done much in one turn, so one of these readers is delayed, and then
    // cancelled, right after it learned that it is behind
    let mut readers: Vec<_> = (0..200).map(|spent| (spent, handle.changes())).collect();
    for turn in 0..300_u32 {
        let version = handle.snapshot().version();
        let change = Change::Apply(pod(&format!("p{turn}"), "1"));
        events.send(Event::Pods(change)).await.unwrap();
        seen(&handle, "the event", |now| now.version() > version).await;
    }
    let last = handle.snapshot();
    for (spent, changes) in &mut readers {
        let mut known = BTreeMap::new();
        while changes.seen().version() < last.version() {
            tokio::task::yield_now().await;
            for _ in 0..*spent {
                tokio::task::consume_budget().await;
            }
            if let Some(step) = changes.next().now_or_never() {
                replay(&mut known, &step.unwrap().events);
            }
            *spent = 0;
        }
        assert!(known.values().eq(last.pods()));
    }
}
