//! From changes of the store to the events of the cluster port.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;

use super::store::{News, Objects, Store};
use podbay_core::cluster::{Change, Event, Events, pod};
use podbay_core::names::{LABEL_LAUNCH, LABEL_NODE, PodKey};
use podbay_core::object::Object;
use podbay_core::pod::Pod;

/// Tells `events` everything, then every change, until the receiver is gone.
pub(super) async fn tell(store: &Arc<Store>, events: Events) {
    let telling = async { while tell_until_behind(store, &events).await {} };
    tokio::select! {
        () = telling => {}
        () = events.closed() => {}
    }
}

/// True when too many changes were missed and the whole set must be told again.
async fn tell_until_behind(store: &Store, events: &Events) -> bool {
    let (objects, mut news) = store.watch();
    for event in whole(&objects) {
        if events.send(event).await.is_err() {
            return false;
        }
    }
    loop {
        match news.recv().await {
            Ok(news) => {
                let Some(event) = change(&news) else { continue };
                if events.send(event).await.is_err() {
                    return false;
                }
            }
            Err(RecvError::Lagged(_)) => return true,
            Err(RecvError::Closed) => return false,
        }
    }
}

fn whole(objects: &Objects) -> [Event; 3] {
    let all = || objects.values().map(Arc::as_ref);
    let pods = all()
        .filter(|object| object.kind() == "Pod")
        .filter_map(to_pod)
        .collect();
    let launches = all().filter(|object| is_launch(object)).cloned().collect();
    [
        Event::Pods(Change::Reset(pods)),
        Event::Launches(Change::Reset(launches)),
        Event::Connected,
    ]
}

fn change(news: &News) -> Option<Event> {
    let (before, after) = (news.before.as_deref(), news.after.as_deref());
    if before.or(after)?.kind() == "Pod" {
        return Some(Event::Pods(match after {
            Some(pod) => Change::Apply(to_pod(pod)?),
            None => Change::Delete(PodKey::new(before?.namespace(), before?.name())),
        }));
    }
    let launch = |object: Option<&Object>| object.is_some_and(is_launch);
    match (launch(before), launch(after)) {
        (_, true) => Some(Event::Launches(Change::Apply(after?.clone()))),
        (true, false) => Some(Event::Launches(Change::Delete(before?.reference()))),
        (false, false) => None,
    }
}

/// A stored pod was parsed when it was admitted, so it is one.
fn to_pod(object: &Object) -> Option<Pod> {
    serde_json::from_value(object.0.clone())
        .ok()
        .as_ref()
        .map(pod::from_kubernetes)
}

fn is_launch(object: &Object) -> bool {
    let labels = &object.0["metadata"]["labels"];
    object.kind() == "ConfigMap" && labels.get(LABEL_LAUNCH).is_some() && labels.get(LABEL_NODE).is_none()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use tokio::sync::mpsc;

    use super::*;

    fn pod(name: &str) -> Object {
        Object(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "n"}}))
    }

    #[tokio::test]
    async fn a_watch_that_fell_behind_ends_up_with_the_same_set() {
        let store = Arc::new(Store::new());
        let (sender, mut events) = mpsc::channel(1);
        let watched = Arc::clone(&store);
        let watch = tokio::spawn(async move { tell(&watched, sender).await });
        assert_eq!(events.recv().await, Some(Event::Pods(Change::Reset(Vec::new()))));
        for number in 0..3000 {
            let stored = store.create(pod(&format!("pod-{number}")), false).unwrap();
            if number % 3 > 0 {
                store.remove(&stored.reference(), stored.uid());
            }
        }
        let last = store.create(pod("last"), false).unwrap();
        let (mut known, mut resets) = (BTreeMap::new(), 0);
        while !known.contains_key("last") {
            match events.recv().await.unwrap() {
                Event::Pods(Change::Reset(all)) => {
                    resets += 1;
                    known = all.into_iter().map(|pod| (pod.key.name, pod.uid)).collect();
                }
                Event::Pods(Change::Apply(pod)) => drop(known.insert(pod.key.name, pod.uid)),
                Event::Pods(Change::Delete(key)) => drop(known.remove(&key.name)),
                _ => {}
            }
        }
        assert_eq!((known.len(), resets), (1001, 1));
        assert_eq!(known["last"], last.uid());
        drop(events);
        watch.await.unwrap();
    }
}
