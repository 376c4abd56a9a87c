//! Objects of the embedded cluster, through its public interface. No pod runs.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use podbay_core::cluster::{Change, Cluster, Error, Event, Result};
use podbay_core::names::LABEL_LAUNCH;
use podbay_core::object::{Object, ObjectRef};
use podbay_embedded::{EmbeddedCluster, EmbeddedOptions};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;

/// A cluster with the namespace `robots`, in a folder that is removed with the test.
fn cluster() -> (EmbeddedCluster, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let options = EmbeddedOptions {
        namespaces: vec!["robots".to_owned()],
        directory: Some(folder.path().to_owned()),
        ..EmbeddedOptions::default()
    };
    (EmbeddedCluster::new(options).unwrap(), folder)
}

/// A field of the pod's spec, a value for it, and the error.
const INVALID: &str = r#"
    tolerations | [{"operator": "Exists"}, {"key": "k", "value": "v"}] |
    tolerations | [{"key": "k", "operator": "Exists", "value": "v"}] | spec.tolerations[0].operator: must not be Exists if `value` is set
    tolerations | [{"key": "k", "effect": "NoExecute", "tolerationSeconds": 0}] |
    tolerations | [{"key": "k", "effect": "NoSchedule", "tolerationSeconds": 5}] | spec.tolerations[0].effect: must be NoExecute if `tolerationSeconds` is set
    tolerations | [{"key": "k", "tolerationSeconds": 5}] | spec.tolerations[0].effect: must be NoExecute if `tolerationSeconds` is set
    tolerations | [{"key": "k", "operator": "Exist"}] | spec.tolerations[0].operator: "Exist" is not one of Equal, Exists
    containers/0/lifecycle | {"preStop": {"exec": {"command": ["x"]}}} |
    containers/0/lifecycle | {"preStop": {}} | spec.containers[0].lifecycle.preStop: requires exactly one of exec, httpGet, tcpSocket, sleep
    containers/0/lifecycle | {"postStart": {}} | spec.containers[0].lifecycle.postStart: requires exactly one of exec, httpGet, tcpSocket, sleep
    containers/0/lifecycle | {"preStop": {"sleep": {"seconds": 31}}} | spec.containers[0].lifecycle.preStop.sleep: 31 s must be between 0 and terminationGracePeriodSeconds (30)
    containers | [] | spec.containers is required
    containers/0/imaage | "i" | unknown field spec.containers[0].imaage
    containers/0/name | "C" | spec.containers[0].name: "C" is not a DNS label (lower-case letters, digits and '-')
    containers/0/ports | [{"containerPort": 70000}] | spec.containers[0].ports[0].containerPort: 70000 must be between 1 and 65535
    containers/0/volumeMounts | [{"name": "v", "mountPath": "/v"}] | spec.containers[0].volumeMounts[0].name: volume "v" not found
    containers/0/resources | {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}} | spec.containers[0].resources.requests: cpu of 2 exceeds the limit of 1
    containers/0/livenessProbe | {"tcpSocket": {"port": "web"}} | spec.containers[0].livenessProbe.tcpSocket.port: "web" is neither a port number nor the name of a port
    containers/0/livenessProbe | {"exec": {"command": ["x"]}, "periodSeconds": -1} | spec.containers[0].livenessProbe.periodSeconds: -1 must be at least 0
    volumes | [{"name": "v", "downwardAPI": {"items": [{"path": "p", "fieldRef": {"fieldPath": "spec.x"}}]}}] | spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath: "spec.x" is not a known field of a pod
    volumes | [{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}] | spec.volumes[1].name: "v" is used twice
"#;

