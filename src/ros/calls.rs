//! Forwards service requests to the bridge, within limits: a flood of requests is refused instead of
//! queued.

use std::time::Instant;

use super::backend::KNOWS_CALLERS;
use super::fair::{Busy, Fair, Slot};
use crate::metrics::Metrics;
use crate::operation::{self, Kind, Operation};
use podbay_config::limits::Limits;
use podbay_core::request::{Caller, Client, Refusal};
use podbay_text::seldom::Seldom;

/// Sends operations to the bridge and waits for the replies.
#[derive(Clone)]
pub(crate) struct Calls {
    calls: operation::Calls,
    fair: Fair,
    metrics: Metrics,
}

impl Calls {
    /// Sends to `calls` within `limits`; what exceeds them is counted in `metrics`.
    pub(crate) fn new(calls: operation::Calls, limits: &Limits, metrics: Metrics) -> Self {
        Self {
            calls,
            fair: Fair::new(limits),
            metrics,
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
        let slot = self.fair.slot(caller.account(), kind);
        let caller = Caller::Graph(caller);
        let slot = slot.map_err(|busy| {
            let refusal = Refusal::from(busy.to_string());
            operation::turned_away(&request, &self.metrics, &caller, &refusal);
            refusal
        })?;
        let mutates = request.as_ref().is_ok_and(O::mutates);
        let reply = operation::send(&self.calls, caller, request).await?;
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

    /// A slot for a request of `caller` that is not an operation.
    pub(crate) fn slot(&self, caller: String, kind: Kind) -> Result<Slot, Busy> {
        static REFUSED: Seldom = Seldom::new();
        let caller = client(caller);
        self.fair.slot(caller.account(), kind).inspect_err(|busy| {
            if let Some(left_out) = REFUSED.due(Instant::now()) {
                tracing::warn!(caller = caller.id, left_out, "refused: {busy}");
            }
        })
    }
}

fn client(id: String) -> Client {
    Client {
        id,
        known: KNOWS_CALLERS,
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use podbay_core::names::PodKey;
    use tokio::sync::mpsc;

    use super::*;
    use crate::operation::{DeletePod, GetPod, ListPods};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn requests_without_a_slot_are_counted_and_changes_logged() {
        let metrics = Metrics::new("dds", "kube").unwrap();
        let calls = Calls::new(mpsc::channel(1).0, &Limits::default(), metrics.clone());
        let mut slots = Vec::new();
        for kind in [Kind::Change, Kind::Read] {
            slots.extend(std::iter::from_fn(|| calls.slot("a".to_owned(), kind).ok()));
        }
        let read = Ok(ListPods::default());
        calls.clone().ask("a".to_owned(), read).await.unwrap_err();
        let (log, key) = (Log::default(), PodKey::new("default", "talker"));
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_ansi(false);
        let guard = tracing::subscriber::set_default(subscriber.with_writer(move || writer.clone()).finish());
        let delete = DeletePod {
            key,
            grace: Some(Duration::ZERO),
        };
        let refusal = calls.clone().ask("a".to_owned(), Ok(delete)).await.unwrap_err();
        drop(guard);
        assert!(refusal.message.starts_with("podbay is busy with "), "{refusal:?}");
        let invalid = Err::<GetPod, _>(Refusal::from("name is required"));
        calls.clone().ask("a".to_owned(), invalid).await.unwrap_err();
        let metrics = metrics.render().unwrap();
        for name in ["delete_pod", "get_pod", "list_pods"] {
            let count = format!("podbay_ros_requests_total{{outcome=\"busy\",request=\"{name}\"}} 1\n");
            assert!(metrics.contains(&count), "{metrics}");
        }
        assert!(
            !metrics.contains("podbay_ros_request_duration_seconds"),
            "{metrics}"
        );
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        for part in [
            "caller=a ",
            "action=\"delete_pod\" subject=\"default/talker\"",
            "decision=\"refused\"",
            "busy",
        ] {
            assert!(log.contains(part), "{part} is not in\n{log}");
        }
    }
}
