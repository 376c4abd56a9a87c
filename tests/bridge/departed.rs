//! Callers that leave before the reply.

use std::sync::Arc;
use std::time::Duration;

use podbay::operation::{LaunchRequest, Operation, TranslateLaunch, send, serve};
use podbay_core::object::ObjectRef;
use podbay_core::request::Caller;
use podbay_launch_file::{Format, Source};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::evaluation::with_profile;
use super::faulty::Fate;
use super::{Podbay, created, podbay};

/// Deadline for a wait that should end.
const NEVER: Duration = Duration::from_secs(60);

/// Sends a request to the bridge; its caller waits for the reply as long as `listening` is pending.
async fn asked<O: Operation>(podbay: Podbay, operation: O, listening: impl Future<Output = ()>) -> Podbay {
    let Podbay {
        bridge,
        cluster,
        inner,
        embedded,
        folder,
    } = podbay;
    let bridge = Arc::new(bridge);
    let (calls, taken) = mpsc::channel(1);
    let caller = Caller::Graph("gone".into());
    let reply = send(&calls, caller, Ok(operation)).await.unwrap();
    drop(calls);
    serve(bridge.clone(), taken, 1).await;
    listening.await;
    drop(reply);
    bridge.at_work.close();
    timeout(NEVER, bridge.at_work.wait()).await.unwrap();
    let bridge = Arc::into_inner(bridge).unwrap();
    Podbay {
        bridge,
        cluster,
        inner,
        embedded,
        folder,
    }
}

#[tokio::test]
async fn an_evaluation_is_given_up() {
    let podbay = with_profile("departed", "{}", "image: i\n");
    podbay.cluster.rule(|_| Fate::Hang);
    let cluster = podbay.cluster.clone();
    let begun = async move {
        while cluster.wanted.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let python = Source::text("import this", Some(Format::Python));
    let python = TranslateLaunch(LaunchRequest::new(python));
    asked(podbay, python, begun).await.end().await;
}

#[tokio::test]
async fn a_change_is_finished() {
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: kept}, spec: {containers: [{name: c, image: i, args: [\"true\"]}]}}";
    let podbay = podbay("departed-change", "{}");
    let podbay = asked(podbay, created(manifest), async {}).await;
    let pod = ObjectRef::pod("default", "kept");
    assert_eq!(podbay.inner.get(&pod).await.unwrap().name(), "kept");
    podbay.end().await;
}
