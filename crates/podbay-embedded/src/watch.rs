//! Converts changes of the store to events of the cluster port.

use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc::error::SendError;

use super::object::{self, Stored};
use super::store::{News, Objects, Store};
use podbay_core::cluster::{Change, Event, Events, pod};
use podbay_core::names::{LABEL_LAUNCH, LABEL_NODE};
use podbay_core::pod::Pod;

/// Sends everything to `events`, then every change, until the receiver is gone.
pub(super) async fn watch(store: &Store, events: Events) {
    // ends when `events` is closed, also while nothing changes
    tokio::select! {
        () = async { while send_until_behind(store, &events).await.is_ok() {} } => {}
        () = events.closed() => {}
    }
}

/// Returns if too many changes were missed, so that everything has to be sent again.
async fn send_until_behind(store: &Store, events: &Events) -> Result<(), SendError<Event>> {
    let (objects, mut news) = store.watch();
    for event in everything(&objects) {
        events.send(event).await?;
    }
    loop {
        match news.recv().await {
            Ok(news) => {
                if let Some(event) = change(&news) {
                    events.send(event).await?;
                }
            }
            // the store outlives its watches
            Err(RecvError::Lagged(_) | RecvError::Closed) => return Ok(()),
        }
    }
}

fn everything(objects: &Objects) -> [Event; 3] {
    let all = || objects.values().map(Arc::as_ref);
    let launches = all().filter(|object| is_launch(object)).map(Stored::to_object);
    [
        Event::Pods(Change::Reset(all().filter_map(to_pod).collect())),
        Event::Launches(Change::Reset(launches.collect())),
        Event::Connected,
    ]
}

fn change(news: &News) -> Option<Event> {
    match (news.before.as_deref(), news.after.as_deref()) {
        (_, Some(Stored::Pod(pod))) => Some(Event::Pods(Change::Apply(from_stored(pod)))),
        (Some(Stored::Pod(pod)), None) => Some(Event::Pods(Change::Delete(from_stored(pod).key))),
        (_, Some(after)) if is_launch(after) => Some(Event::Launches(Change::Apply(after.to_object()))),
        (Some(before), _) if is_launch(before) => Some(Event::Launches(Change::Delete(before.reference()))),
        _ => None,
    }
}

fn from_stored(pod: &object::Pod) -> Pod {
    pod::from_parts(&pod.metadata, &pod.spec, &pod.status)
}

fn to_pod(object: &Stored) -> Option<Pod> {
    match object {
        Stored::Pod(pod) => Some(from_stored(pod)),
        _ => None,
    }
}

fn is_launch(object: &Stored) -> bool {
    object.kind() == "ConfigMap" && object.has_label(LABEL_LAUNCH) && !object.has_label(LABEL_NODE)
}
