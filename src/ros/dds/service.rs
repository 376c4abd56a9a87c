//! Services: one pair of raw endpoints that answers clients of every ROS middleware.
//!
//! ```text
//!   rq/…Request ─> Incoming ─> handler (many at once) ─> wait until the client can hear ─> rr/…Reply
//! ```

use std::future::Future;
use std::sync::Arc;

use futures::{StreamExt, pin_mut};
use tokio::task::JoinSet;

use super::graph::Listing;
use super::identity::Incoming;
use super::msgs::Service;
use super::replies::Replies;
use super::wire::{self, RawReader};

/// Requests of one service that may be worked on at once; further ones wait in the reader.
const MAX_RUNNING: usize = 256;

/// The server side of one service.
pub(super) struct Server {
    pub(super) reader: RawReader,
    pub(super) replies: Arc<Replies>,
    pub(super) _listings: [Listing; 2],
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
                let (service, caller) = (S::ROS_TYPE, incoming.caller());
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
    let bytes = wire::encode(&response.await).map_err(|error| error.to_string());
    let sent = match bytes {
        Ok(bytes) => replies.send(&incoming, bytes).await,
        Err(error) => Err(error),
    };
    if let Err(reason) = sent {
        tracing::warn!(
            service = S::ROS_TYPE,
            caller = incoming.caller(),
            reason,
            "an answer was lost"
        );
    }
}
