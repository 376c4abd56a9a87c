//! Forwards service requests to the bridge, within limits: a flood of requests is refused instead of
//! queued.

use std::time::Instant;

use super::backend::KNOWS_CALLERS;
use super::fair::{Fair, Slot};
use crate::config::limits::Limits;
use crate::operation::{self, Kind, Operation};
use crate::seldom::Seldom;
use podbay_core::request::{Caller, Client, Refusal};

/// Sends operations to the bridge and waits for the replies.
#[derive(Clone)]
pub(crate) struct Calls {
    calls: operation::Calls,
    fair: Fair,
}

impl Calls {
    pub(crate) fn new(calls: operation::Calls, limits: &Limits) -> Self {
        Self {
            calls,
            fair: Fair::new(limits),
        }
    }

    /// The reply to `caller`. If this future is dropped, an operation that changes nothing is cancelled; a
    /// change keeps its slot until it is finished.
    pub(crate) async fn ask<O: Operation>(
        self,
        caller: String,
        request: Result<O, Refusal>,
    ) -> Result<O::Reply, Refusal> {
        let caller = client(caller);
        let kind = request.as_ref().map_or(Kind::Read, |_| O::KIND);
        let slot = self.slot_of(&caller, kind)?;
        let mutates = request.as_ref().is_ok_and(O::mutates);
        let reply = operation::send(&self.calls, Caller::Graph(caller), request).await?;
        let answered = async move {
            let reply = reply.await;
            drop(slot);
            reply
        };
        match mutates {
            true => tokio::spawn(answered)
                .await
                .unwrap_or_else(|_| Err(operation::leaving())),
            false => answered.await,
        }
    }

    /// A slot for a request of `caller`.
    pub(crate) fn slot(&self, caller: String, kind: Kind) -> Result<Slot, Refusal> {
        self.slot_of(&client(caller), kind)
    }

    fn slot_of(&self, caller: &Client, kind: Kind) -> Result<Slot, Refusal> {
        static REFUSED: Seldom = Seldom::new();
        self.fair.slot(caller.account(), kind).map_err(|reason| {
            if let Some(left_out) = REFUSED.due(Instant::now()) {
                tracing::warn!(caller = caller.id, left_out, "refused: {reason}");
            }
            Refusal::from(reason)
        })
    }
}

fn client(id: String) -> Client {
    Client {
        id,
        known: KNOWS_CALLERS,
    }
}
