//! Requests that are invalid, so that no operation is carried out.

use std::sync::Arc;

use podbay::operation::{DeletePod, GetPod, ListPods, Operation, send, serve};
use podbay_core::request::{Caller, Refusal};
use tokio::sync::mpsc;

use super::evaluation::Log;
use super::podbay;

#[tokio::test]
async fn requests_of_the_local_user_are_not_ros_requests() {
    let podbay = podbay("not-counted", "{}");
    podbay.local(ListPods::default()).await.unwrap();
    let metrics = podbay.bridge.metrics.render().unwrap();
    assert!(!metrics.contains("podbay_ros_request"), "{metrics}");
    podbay.ask(ListPods::default()).await.unwrap();
    let metrics = podbay.bridge.metrics.render().unwrap();
    for family in [
        "podbay_ros_requests_total",
        "podbay_ros_request_duration_seconds_count",
    ] {
        let count = format!("{family}{{outcome=\"ok\",request=\"list_pods\"}} 1\n");
        assert!(metrics.contains(&count), "{metrics}");
    }
    podbay.end().await;
}

#[tokio::test]
async fn they_are_counted_and_those_for_changes_are_logged() {
    let podbay = podbay("invalid", "{}");
    let bridge = Arc::new(podbay.bridge);
    let (calls, taken) = mpsc::channel(1);
    let serving = tokio::spawn(serve(bridge.clone(), taken, 1));
    let log = Log::default();
    let guard = log.listen();
    for (reply, expected) in [
        (
            refused::<GetPod>(&calls, "name is required").await,
            "name is required",
        ),
        (
            refused::<DeletePod>(&calls, "grace_period is -2").await,
            "grace_period is -2",
        ),
    ] {
        assert_eq!(reply, expected);
    }
    drop(guard);
    drop(calls);
    serving.await.unwrap();

    let metrics = bridge.metrics.render().unwrap();
    assert!(
        !metrics.contains("podbay_ros_request_duration_seconds"),
        "{metrics}"
    );
    for name in ["get_pod", "delete_pod"] {
        let count = format!("podbay_ros_requests_total{{outcome=\"invalid\",request=\"{name}\"}} 1\n");
        assert!(metrics.contains(&count), "{metrics}");
    }
    let log = log.text();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("decision=")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    for part in [
        "caller=test",
        "action=\"delete_pod\"",
        "decision=\"refused\"",
        "grace_period is -2",
    ] {
        assert!(lines[0].contains(part), "{log}");
    }
    podbay.embedded.kill().await;
    let _gone = std::fs::remove_dir_all(podbay.folder);
}

async fn refused<O: Operation>(calls: &podbay::operation::Calls, why: &str) -> String {
    let caller = Caller::Graph("test".into());
    let request = Err::<O, _>(Refusal::from(why));
    let reply = send(calls, caller, request).await.unwrap().await;
    reply.map(drop).unwrap_err().message
}
