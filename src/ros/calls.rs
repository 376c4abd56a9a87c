//! The way from a service to the bridge: bounded, so that a flood of requests is answered instead of stored.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::convert::{reply::Outcome, request::Asked};
use crate::domain::request::{Call, Caller, Refusal};

/// Requests of the ROS graph that may be worked on at once, all services together.
const MAX_IN_FLIGHT: usize = 64;

/// Passes requests to the bridge and waits for what comes of them.
#[derive(Clone)]
pub(crate) struct Calls {
    bridge: mpsc::Sender<Call>,
    slots: Arc<Semaphore>,
}

impl Calls {
    pub(crate) fn new(bridge: mpsc::Sender<Call>) -> Self {
        Self {
            bridge,
            slots: Arc::new(Semaphore::new(MAX_IN_FLIGHT)),
        }
    }

    /// What the bridge makes of the request of `caller`.
    pub(crate) async fn ask(self, caller: String, asked: Asked) -> Outcome {
        let request = asked?;
        let Ok(_slot) = self.slots.try_acquire() else {
            return Err(format!("podbay is busy with {MAX_IN_FLIGHT} other requests; ask again").into());
        };
        let (reply, answer) = oneshot::channel();
        let call = Call {
            caller: Caller::Graph(caller),
            request,
            reply,
        };
        self.bridge.send(call).await.map_err(|_| leaving())?;
        answer.await.map_err(|_| leaving())?
    }
}

fn leaving() -> Refusal {
    "podbay is shutting down; ask again when it is back".into()
}
