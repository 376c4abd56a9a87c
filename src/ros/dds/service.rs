//! Services: one pair of raw endpoints for clients of every ROS middleware.
//!
//! ```text
//!   rq/…Request ─> Incoming ─> handler (many at once) ─> replies ─> rr/…Reply
//! ```

use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use futures::{StreamExt, pin_mut};
use tokio::task::JoinSet;

use super::graph::Listing;
use super::identity::Incoming;
use super::msgs::Service;
use super::participant::Prefix;
use super::replies::Replies;
use super::retained::{Asks, Retained, is_filler};
use super::wire::{self, RawReader};
use crate::seldom::Seldom;
use podbay_core::request::Refusal;
use podbay_text::lengths;

/// Concurrent requests of one service; further ones wait in the reader. Far more than the bridge accepts, so
/// that the others are refused instead of waiting.
const MAX_RUNNING: usize = 256;

/// The server of one service.
pub(super) struct Server {
    pub(super) reader: RawReader,
    pub(super) replies: Arc<Replies>,
    pub(super) retained: Retained,
    /// Requests to be notified once there is nothing left to read.
    pub(super) asks: Asks,
    pub(super) _listing: Listing,
}

impl Server {
    /// Answers requests until cancelled.
    pub(super) async fn run<S, H, F>(mut self, handler: H)
    where
        S: Service,
        H: Fn(String, Result<S::Request, Refusal>) -> F,
        F: Future<Output = S::Response> + Send + 'static,
    {
        let samples = self.reader.as_async_stream();
        pin_mut!(samples);
        // one task for each client whose reader is not matched yet, separate from the requests, so that it
        // delays nobody
        let (mut running, mut waiting) = (JoinSet::new(), JoinSet::new());
        loop {
            tokio::select! {
                // in this order, so that `asks` are answered only when there is nothing to read
                biased;
                Some(done) = running.join_next() => {
                    if let Ok(Some(client)) = done {
                        waiting.spawn(Arc::clone(&self.replies).wait_for(client));
                    }
                }
                Some(_) = waiting.join_next() => {}
                Some(sample) = samples.next(), if running.len() < MAX_RUNNING => {
                    let incoming = sample.ok().and_then(Incoming::new);
                    self.retained.add(incoming.as_ref().map(|incoming| &incoming.request));
                    let Some((incoming, request)) = incoming.and_then(read::<S>) else { continue };
                    let response = handler(incoming.caller(), request);
                    running.spawn(reply_to::<S, F>(Arc::clone(&self.replies), incoming, response));
                }
                Some(nothing_to_read) = self.asks.recv(), if running.len() < MAX_RUNNING => {
                    let _ = nothing_to_read.send(());
                }
            }
        }
    }
}

/// A request with its content, or why it was not decoded; `None` for a filler.
fn read<S: Service>(incoming: Incoming) -> Option<(Incoming, Result<S::Request, Refusal>)> {
    static UNREADABLE: Seldom = Seldom::new();
    if is_filler(&incoming.request) {
        return None;
    }
    if let Some(bytes) = incoming.request.cut_from {
        let most = lengths::REQUEST;
        let refusal = format!("the request has {bytes} bytes and exceeds the limit of {most}; split it up");
        return Some((incoming, Err(refusal.into())));
    }
    match wire::decode(&incoming.request.bytes, incoming.request.encoding) {
        Ok(request) => Some((incoming, Ok(request))),
        Err(error) => {
            let error = lengths::short(&error.to_string());
            if let Some(left_out) = UNREADABLE.due(Instant::now()) {
                let (service, caller) = (S::ROS_TYPE, incoming.caller());
                tracing::warn!(
                    service,
                    caller,
                    error,
                    left_out,
                    "unreadable request; does the caller use the same podbay_msgs?"
                );
            }
            let why = "the request cannot be read: use text in UTF-8, and the same version of podbay_msgs";
            Some((incoming, Err(format!("{why} ({error})").into())))
        }
    }
}

/// Answers a request, unless its client leaves before. Returns the client to wait for.
async fn reply_to<S: Service, F: Future<Output = S::Response>>(
    replies: Arc<Replies>,
    incoming: Incoming,
    response: F,
) -> Option<Prefix> {
    static LOST: Seldom = Seldom::new();
    let response = tokio::select! {
        response = response => response,
        () = replies.departure(&incoming) => return None,
    };
    let bytes = wire::encode(&response).map_err(|error| error.to_string());
    let sent = match bytes {
        Ok(bytes) => replies.send(&incoming, bytes).await,
        Err(error) => Err(error),
    };
    sent.unwrap_or_else(|reason| {
        if let Some(left_out) = LOST.due(Instant::now()) {
            let (service, caller) = (S::ROS_TYPE, incoming.caller());
            tracing::warn!(service, caller, reason, left_out, "a reply was lost");
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use rustdds::GUID;

    use super::super::identity::Identity;
    use super::*;
    use crate::ros::backend::podbay_msgs::srv::GetPod;

    #[test]
    fn a_request_that_is_not_text_is_answered() {
        let read = |name: [u8; 2]| {
            let name = [name[0], name[1], 0, 0];
            let request = [&[1, 0, 0, 0], &[0; 4], &[3, 0, 0, 0], &name[..]].concat();
            let incoming = Incoming {
                client: GUID::GUID_UNKNOWN,
                identity: Identity::Header(0, 0),
                request: wire::Raw::new(request),
            };
            read::<GetPod::Service>(incoming).unwrap().1
        };
        assert_eq!(read(*b"ab").unwrap().name, "ab");
        let refusal = read([b'a', 0xff]).unwrap_err();
        assert!(refusal.message.contains("text in UTF-8"), "{refusal}");
    }
}
