//! Pods that podbay did not make.

use std::time::Duration;

use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};
use podbay_core::request::{Caller, ExecInPod, GetLogs, ListPods, Reply, Request};
use serde_json::json;

use super::{created, podbay};

fn key() -> PodKey {
    PodKey::new("default", "theirs")
}

/// Everything that changes a pod or looks into it.
fn requests() -> [Request; 4] {
    let grace = Some(Duration::ZERO);
    [
        Request::GetLogs(GetLogs {
            key: key(),
            container: String::new(),
            tail_lines: 0,
            previous: false,
        }),
        Request::ExecInPod(ExecInPod {
            key: key(),
            container: String::new(),
            command: vec!["true".to_owned()],
            timeout: Duration::from_secs(10),
        }),
        Request::RestartPod { key: key(), grace },
        Request::DeletePod { key: key(), grace },
    ]
}

async fn with_a_pod_of_others(test: &str, policy: &str) -> super::Podbay {
    let podbay = podbay(test, policy);
    let theirs = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "theirs", "namespace": "default"},
        "spec": {"containers": [{"name": "c", "image": "i", "args": ["sh", "-c", "echo begun; sleep 600"]}]}});
    podbay.inner.create(&Object(theirs), false).await.unwrap();
    let mut snapshots = podbay.bridge.model.watch();
    let runs = snapshots.wait_for(|now| now.pod(&key()).is_some_and(|report| report.pod.ready));
    runs.await.unwrap();
    podbay
}

#[tokio::test]
async fn they_are_neither_changed_nor_looked_into() {
    let podbay = with_a_pod_of_others("others", "{allow_exec: true}").await;
    for request in requests() {
        let said = podbay.ask(request.clone()).await.unwrap_err();
        assert!(
            said.contains(
                "Pod default/theirs was not made by podbay (rule other-pods): `allow_other_pods: true`"
            ),
            "{}: {said}",
            request.name()
        );
    }
    // that they are there is what `~/pods` tells anyway
    assert!(podbay.ask(Request::GetPod { key: key() }).await.is_ok());
    match podbay.ask(Request::ListPods(ListPods::default())).await {
        Ok(Reply::Pods { pods, .. }) => assert_eq!(pods.len(), 1),
        other => panic!("{other:?}"),
    }
    assert!(
        podbay
            .inner
            .get(&ObjectRef::pod("default", "theirs"))
            .await
            .is_ok()
    );
    podbay.end().await;
}

#[tokio::test]
async fn they_are_where_that_is_allowed_and_for_the_local_user() {
    for (test, policy, caller) in [
        (
            "others-allowed",
            "{allow_exec: true, allow_other_pods: true}",
            Caller::Graph("dds:1".into()),
        ),
        ("others-local", "{}", Caller::Local),
    ] {
        let podbay = with_a_pod_of_others(test, policy).await;
        for request in requests() {
            let answer = podbay.bridge.answer(&caller, request.clone()).await;
            assert!(answer.is_ok(), "{}: {answer:?}", request.name());
        }
        podbay.end().await;
    }
}

#[tokio::test]
async fn a_grace_period_of_a_request_has_a_bound() {
    let podbay = podbay("grace", "{}");
    let own = "{apiVersion: v1, kind: Pod, metadata: {name: theirs}, spec: {containers: [{name: c, image: i, args: [sleep, \"600\"]}]}}";
    podbay.ask(created(own)).await.unwrap();
    let grace = Some(Duration::from_secs(301));
    for request in [
        Request::DeletePod { key: key(), grace },
        Request::RestartPod { key: key(), grace },
    ] {
        let said = podbay.ask(request).await.unwrap_err();
        assert!(
            said.contains("(rule grace): `allow_grace_seconds: 301`"),
            "{said}"
        );
    }
    let grace = Some(Duration::ZERO);
    podbay
        .ask(Request::DeletePod { key: key(), grace })
        .await
        .unwrap();
    podbay.end().await;
}
