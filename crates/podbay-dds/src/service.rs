//! Services: one pair of raw endpoints for clients of every ROS middleware.
//!
//! ```text
//!   rq/…Request ─> Incoming ─> handler (many at once) ─> replies ─> rr/…Reply
//! ```
//!
//! Only [`typed`] is compiled once for each service, where the service is used.

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use crate::graph::Listing;
use crate::identity::Incoming;
use crate::participant::Prefix;
use crate::pipe_waker::PipeWaker;
use crate::replies::Replies;
use crate::retained::{Asks, Retained, is_filler};
use crate::tasks::Tasks;
use crate::wire::{self, Raw, RawReader};
use podbay_core::request::Refusal;
use podbay_interfaces::Service;
use podbay_text::lengths;
use podbay_text::seldom::Seldom;

/// Concurrent requests of one service; further ones wait in the reader. Far more than the bridge accepts, so
/// that the others are refused instead of waiting.
const MAX_RUNNING: usize = 256;

/// Called with the caller and its request, or why the request was not kept. Returns the bytes of the response.
pub(super) type Handler =
    Box<dyn Fn(String, Result<Raw, Refusal>) -> BoxFuture<'static, Result<Vec<u8>, wire::Error>> + Send>;

/// The handler of bytes for a handler of messages.
pub(super) fn typed<S, H, F>(handler: H) -> Handler
where
    S: Service,
    H: Fn(String, Result<S::Request, Refusal>) -> F + Send + 'static,
    F: Future<Output = S::Response> + Send + 'static,
{
    Box::new(move |caller, request| {
        let request = request.and_then(|raw| decode::<S>(&raw, &caller));
        let response = handler(caller, request);
        async move { wire::encode(&response.await) }.boxed()
    })
}

fn decode<S: Service>(request: &Raw, caller: &str) -> Result<S::Request, Refusal> {
    wire::decode(&request.bytes, request.encoding).map_err(|error| unreadable(S::ROS_TYPE, caller, &error))
}

fn unreadable(service: &str, caller: &str, error: &wire::Error) -> Refusal {
    static UNREADABLE: Seldom = Seldom::new();
    let error = lengths::short(&error.to_string());
    if let Some(left_out) = UNREADABLE.due(Instant::now()) {
        tracing::warn!(
            service,
            caller,
            error,
            left_out,
            "unreadable request; does the caller use the same podbay_msgs?"
        );
    }
    let why = "the request cannot be read: use text in UTF-8, and the same version of podbay_msgs";
    format!("{why} ({error})").into()
}

/// The server of one service.
pub(super) struct Server {
    /// ROS type of the service, for logs.
    pub(super) service: &'static str,
    pub(super) reader: RawReader,
    /// Wakes the server when there is something to read.
    pub(super) waker: PipeWaker,
    pub(super) replies: Arc<Replies>,
    pub(super) retained: Retained,
    /// Requests to be notified once there is nothing left to read.
    pub(super) asks: Asks,
    pub(super) tasks: Tasks,
    pub(super) _listing: Listing,
}

impl Server {
    /// Answers requests until cancelled.
    pub(super) async fn run(mut self, handler: Handler) {
        let mut samples = self.waker.wake(self.reader.as_async_stream());
        let places = Arc::new(Semaphore::new(MAX_RUNNING));
        let (mut place, mut asked) = (None::<OwnedSemaphorePermit>, None::<oneshot::Sender<()>>);
        loop {
            tokio::select! {
                // in this order, so that whoever `asked` is answered only when there is nothing to read
                biased;
                Ok(free) = Arc::clone(&places).acquire_owned(), if place.is_none() => place = Some(free),
                Some(sample) = samples.next(), if place.is_some() => {
                    let incoming = sample.ok().and_then(Incoming::new);
                    self.retained.add(incoming.as_ref().map(|incoming| &incoming.request));
                    let Some(incoming) = incoming.filter(|incoming| !is_filler(&incoming.request)) else {
                        continue;
                    };
                    let response = handler(incoming.caller(), kept(&incoming.request));
                    let replies = Arc::clone(&self.replies);
                    self.tasks.spawn(answer(self.service, replies, incoming, response, place.take()));
                }
                () = std::future::ready(()), if place.is_some() && asked.is_some() => {
                    let _gone = asked.take().map(|nothing_to_read| nothing_to_read.send(()));
                }
                Some(asks) = self.asks.recv(), if asked.is_none() => {
                    asked = Some(asks);
                    samples.look();
                }
            }
        }
    }
}

/// Answers a request. If its client's reader is not matched yet, waits for it without a `place` among the
/// requests, so that it delays nobody.
async fn answer(
    service: &'static str,
    replies: Arc<Replies>,
    incoming: Incoming,
    response: impl Future<Output = Result<Vec<u8>, wire::Error>>,
    place: Option<OwnedSemaphorePermit>,
) {
    let client = reply_to(service, &replies, incoming, response).await;
    drop(place);
    if let Some(client) = client {
        replies.wait_for(client).await;
    }
}

/// A request, or why it was not kept.
fn kept(request: &Raw) -> Result<Raw, Refusal> {
    match request.cut_from {
        None => Ok(request.clone()),
        Some(bytes) => {
            let most = lengths::REQUEST;
            Err(format!("the request has {bytes} bytes and exceeds the limit of {most}; split it up").into())
        }
    }
}

/// Answers a request, unless its client leaves before. Returns the client to wait for.
async fn reply_to(
    service: &'static str,
    replies: &Replies,
    incoming: Incoming,
    response: impl Future<Output = Result<Vec<u8>, wire::Error>>,
) -> Option<Prefix> {
    static LOST: Seldom = Seldom::new();
    let response = tokio::select! {
        response = response => response,
        () = replies.departure(&incoming) => return None,
    };
    let sent = match response {
        Ok(bytes) => replies.send(&incoming, bytes).await,
        Err(error) => Err(error.to_string()),
    };
    sent.unwrap_or_else(|reason| {
        if let Some(left_out) = LOST.due(Instant::now()) {
            let caller = incoming.caller();
            tracing::warn!(service, caller, reason, left_out, "a reply was lost");
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use podbay_interfaces::podbay_msgs::srv::GetPod;

    #[test]
    fn a_request_that_is_not_text_is_answered() {
        let read = |name: [u8; 2]| {
            let name = [name[0], name[1], 0, 0];
            let request = [&[1, 0, 0, 0], &[0; 4], &[3, 0, 0, 0], &name[..]].concat();
            decode::<GetPod::Service>(&Raw::new(request), "caller")
        };
        assert_eq!(read(*b"ab").unwrap().name, "ab");
        let refusal = read([b'a', 0xff]).unwrap_err();
        assert!(refusal.message.contains("text in UTF-8"), "{refusal}");
    }
}
