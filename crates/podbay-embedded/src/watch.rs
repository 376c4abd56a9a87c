//! Converts changes of the store to events of the cluster port.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;

use super::object::Stored;
use super::store::{News, Objects, Store};
use podbay_core::cluster::{Change, Event, Events, pod};
use podbay_core::names::{LABEL_LAUNCH, LABEL_NODE, PodKey};
use podbay_core::pod::Pod;

/// Sends everything to `events`, then every change, until the receiver is gone.
pub(super) async fn tell(store: &Store, events: Events) {
    let telling = async { while tell_until_behind(store, &events).await {} };
    tokio::select! {
        () = telling => {}
        () = events.closed() => {}
    }
}

/// Returns true if too many changes were missed, so that everything must be sent again.
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
    let launches = all().filter(|object| is_launch(object)).map(Stored::to_object);
    [
        Event::Pods(Change::Reset(all().filter_map(to_pod).collect())),
        Event::Launches(Change::Reset(launches.collect())),
        Event::Connected,
    ]
}

fn change(news: &News) -> Option<Event> {
    let (before, after) = (news.before.as_deref(), news.after.as_deref());
    if let Some(pod) = after.and_then(to_pod) {
        return Some(Event::Pods(Change::Apply(pod)));
    }
    match (before, after) {
        (_, Some(after)) if is_launch(after) => Some(Event::Launches(Change::Apply(after.to_object()))),
        (Some(Stored::Pod(_)), _) => {
            let gone = before?.reference();
            Some(Event::Pods(Change::Delete(PodKey::new(
                gone.namespace,
                gone.name,
            ))))
        }
        (Some(before), _) if is_launch(before) => Some(Event::Launches(Change::Delete(before.reference()))),
        _ => None,
    }
}

fn to_pod(object: &Stored) -> Option<Pod> {
    match object {
        Stored::Pod(pod) => Some(pod::from_parts(&pod.metadata, &pod.spec, &pod.status)),
        _ => None,
    }
}

fn is_launch(object: &Stored) -> bool {
    object.kind() == "ConfigMap" && object.has_label(LABEL_LAUNCH) && !object.has_label(LABEL_NODE)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tokio::sync::mpsc;

    use super::*;
    use crate::object;

    fn pod(name: &str) -> Stored {
        let mut pod = object::Pod::default();
        pod.metadata.name = Some(name.to_owned());
        Stored::Pod(pod)
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
