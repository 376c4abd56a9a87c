//! Services: one pair of raw endpoints that answers clients of every ROS middleware.
//!
//! ```text
//!   rq/…Request ─> Incoming ─> handler (many at once) ─> wait until the client can hear ─> rr/…Reply
//! ```

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use ros2_client::dds::rustdds;
use rustdds::RTPSEntity;
use tokio::task::JoinSet;

use super::discovery::Discovery;
use super::graph::Listing;
use super::identity::{Identity, Incoming};
use super::msgs::Service;
use super::participant::prefix;
use super::wire::{self, RawReader, RawWriter};

/// Requests of one service that may be worked on at once; further ones wait in the reader.
const MAX_RUNNING: usize = 256;
/// How long an answer waits for its client's reply reader to be found.
const PATIENCE: Duration = Duration::from_secs(3);
/// Longest answer to a client that wants its identity in the inline QoS: RustDDS 0.15 puts a byte too many in
/// front of the inline QoS of a sample that it must cut into fragments.
const MAX_INLINE: usize = 60_000;

/// The server side of one service.
pub(super) struct Server {
    pub(super) reader: RawReader,
    pub(super) replies: Arc<Replies>,
    pub(super) _listings: [Listing; 2],
}

/// Where the answers of one service go.
pub(super) struct Replies {
    pub(super) name: String,
    pub(super) writer: RawWriter,
    pub(super) discovery: Arc<Discovery>,
}

impl Server {
    /// Answers requests until cancelled.
    pub(super) async fn run<S, H, F>(self, handler: H)
    where
        S: Service,
        H: Fn(String, S::Request) -> F,
        F: Future<Output = S::Response> + Send + 'static,
    {
        let samples = self.reader.as_async_stream();
        pin_mut!(samples);
        let mut running = JoinSet::new();
        loop {
            tokio::select! {
                Some(_) = running.join_next() => {}
                Some(sample) = samples.next(), if running.len() < MAX_RUNNING => {
                    let incoming = sample.ok().and_then(Incoming::new);
                    let Some((incoming, request)) = incoming.and_then(|it| self.read::<S>(it)) else { continue };
                    let response = handler(incoming.caller(), request);
                    running.spawn(answer::<S, F>(Arc::clone(&self.replies), incoming, response));
                }
            }
        }
    }

    fn read<S: Service>(&self, incoming: Incoming) -> Option<(Incoming, S::Request)> {
        match wire::decode(&incoming.request.bytes, incoming.request.encoding) {
            Ok(request) => Some((incoming, request)),
            Err(error) => {
                let (service, caller) = (&self.replies.name, incoming.caller());
                tracing::warn!(service, caller, %error, "unreadable request; is the caller's podbay_msgs the same?");
                None
            }
        }
    }
}

async fn answer<S: Service, F: Future<Output = S::Response>>(
    replies: Arc<Replies>,
    incoming: Incoming,
    response: F,
) {
    let response = response.await;
    if let Err(reason) = replies.send::<S>(&incoming, &response).await {
        let (service, caller) = (&replies.name, incoming.caller());
        tracing::warn!(service, caller, reason, "an answer was lost");
    }
}

impl Replies {
    async fn send<S: Service>(&self, incoming: &Incoming, response: &S::Response) -> Result<(), String> {
        let bytes = wire::encode(response).map_err(|error| error.to_string())?;
        if !self
            .discovery
            .reached(self.writer.guid(), prefix(&incoming.client), PATIENCE)
            .await
        {
            tracing::debug!(
                service = self.name,
                caller = incoming.caller(),
                "no reader for the answer yet"
            );
        }
        if matches!(incoming.identity, Identity::Inline(_)) && bytes.len() > MAX_INLINE {
            return Err(format!(
                "{} bytes are more than can be sent to this client",
                bytes.len()
            ));
        }
        let (payload, options) = (
            incoming.identity.payload(bytes),
            incoming.identity.write_options(),
        );
        let written = self.writer.async_write_with_options(payload, options).await;
        written.map(drop).map_err(|error| error.to_string())
    }
}
