//! Limits on what ROS callers may have.

use std::sync::Arc;

use podbay::bridge::Quota;
use podbay::operation::{CreatePod, DeletePod, ListPods, StartLaunch};
use podbay_config::limits::Limits;
use podbay_core::change::{Change, Event};
use podbay_core::cluster::pod::from_kubernetes;
use podbay_core::health::Connection;
use podbay_core::model::{self, PodQuery};
use podbay_core::names::{Nodes, PodKey};
use podbay_core::pod::Pod;
use podbay_core::report_size::{Detail, bytes};
use serde_json::json;
use tokio::sync::{mpsc, watch};

use super::{create, created, described, launch, podbay};

#[tokio::test(flavor = "multi_thread")]
async fn pods_and_launches_of_the_graph_have_a_bound_and_those_of_the_local_user_do_not_count() {
    let mut podbay = podbay("quota", "{}");
    podbay.bridge.quota = Quota::new(Limits {
        pods: 3,
        launches: 2,
        ..Limits::default()
    });
    let pod = |name: &str| CreatePod {
        dry_run: false,
        ..create(&format!("{{name: {name}}}"))
    };
    let local = podbay.local(pod("local")).await;
    assert!(local.is_ok(), "{local:?}");
    for name in ["a", "b", "c"] {
        let made = podbay.ask(pod(name)).await;
        assert!(made.is_ok(), "{made:?}");
    }
    // at once, even if the model has not seen all of them yet
    let refusal = podbay.ask(pod("d")).await.unwrap_err();
    assert_eq!(
        refusal,
        "ROS callers may have 3 pods, and there are 3, so 1 more is too many; delete some (the limit is `pods` \
         under `limits` in podbay's configuration)"
    );
    let refusal = podbay.ask(launch("one")).await.unwrap_err();
    assert!(refusal.contains("may have 3 pods"), "{refusal}");
    let local = podbay.local(pod("d")).await;
    assert!(local.is_ok(), "{local:?}");

    let keys = ["a", "b", "c"].map(|name| PodKey::new("default", name));
    for key in keys {
        let grace = Some(std::time::Duration::ZERO);
        assert!(podbay.ask(DeletePod { key, grace }).await.is_ok());
    }
    let mut told = podbay.bridge.model.watch();
    drop(told.wait_for(|now| now.pod_count() == 2).await.unwrap());
    for id in ["one", "two"] {
        let started = podbay.ask(launch(id)).await;
        assert!(started.is_ok(), "{started:?}");
    }
    let refusal = podbay.ask(launch("three")).await.unwrap_err();
    assert!(
        refusal.contains("may have 2 launches") && refusal.contains("`launches` under `limits`"),
        "{refusal}"
    );
    podbay.end().await;
}

