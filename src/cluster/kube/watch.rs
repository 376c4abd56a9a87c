//! The watch: listings and watches of every namespace in scope, as events of the cluster port.
//!
//! A session starts all watches together, from a fresh listing, and ends when any of them fails or the API
//! server stops answering. So whatever was missed while it was lost is told before `Connected`, and what
//! vanished meanwhile is missing from the `Reset`.

use std::time::{Duration, Instant};

use futures::StreamExt;
use kube::Client;

use super::KubeCluster;
use super::backoff::Backoff;
use super::changes::Changes;
use super::errors::root_cause;
use super::sources::sources;
use podbay_core::cluster::{Event, Events};

/// Between two questions whether the server is still there, and for how long each may stay unanswered.
const PROBE_EVERY: Duration = Duration::from_secs(2);
const PROBE_ANSWER: Duration = Duration::from_secs(3);

/// Why the API server is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    /// It took the request but not the credentials.
    #[error("does not accept podbay's credentials (401); renew them where they come from")]
    Unauthorized,
    /// It is not there.
    #[error("does not answer: {0}")]
    Silent(String),
}

/// Why a session ended.
pub(super) enum End {
    /// Nobody listens any more.
    Closed,
    /// The server no longer has the history to go on from; a new listing does.
    Expired,
    /// The cluster is lost.
    Lost(String),
}

/// Tells `events` of every change until the receiver is gone.
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
        kube.metrics.watch_restarted();
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
    /// Since when this session knows everything.
    connected: Option<Instant>,
    /// The reason told last, while the cluster is lost.
    lost: Option<String>,
}

impl Watch<'_> {
    /// One listing of everything and the changes after it.
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
            let told = match heard {
                Some(Ok(heard)) => changes.hear(heard),
                Some(Err(end)) => return end,
                None => return End::Lost("the watches ended".to_owned()),
            };
            self.kube.metrics.watch_heard();
            for event in told {
                self.tell(event).await;
            }
        }
    }

    async fn tell(&mut self, event: Event) {
        if event == Event::Connected {
            tracing::info!("connected to {}", self.kube.server);
            self.lost = None;
            self.connected = Some(Instant::now());
        }
        // A receiver that is gone ends the watch where it waits for the next change.
        let _ = self.events.send(event).await;
    }

    /// Tells why the cluster is lost, once as long as the reason stays the same.
    async fn lost(&mut self, reason: String) {
        if self.lost.as_ref() != Some(&reason) {
            tracing::warn!("lost the cluster: {reason}");
            self.lost = Some(reason.clone());
            let _ = self.events.send(Event::Lost { reason }).await;
        }
    }
}

/// Ends, with the reason, when the server left two questions in a row unanswered: a connection whose other end
/// is gone without a word looks like a quiet one.
async fn silence(client: &Client) -> NoAnswer {
    loop {
        tokio::time::sleep(PROBE_EVERY).await;
        if probe(client, PROBE_ANSWER).await.is_err()
            && let Err(reason) = probe(client, PROBE_ANSWER).await
        {
            return reason;
        }
    }
}

/// Whether the API server answers at all; being refused for lack of permission is an answer.
pub(super) async fn probe(client: &Client, patience: Duration) -> Result<(), NoAnswer> {
    match tokio::time::timeout(patience, client.apiserver_version()).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(kube::Error::Api(status))) if status.code == 401 => Err(NoAnswer::Unauthorized),
        Ok(Err(kube::Error::Api(status))) if status.code < 500 => Ok(()),
        Ok(Err(error)) => Err(NoAnswer::Silent(root_cause(&error))),
        Err(_) => Err(NoAnswer::Silent(format!("nothing for {} s", patience.as_secs()))),
    }
}
