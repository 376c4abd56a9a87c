//! The watch: listings and watches of all namespaces in scope, as events of the cluster port.
//!
//! A session starts all watches together with a fresh listing, and ends when any of them fails or the API
//! server stops responding. Therefore all changes missed meanwhile are sent before `Connected`, and deleted
//! objects are missing from the `Reset`.

use std::time::{Duration, Instant};

use futures::StreamExt;
use kube::Client;

use crate::KubeCluster;
use crate::backoff::Backoff;
use crate::changes::Changes;
use crate::errors::{root_cause, said};
use crate::limit::TooLarge;
use crate::sources::sources;
use podbay_core::cluster::{Event, Events};

/// Interval of probes, and the timeout of each.
const PROBE_EVERY: Duration = Duration::from_secs(2);
const PROBE_REPLY: Duration = Duration::from_secs(3);

/// Why the API server cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoReply {
    /// It rejects the credentials.
    #[error("rejects podbay's credentials (401); renew them")]
    Unauthorized,
    /// It is another kind of server.
    #[error("does not look like a Kubernetes API server: {0}")]
    Strange(String),
    /// It is not responding.
    #[error("is not responding: {0}")]
    Silent(String),
}

/// Why a session ended.
pub(super) enum End {
    /// The receiver is gone.
    Closed,
    /// The server no longer has the required history; a new listing is needed.
    Expired,
    /// The connection to the cluster is lost.
    Lost(String),
}

/// Sends every change to `events`, until the receiver is gone.
pub(super) async fn run(kube: &KubeCluster, events: Events) {
    let mut watch = Watch {
        kube,
        events,
        backoff: Backoff::new(),
        connected: None,
        lost: None,
    };
    while !watch.events.is_closed() {
        let end = watch.session().await;
        kube.meter.watch_restarted();
        let lived = watch
            .connected
            .take()
            .map_or(Duration::ZERO, |since| since.elapsed());
        let wait = watch.backoff.next(lived);
        if let End::Lost(reason) = end {
            watch.lost(reason).await;
        }
        tokio::select! {
            () = watch.events.closed() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

struct Watch<'a> {
    kube: &'a KubeCluster,
    events: Events,
    backoff: Backoff,
    /// Since when this session is complete.
    connected: Option<Instant>,
    /// The last reported reason, while the connection is lost.
    lost: Option<String>,
}

impl Watch<'_> {
    /// One listing of everything, and the changes after it.
    async fn session(&mut self) -> End {
        let mut changes = Changes::new(self.kube.scope.len().max(1));
        let mut sources = sources(self.kube);
        let silence = silence(&self.kube.watches);
        tokio::pin!(silence);
        loop {
            let heard = tokio::select! {
                heard = sources.next() => heard,
                why = &mut silence => return End::Lost(format!("{} {why}", self.kube.server)),
                () = self.events.closed() => return End::Closed,
            };
            let events = match heard {
                Some(Ok(heard)) => changes.hear(heard),
                Some(Err(end)) => return end,
                None => return End::Lost("the watches have ended".to_owned()),
            };
            self.kube.meter.watch_heard();
            for event in events {
                self.send(event).await;
            }
        }
    }

    async fn send(&mut self, event: Event) {
        if event == Event::Connected {
            tracing::info!("connected to {}", self.kube.server);
            self.lost = None;
            self.connected = Some(Instant::now());
        }
        // a missing receiver ends the watch where it waits for the next change
        let _ = self.events.send(event).await;
    }

    /// Reports why the connection is lost, once for each reason.
    async fn lost(&mut self, reason: String) {
        if self.lost.as_ref() != Some(&reason) {
            tracing::warn!("lost the connection to the cluster: {reason}");
            self.lost = Some(reason.clone());
            let _ = self.events.send(Event::Lost { reason }).await;
        }
    }
}

/// Ends, with the reason, after two probes in a row without a reply: a connection that was lost silently
/// looks like a quiet one.
async fn silence(client: &Client) -> NoReply {
    loop {
        tokio::time::sleep(PROBE_EVERY).await;
        if probe(client, PROBE_REPLY).await.is_err()
            && let Err(reason) = probe(client, PROBE_REPLY).await
        {
            return reason;
        }
    }
}

/// Whether the API server responds at all; a denied request is also a response.
pub(super) async fn probe(client: &Client, patience: Duration) -> Result<(), NoReply> {
    match tokio::time::timeout(patience, client.apiserver_version()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(kube::Error::Api(status))) if status.code == 401 => Err(NoReply::Unauthorized),
        Ok(Err(kube::Error::Api(status))) if status.code < 500 => Ok(()),
        Ok(Err(kube::Error::Api(status))) => {
            let message = format!("HTTP status {}: {}", status.code, said(&status));
            Err(NoReply::Silent(message))
        }
        Ok(Err(kube::Error::SerdeError(error))) => Err(NoReply::Strange(format!("invalid reply: {error}"))),
        Ok(Err(error)) if TooLarge::of(&error).is_some() => Err(NoReply::Strange(root_cause(&error))),
        Ok(Err(error)) => Err(NoReply::Silent(root_cause(&error))),
        Err(_) => Err(NoReply::Silent(format!("no reply for {} s", patience.as_secs()))),
    }
}