/// The same for what needs a Kubernetes cluster; HOST is this machine.
const UNSUPPORTED: &str = r#"
    nodeName | "HOST" |
    nodeName | "there" | spec.nodeName: "there" is not this machine, "HOST"
    schedulingGates | [{"name": "g"}] | spec.schedulingGates[0]: unsupported
    activeDeadlineSeconds | 5 | spec.activeDeadlineSeconds: unsupported
    initContainers | [{"name": "i", "image": "i", "command": ["x"], "restartPolicy": "Always"}] | spec.initContainers[0].restartPolicy: unsupported
    containers/0/command | [] | spec.containers[0]: `command` or `args` is required: the embedded cluster ignores images and their entrypoints
    containers/0/livenessProbe | {"grpc": {"port": 1}} | spec.containers[0].livenessProbe.grpc: unsupported
    containers/0/readinessProbe | {"httpGet": {"port": 1, "scheme": "HTTPS"}} | spec.containers[0].readinessProbe.httpGet.scheme: "HTTPS" is not HTTP
    containers/0/lifecycle | {"postStart": {"exec": {"command": ["x"]}}} | spec.containers[0].lifecycle.postStart: unsupported
    containers/0/lifecycle | {"preStop": {"exec": {"command": ["x"]}}} |
    containers/0/lifecycle | {"stopSignal": "SIGTERM"} |
    containers/0/lifecycle | {"stopSignal": "SIGINT"} | spec.containers[0].lifecycle.stopSignal: "SIGINT" is not SIGTERM
    volumes | [{"name": "v", "downwardAPI": {"items": [{"path": "p", "resourceFieldRef": {"resource": "limits.cpu"}}]}}] | spec.volumes[0].downwardAPI.items[0].resourceFieldRef: unsupported
    volumes | [{"name": "v", "emptyDir": {}}] |
    volumes | [{"name": "v", "nfs": {"path": "/", "server": "s"}}] | spec.volumes[0].nfs: unsupported
"#;

/// Creates a pod for every case; `error` wraps the error that the case states.
async fn check(cases: &str, error: impl Fn(&str) -> String) {
    let (cluster, _folder) = cluster();
    for case in cases.trim().lines() {
        let [at, value, expected] = case.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{case}");
        };
        let container = json!({"name": "c", "image": "i", "command": ["x"]});
        let mut pod = object("Pod", "p", json!({}));
        pod.0["spec"] = json!({"containers": [container]});
        let at = format!("/spec/{at}");
        let (parent, field) = at.rsplit_once('/').unwrap();
        pod.0.pointer_mut(parent).unwrap()[field] = serde_json::from_str(value).unwrap();
        let created = cluster.create(&pod, true).await;
        let text = created.err().map_or(String::new(), |error| error.to_string());
        let expected = if expected.is_empty() {
            String::new()
        } else {
            error(expected)
        };
        assert_eq!(text, expected, "{case}");
    }
}

fn object(kind: &str, name: &str, more: Value) -> Object {
    let mut metadata = json!({"name": name, "namespace": "robots"});
    metadata
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    Object(json!({"apiVersion": "v1", "kind": kind, "metadata": metadata}))
}

#[tokio::test]
async fn what_the_api_server_would_refuse_is_invalid() {
    check(INVALID, |why| format!("Pod robots/p is invalid: {why}")).await;
}

#[tokio::test]
async fn what_needs_a_kubernetes_cluster_is_refused() {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let host = host.trim().to_lowercase();
    check(&UNSUPPORTED.replace("HOST", &host), |why| {
        format!("the embedded cluster cannot run Pod robots/p: {why}; use --cluster kube")
    })
    .await;
}

#[tokio::test]
async fn data_keys_are_names_of_files() {
    let (cluster, _folder) = cluster();
    for (key, valid) in [
        ("a.yaml", true),
        ("A_b-c", true),
        (".a", true),
        ("", false),
        (".", false),
        ("..", false),
        ("a/b", false),
        ("a b", false),
    ] {
        let mut map = object("ConfigMap", "map", json!({}));
        map.0["data"] = json!({key: "x"});
        let created = cluster.create(&map, true).await;
        assert_eq!(created.is_ok(), valid, "{key:?}: {created:?}");
    }
}

