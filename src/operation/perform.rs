//! What every operation has in common: panics, metrics, the log.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tracing::{error, info, warn};

use super::{Context, Operation};
use crate::bridge::Bridge;
use crate::metrics::{Metrics, Outcome};
use podbay_core::object::ObjectRef;
use podbay_core::request::{Caller, Refusal};
use podbay_text::lengths;
use podbay_text::seldom::Seldom;

/// The reply to a request that was sent: that of its operation, or why it is invalid.
pub(super) async fn reply_to<O: Operation>(
    request: Result<O, Refusal>,
    bridge: &Bridge,
    caller: &Caller,
) -> Result<O::Reply, Refusal> {
    match request {
        Ok(operation) => perform(operation, bridge, caller).await,
        Err(refusal) => {
            count(&bridge.metrics, caller, O::NAME, Outcome::Invalid, None);
            if O::MUTATES {
                log_mutation(caller, O::NAME, "", Some(&refusal), &[]);
            }
            Err(refusal)
        }
    }
}

/// Counts a request that is not sent because there are too many. If it is a change, it is logged like others,
/// but only now and then: the caller sends as many as it likes.
pub(crate) fn turned_away<O: Operation>(
    request: &Result<O, Refusal>,
    metrics: &Metrics,
    caller: &Caller,
    refusal: &Refusal,
) {
    // apart, so that a flood of reads does not hide changes
    static READS: Seldom = Seldom::new();
    static CHANGES: Seldom = Seldom::new();
    count(metrics, caller, O::NAME, Outcome::Busy, None);
    let mutates = request.as_ref().map_or(O::MUTATES, O::mutates);
    let logged = if mutates { &CHANGES } else { &READS };
    let Some(left_out) = logged.due(Instant::now()) else {
        return;
    };
    let reason = &refusal.message;
    if !mutates {
        return warn!(%caller, left_out, "refused: {reason}");
    }
    let subject = request
        .as_ref()
        .map(|operation| lengths::short(&operation.about()));
    let (action, subject) = (O::NAME, subject.unwrap_or_default());
    warn!(%caller, action, subject, decision = "refused", reason, left_out, "request");
}

/// Counts a request of the ROS graph; the local user's are not ROS requests.
fn count(metrics: &Metrics, caller: &Caller, name: &'static str, outcome: Outcome, took: Option<Duration>) {
    match caller {
        Caller::Local => {}
        Caller::Graph(_) => metrics.ros_request(name, outcome, took),
    }
}

/// Carries out `operation` for `caller`, counts it if it is from the ROS graph, and logs it if it is a change.
/// A panic becomes a refusal.
pub async fn perform<O: Operation>(
    operation: O,
    bridge: &Bridge,
    caller: &Caller,
) -> Result<O::Reply, Refusal> {
    // shortened, since callers choose its length
    let subject = operation.mutates().then(|| lengths::short(&operation.about()));
    let started = Instant::now();
    let mut context = Context {
        bridge,
        caller,
        touched: Vec::new(),
    };
    let reply = survived(O::NAME, Box::pin(operation.run(&mut context))).await;
    let outcome = match &reply {
        Ok(_) => Outcome::Ok,
        Err(_) => Outcome::Refused,
    };
    count(&bridge.metrics, caller, O::NAME, outcome, Some(started.elapsed()));
    if let Some(subject) = subject {
        log_mutation(caller, O::NAME, &subject, reply.as_ref().err(), &context.touched);
    }
    reply
}

/// The reply, or a refusal if the operation panicked: a bug that affects one request must not end podbay.
async fn survived<R>(name: &str, reply: impl Future<Output = Result<R, Refusal>>) -> Result<R, Refusal> {
    // Shared state is behind locks, and no panic leaves it half written.
    let reply = AssertUnwindSafe(reply).catch_unwind().await;
    reply.unwrap_or_else(|_| {
        error!("{name} failed because of a bug in podbay, see the panic above");
        Err(Refusal::from(format!(
            "{name} failed because of a bug in podbay; please report it with podbay's log"
        )))
    })
}

/// Logs a change in one line: caller, action, subject, decision, changed objects.
fn log_mutation(
    caller: &Caller,
    action: &str,
    subject: &str,
    refusal: Option<&Refusal>,
    touched: &[ObjectRef],
) {
    let objects = touched
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let Some(refusal) = refusal else {
        return info!(%caller, action, subject, decision = "done", objects, "request");
    };
    // A refusal can quote the request.
    let reason = lengths::short(&refusal.message);
    match caller {
        // The command itself reports it to the local user.
        Caller::Local => info!(%caller, action, subject, decision = "refused", reason, objects, "request"),
        Caller::Graph(_) => warn!(%caller, action, subject, decision = "refused", reason, objects, "request"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_refusal() {
        let faulty = async { Err::<(), _>(Refusal::from(Vec::<String>::new().remove(0))) };
        let refusal = survived("get_pod", faulty).await.unwrap_err();
        assert!(
            refusal.message.starts_with("get_pod failed because of a bug"),
            "{refusal:?}"
        );
        let done = async { Ok("done") };
        assert_eq!(survived("get_pod", done).await, Ok("done"));
    }
}
