//! `get_pod`: one pod and its health.

use std::sync::Arc;

use super::{Context, Kind, Operation, asked};
use podbay_core::health::PodReport;
use podbay_core::names::PodKey;
use podbay_core::request::Refusal;

/// Get one pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetPod {
    /// The pod.
    pub key: PodKey,
}

/// The pod's state in the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Found(pub Arc<PodReport>);

impl Operation for GetPod {
    type Reply = Found;

    const NAME: &'static str = "get_pod";
    const KIND: Kind = Kind::Read;
    const MUTATES: bool = false;

    fn about(&self) -> String {
        asked(&self.key)
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Found, Refusal> {
        let key = context.bridge.complete(self.key)?;
        context.bridge.known(&key).map(Found)
    }
}