#[test]
fn an_invalid_namespace_is_named() {
    let options = EmbeddedOptions {
        namespaces: vec!["robots".to_owned(), "Bad_NS".to_owned()],
        ..EmbeddedOptions::default()
    };
    let error = EmbeddedCluster::new(options).map(|_| ()).unwrap_err();
    let expected = "\"Bad_NS\" is not a valid namespace: use";
    assert!(error.to_string().starts_with(expected), "{error}");
}

#[tokio::test]
async fn only_objects_without_any_remaining_owner_are_deleted() {
    let (cluster, _folder) = cluster();
    let create = async |name: &str, owners: &[&str]| {
        let owner = |uid: &&str| json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": uid});
        let owners: Vec<_> = owners.iter().map(owner).collect();
        let map = object("ConfigMap", name, json!({"ownerReferences": owners}));
        cluster.create(&map, false).await.unwrap()
    };
    let owner = create("a", &[]).await;
    create("b", &[owner.uid()]).await;
    create("c", &[owner.uid(), "gone"]).await;
    create("d", &["gone"]).await;
    let mut left = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let map = cluster.get(&ObjectRef::config_map("robots", name)).await;
        left.extend(map.map(|map| map.name().to_owned()));
    }
    assert_eq!(left, ["a", "b", "c"]);
}

#[tokio::test]
async fn a_watch_that_fell_behind_ends_up_with_the_same_set() {
    let (cluster, _folder) = cluster();
    let (sender, mut events) = mpsc::channel(1);
    let cluster = std::sync::Arc::new(cluster);
    let watched = std::sync::Arc::clone(&cluster);
    let watch = tokio::spawn(async move { watched.watch(sender).await });
    assert_eq!(events.recv().await, Some(Event::Pods(Change::Reset(Vec::new()))));
    let create = async |name: &str| -> Result<Object> {
        let record = object("ConfigMap", name, json!({"labels": {LABEL_LAUNCH: name}}));
        cluster.create(&record, false).await
    };
    for number in 0..3000 {
        let record = create(&format!("record-{number}")).await.unwrap();
        if number % 3 > 0 {
            cluster.delete(&record.reference(), None).await.unwrap();
        }
    }
    let last = create("last").await.unwrap();
    let (mut known, mut resets) = (BTreeMap::new(), 0);
    let entry = |record: Object| (record.name().to_owned(), record.uid().to_owned());
    while !known.contains_key("last") {
        match events.recv().await.unwrap() {
            Event::Launches(Change::Reset(all)) => {
                resets += 1;
                known = all.into_iter().map(entry).collect();
            }
            Event::Launches(Change::Apply(record)) => known.extend([entry(record)]),
            Event::Launches(Change::Delete(record)) => drop(known.remove(&record.name)),
            _ => {}
        }
    }
    assert_eq!((known.len(), resets), (1001, 2));
    assert_eq!(known["last"], last.uid());
    let again = cluster.create(&last, true).await;
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");
    drop(events);
    watch.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pod_can_be_deleted_as_soon_as_it_is_seen() {
    let (cluster, _folder) = cluster();
    let cluster = std::sync::Arc::new(cluster);
    for number in 0..300 {
        let mut pod = object("Pod", &format!("p-{number}"), json!({}));
        pod.0["spec"] = json!({"containers": [{"name": "c", "image": "i", "command": ["sleep", "inf"]}]});
        let what = pod.reference();
        let creating = std::sync::Arc::clone(&cluster);
        let created = tokio::spawn(async move { creating.create(&pod, false).await });
        let seen = loop {
            match cluster.get(&what).await {
                Ok(pod) => break pod,
                Err(_) => std::hint::spin_loop(),
            }
        };
        let deleted = cluster
            .delete_exactly(&what, seen.uid(), Some(Duration::ZERO))
            .await;
        deleted.unwrap();
        let left = cluster.get(&what).await;
        assert!(matches!(left, Err(Error::NotFound(_))), "{left:?}");
        created.await.unwrap().unwrap();
    }
    cluster.kill().await;
}
