//! Pods that podbay did not create.

use std::time::Duration;

use podbay::operation::{DeletePod, ExecInPod, GetLogs, GetPod, ListPods, Operation, RestartPod};
use podbay_core::cluster::{Exec, LogQuery};
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};
use podbay_core::request::Caller;
use serde_json::json;

use super::faulty::Fate;
use super::{Podbay, created, podbay};

fn key() -> PodKey {
    PodKey::new("default", "theirs")
}

/// The replies to `caller` for all operations that change a pod or look into it.
async fn replies(podbay: &Podbay, caller: &Caller) -> [(&'static str, Result<(), String>); 4] {
    let grace = Some(Duration::ZERO);
    let container = String::new();
    let log = GetLogs(LogQuery {
        key: key(),
        container: container.clone(),
        tail_lines: 0,
        previous: false,
    });
    let exec = ExecInPod(Exec {
        key: key(),
        container,
        command: vec!["true".to_owned()],
        timeout: Duration::from_secs(10),
    });
    [
        reply(podbay, caller, log).await,
        reply(podbay, caller, exec).await,
        reply(podbay, caller, RestartPod { key: key(), grace }).await,
        reply(podbay, caller, DeletePod { key: key(), grace }).await,
    ]
}

async fn reply<O: Operation>(
    podbay: &Podbay,
    caller: &Caller,
    operation: O,
) -> (&'static str, Result<(), String>) {
    let reply = podbay.ask_as(caller, operation).await;
    (O::NAME, reply.map(drop).map_err(|refusal| refusal.message))
}

async fn with_a_pod_of_others(test: &str, policy: &str) -> Podbay {
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
    for (name, reply) in replies(&podbay, &Caller::Graph("test".into())).await {
        let said = reply.unwrap_err();
        assert!(
            said.contains(
                "Pod default/theirs was not created by podbay (rule other-pods): `allow_other_pods: true`"
            ),
            "{name}: {said}"
        );
    }
    // their existence is published on `~/pods` anyway
    assert!(podbay.ask(GetPod { key: key() }).await.is_ok());
    let listed = podbay.ask(ListPods::default()).await.unwrap();
    assert_eq!(listed.0.pods.len(), 1);
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
        for (name, reply) in replies(&podbay, &caller).await {
            assert_eq!(reply, Ok(()), "{name}");
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
    for reply in [
        podbay.ask(DeletePod { key: key(), grace }).await,
        podbay.ask(RestartPod { key: key(), grace }).await,
    ] {
        let said = reply.unwrap_err();
        assert!(
            said.contains("(rule grace): `allow_grace_seconds: 301`"),
            "{said}"
        );
    }
    let grace = Some(Duration::ZERO);
    podbay.ask(DeletePod { key: key(), grace }).await.unwrap();
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_that_does_not_exist_is_reported_alike_with_a_similar_name() {
    let podbay = with_a_pod_of_others("absent", "allow_other_pods: true").await;
    let caller = Caller::Graph("test".into());
    for (name, expected) in [
        (
            "theirz",
            "Pod default/theirz not found in the embedded cluster; did you mean `theirs`?",
        ),
        (
            "nope",
            "Pod default/nope not found in the embedded cluster; list_pods lists all pods",
        ),
    ] {
        let key = PodKey::new("default", name);
        let grace = None;
        for (operation, reply) in [
            reply(&podbay, &caller, GetPod { key: key.clone() }).await,
            reply(
                &podbay,
                &caller,
                DeletePod {
                    key: key.clone(),
                    grace,
                },
            )
            .await,
            reply(
                &podbay,
                &caller,
                RestartPod {
                    key: key.clone(),
                    grace,
                },
            )
            .await,
        ] {
            assert_eq!(reply.unwrap_err(), expected, "{operation}");
        }
    }
    podbay.end().await;
}

#[tokio::test]
async fn without_a_log_the_reason_is_that_of_the_health() {
    let podbay = podbay("logless", "{}");
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: broken}, \
         spec: {containers: [{name: c, image: i, args: [no-such-program]}]}}";
    podbay.ask(created(manifest)).await.unwrap();
    let key = PodKey::new("default", "broken");
    let mut snapshots = podbay.bridge.model.watch();
    let waits = snapshots.wait_for(|now| {
        now.pod(&key)
            .is_some_and(|report| report.health.reason == "CrashLoopBackOff")
    });
    let report = waits.await.unwrap().pod(&key).unwrap().clone();
    let log = GetLogs(LogQuery {
        key,
        container: String::new(),
        tail_lines: 0,
        previous: false,
    });
    let said = podbay.ask(log).await.unwrap_err();
    let health = &report.health.message;
    let expected =
        format!("container c of pod default/broken is waiting to start; CrashLoopBackOff: {health}");
    assert_eq!(said, expected);
    assert!(health.contains("executable file not found"), "{health}");
    podbay.end().await;
}

#[tokio::test]
async fn a_command_with_a_nul_is_refused_before_it_is_run() {
    let podbay = with_a_pod_of_others("nul", "{}").await;
    let exec = ExecInPod(Exec {
        key: key(),
        container: String::new(),
        command: vec!["echo".to_owned(), "a\0b".to_owned()],
        timeout: Duration::from_secs(10),
    });
    let (_, reply) = reply(&podbay, &Caller::Local, exec).await;
    assert_eq!(
        reply.unwrap_err(),
        "the command has a NUL character in command[1], which processes cannot receive; remove it"
    );
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_is_deleted_though_the_reply_was_lost() {
    let podbay = podbay("others-lost", "{}");
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: theirs}, spec: {containers: [{name: c, image: i, args: [sleep, \"600\"]}]}}";
    podbay.ask(created(manifest)).await.unwrap();
    podbay.cluster.rule(|change| match (change.verb, change.before) {
        ("delete", 0) => Fate::LoseReply,
        _ => Fate::Pass,
    });
    let grace = Some(Duration::ZERO);
    podbay.ask(DeletePod { key: key(), grace }).await.unwrap();
    podbay.end().await;
}
