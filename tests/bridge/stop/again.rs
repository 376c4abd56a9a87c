//! Stopping a launch that was already stopped.

use std::sync::atomic::Ordering;
use std::time::Duration;

use podbay::operation::{Done, StartLaunch};
use podbay_core::names::LABEL_LAUNCH;
use podbay_core::object::Object;
use serde_json::json;

use super::{forged, stop};
use crate::faulty::Fate;
use crate::{described, podbay};

/// A pod with the label of a launch that has no record; it ends only when it is killed.
fn stray(namespace: &str, name: &str, launch: &str) -> Object {
    let stays = "trap : TERM; while :; do sleep 1; done";
    Object(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace,
        "labels": {LABEL_LAUNCH: launch}}, "spec": {"terminationGracePeriodSeconds": 600,
        "containers": [{"name": "c", "image": "i", "args": ["sh", "-c", stays]}]}}),
    )
}

#[tokio::test]
async fn a_launch_was_stopped_already_only_if_it_is_unknown_and_its_pods_end_where_the_caller_may_look() {
    let podbay = crate::podbay_in("stop-reasons", &["default", "elsewhere", "a", "b"]);
    podbay.cluster.unbounded.store(true, Ordering::Relaxed);
    let mut told = podbay.bridge.model.watch();
    let runs = podbay.put(&stray("default", "runs", "gone")).await;
    let also = podbay.put(&stray("default", "ends", "twice")).await;
    let elsewhere = podbay.put(&stray("elsewhere", "ends", "gone")).await;
    for namespace in ["a", "b"] {
        let mut record = forged("twice", "");
        record.0["metadata"]["namespace"] = namespace.into();
        podbay.put(&record).await;
    }
    let ready = |now: &podbay_core::model::Snapshot| now.pods().filter(|report| report.pod.ready).count();
    let all = told.wait_for(|now| ready(now) == 3 && now.launches_called("twice").count() == 2);
    drop(all.await.unwrap());
    podbay.inner.delete(&elsewhere, None).await.unwrap();
    let ends = |now: &podbay_core::model::Snapshot| now.pods().any(|report| report.pod.deleting.is_some());
    drop(told.wait_for(|now| ends(now)).await.unwrap());
    // one is running, and the caller may not access the other
    let said = podbay.ask(stop("gone")).await.unwrap_err();
    assert!(said.contains("launch \"gone\" not found"), "{said}");
    let local = podbay.local(stop("gone")).await;
    let expected = "launch gone was already stopped; 1 of its pods is still ending";
    assert_eq!(local.unwrap(), Done(expected.to_owned()));
    for what in [&runs, &also] {
        podbay.inner.delete(what, None).await.unwrap();
    }
    let ending = |now: &podbay_core::model::Snapshot| {
        now.pods().filter(|report| report.pod.deleting.is_some()).count()
    };
    drop(told.wait_for(|now| ending(now) == 3).await.unwrap());
    let said = podbay.ask(stop("twice")).await.unwrap_err();
    assert!(said.contains("exists in several namespaces (a, b)"), "{said}");
    podbay.cluster.rule(|change| match change.verb {
        "get" => Fate::Drop,
        _ => Fate::Pass,
    });
    let said = podbay.ask(stop("gone")).await.unwrap_err();
    assert!(said.contains("504 Gateway Timeout"), "{said}");
    // an unknown state does not mean that there is none
    assert!(podbay.bridge.record("gone").await.is_err());
    podbay.end().await;
}

#[tokio::test]
async fn a_launch_is_waited_for_as_long_as_its_grace_periods_last() {
    let podbay = podbay("stop-grace", "{}");
    let go = std::env::temp_dir().join(format!("podbay-stop-grace-{}", std::process::id()));
    let cmd = format!(
        "trap : TERM INT; until test -e {}; do sleep 0.1; done",
        go.display()
    );
    let description =
        format!("<launch><executable cmd=\"sh -c '{cmd}'\" name='x' sigterm_timeout='200'/></launch>");
    podbay
        .ask(StartLaunch(described("grace", description)))
        .await
        .unwrap();
    let mut told = podbay.bridge.model.watch();
    let runs = told.wait_for(|now| now.pods().any(|report| report.pod.ready));
    drop(runs.await.unwrap());
    let record = podbay.bridge.record("grace").await.unwrap().unwrap();
    podbay.ask(stop("grace")).await.unwrap();
    let ends = told.wait_for(|now| now.pods().any(|report| report.pod.deleting.is_some()));
    drop(ends.await.unwrap());
    let ended = podbay.bridge.until_ended(&record, Duration::ZERO);
    let goes = async {
        std::fs::write(&go, "").unwrap();
        std::future::pending::<()>().await;
    };
    // the process goes only once podbay waits
    tokio::select! {
        biased;
        ended = ended => ended.unwrap(),
        () = goes => {}
    }
    std::fs::remove_file(&go).unwrap();
    podbay.end().await;
}

#[tokio::test]
async fn a_launch_that_is_still_ending_was_stopped_already() {
    let podbay = podbay("stopped-twice", "{}");
    // ends only when it is killed
    let description = "<launch><executable cmd=\"sh -c 'trap : TERM; while :; do sleep 1; done'\" name='x' \
                       sigterm_timeout='200'/></launch>";
    let launch = described("slow", description);
    podbay.ask(StartLaunch(launch)).await.unwrap();
    let mut told = podbay.bridge.model.watch();
    let runs = told.wait_for(|now| now.pods().any(|report| report.pod.ready));
    drop(runs.await.unwrap());
    let first = podbay.ask(stop("slow")).await.unwrap();
    assert_eq!(first, Done("launch slow is being stopped".to_owned()));
    drop(
        told.wait_for(|now| now.launches().next().is_none())
            .await
            .unwrap(),
    );
    let second = podbay.ask(stop("slow")).await.unwrap();
    let expected = "launch slow was already stopped; 1 of its pods is still ending";
    assert_eq!(second, Done(expected.to_owned()));
    podbay.end().await;
}