#[tokio::test]
async fn what_the_model_has_not_heard_of_counts() {
    let mut podbay = podbay("quota-lag", "{}");
    podbay.bridge.quota = Quota::new(Limits {
        pods: 2,
        launches: 1,
        ..Limits::default()
    });
    let (events, told) = mpsc::channel(4);
    let (model, keep) = model::new(told, watch::channel(Nodes::new()).1);
    tokio::spawn(keep);
    podbay.bridge.model = model;
    events
        .send(Event::Lost {
            reason: "nobody answers".to_owned(),
        })
        .await
        .unwrap();
    let mut heard = podbay.bridge.model.watch();
    let lost = |now: &Arc<model::Snapshot>| matches!(now.connection(), Connection::Lost { .. });
    drop(heard.wait_for(lost).await.unwrap());
    let said = podbay.ask(launch("a")).await.unwrap_err();
    assert!(
        said.contains("is unknown") && said.contains("nobody answers"),
        "{said}"
    );
    // from here on, the model is empty and gets no events
    for event in [
        Event::Pods(Change::Reset(Vec::new())),
        Event::Launches(Change::Reset(Vec::new())),
        Event::Connected,
    ] {
        events.send(event).await.unwrap();
    }
    drop(heard.wait_for(|now| !lost(now)).await.unwrap());
    podbay.ask(launch("a")).await.unwrap();
    let said = podbay.ask(launch("b")).await.unwrap_err();
    assert!(
        said.contains("may have 1 launch, and there is 1, so 1 more is too many"),
        "{said}"
    );
    let pod = |name: &str| {
        created(&format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{containers: [{{name: c, image: i, \
             args: [\"true\"]}}]}}}}"
        ))
    };
    podbay.ask(pod("one")).await.unwrap();
    let said = podbay.ask(pod("two")).await.unwrap_err();
    assert!(said.contains("may have 2 pods, and there are 2"), "{said}");
    let key = PodKey::new("default", "one");
    let grace = Some(std::time::Duration::ZERO);
    podbay.ask(DeletePod { key, grace }).await.unwrap();
    podbay.ask(pod("two")).await.unwrap();
    podbay.end().await;
}

/// The largest pod: as many nodes and containers as are published, with long names.
fn largest(number: usize) -> Pod {
    let nodes: Vec<_> = (0..80).map(|node| format!("/n{node:0>98}")).collect();
    let container =
        |container: usize| json!({"name": format!("c{container:0>50}"), "image": "i".repeat(3000)});
    let pod = json!({
        "metadata": {"name": format!("p{number}"), "namespace": "default",
                     "annotations": {"podbay.dev/nodes": nodes.join(",")}},
        "spec": {"containers": (0..300).map(container).collect::<Vec<_>>()},
        "status": {"phase": "Failed", "message": "m".repeat(100_000)},
    });
    from_kubernetes(&serde_json::from_value(pod).unwrap())
}

#[tokio::test]
async fn the_largest_pods_there_may_be_are_listed_in_pages_that_can_be_sent() {
    let mut podbay = podbay("pages", "{}");
    let (events, told) = mpsc::channel(4);
    let (model, keep) = model::new(told, watch::channel(Nodes::new()).1);
    tokio::spawn(keep);
    podbay.bridge.model = model;
    let pods = (0..200).map(largest).collect();
    events.send(Event::Pods(Change::Reset(pods))).await.unwrap();
    let mut heard = podbay.bridge.model.watch();
    drop(heard.wait_for(|now| now.pod_count() == 200).await.unwrap());
    let mut query = PodQuery::default();
    let (mut pages, mut names) = (0, Vec::new());
    loop {
        let page = podbay.ask(ListPods(query.clone())).await.unwrap().0;
        let pods = page.pods;
        let bytes: usize = pods.iter().map(|report| bytes(report, Detail::Whole)).sum();
        assert!(!pods.is_empty() && bytes <= 2 << 20, "{bytes}");
        pages += 1;
        names.extend(pods.iter().map(|report| report.pod.key.name.clone()));
        query.continue_token = page.continue_token;
        if query.continue_token.is_empty() {
            break;
        }
    }
    names.sort();
    names.dedup();
    assert!(
        names.len() == 200 && pages > 5,
        "{} pods on {pages} pages",
        names.len()
    );
    let local = podbay.local(ListPods::default()).await;
    assert_eq!(local.unwrap().0.pods.len(), 200);
    podbay.end().await;
}

/// A waiting pod with `bytes` of arguments.
fn large(name: &str, bytes: usize) -> CreatePod {
    let text = "x".repeat(bytes);
    created(&format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: {name}}}, spec: {{containers: [{{name: c, image: i, \
         command: [sleep, \"600\", {text}]}}]}}}}"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn pods_and_launches_of_the_graph_are_measured_together() {
    let mut podbay = podbay("quota-bytes", "{}");
    podbay.bridge.quota = Quota::new(Limits {
        object_bytes: 300_000,
        ..Limits::default()
    });
    let local = podbay.local(large("local", 100_000)).await;
    assert!(local.is_ok(), "{local:?}");
    for name in ["a", "b"] {
        podbay.ask(large(name, 100_000)).await.unwrap();
    }
    let refusal = podbay.ask(large("c", 100_000)).await.unwrap_err();
    assert_eq!(
        refusal,
        "pods and launches of ROS callers are limited to 300000 bytes, counting 64 for each value in their \
         objects; there are 202616, so 101308 more are too many: delete some, or request smaller ones (the \
         limit is `object_bytes` under `limits` in podbay's configuration)"
    );
    let arguments = (0..90)
        .map(|number| format!("{number:0>1000}"))
        .collect::<Vec<_>>()
        .join(" ");
    let description = format!("<launch><executable cmd='sleep 600 {arguments}' name='x'/></launch>");
    let launch = || StartLaunch(described("large", description.as_str()));
    let refusal = podbay.ask(launch()).await.unwrap_err();
    assert!(refusal.contains("are limited to 300000 bytes"), "{refusal}");
    // the model counts the pods that it has seen, without those that are gone
    let (grace, key) = (Some(std::time::Duration::ZERO), PodKey::new("default", "a"));
    podbay.ask(DeletePod { key, grace }).await.unwrap();
    let mut told = podbay.bridge.model.watch();
    drop(told.wait_for(|now| now.pod_count() == 2).await.unwrap());
    podbay.ask(launch()).await.unwrap();
    let refusal = podbay.ask(large("d", 100_000)).await.unwrap_err();
    assert!(refusal.contains("are limited to 300000 bytes"), "{refusal}");
    podbay.end().await;
}
