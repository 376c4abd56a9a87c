//! Forwards service requests to the bridge, within limits: a flood of requests is refused instead of queued.

use std::time::Instant;

use tokio::sync::{mpsc, oneshot};

use super::backend::KNOWS_CALLERS;
use super::convert::{reply::Outcome, request::Asked};
use super::fair::{Fair, Kind, Slot};
use crate::config::limits::Limits;
use crate::seldom::Seldom;
use podbay_core::request::{Call, Caller, Client, Refusal};

/// Sends requests to the bridge and waits for the replies.
#[derive(Clone)]
pub(crate) struct Calls {
    bridge: mpsc::Sender<Call>,
    fair: Fair,
}

impl Calls {
    pub(crate) fn new(bridge: mpsc::Sender<Call>, limits: &Limits) -> Self {
        Self {
            bridge,
            fair: Fair::new(limits),
        }
    }

    /// The bridge's reply to `caller`. If this future is dropped, the bridge cancels requests that change
    /// nothing; a change keeps its slot until it is finished.
    pub(crate) async fn ask(self, caller: String, asked: Asked) -> Outcome {
        let caller = client(caller);
        let kind = asked.as_ref().map_or(Kind::Read, Kind::of);
        let slot = self.slot_of(&caller, kind)?;
        let request = asked?;
        let mutates = request.mutates();
        let (reply, answer) = oneshot::channel();
        let call = Call {
            caller: Caller::Graph(caller),
            request,
            reply,
        };
        self.bridge.send(call).await.map_err(|_| leaving())?;
        let answered = async move {
            let answer = answer.await;
            drop(slot);
            answer
        };
        let answer = if mutates {
            tokio::spawn(answered).await.map_err(|_| leaving())?
        } else {
            answered.await
        };
        answer.map_err(|_| leaving())?
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

fn leaving() -> Refusal {
    "podbay is shutting down; ask again when it is back".into()
}
