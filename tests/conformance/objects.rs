//! Objects: create, get, apply, delete, ownership.

use podbay_core::cluster::Error;
use podbay_core::names::{LABEL_LAUNCH, LABEL_NODE};
use podbay_core::object::{Object, ObjectRef};
use serde_json::{Value, json};

use super::Fixture;
use super::seen::Seen;

pub(crate) async fn create_and_get_and_exists(fixture: &Fixture) {
    let cluster = &fixture.cluster;
    let pod = fixture.pod("twice", &["print"]);
    let created = fixture.create(&pod).await;
    assert!(!created.uid().is_empty());
    assert_eq!(created.name(), "twice");
    let got = cluster.get(&fixture.pod_ref("twice")).await.unwrap();
    assert_eq!(got.uid(), created.uid());
    assert_eq!(got.text("/spec/restartPolicy"), "Never");
    assert!(!got.text("/metadata/creationTimestamp").is_empty());
    let again = cluster.create(&pod, false).await;
    assert!(
        matches!(&again, Err(Error::Exists(what)) if what.name == "twice"),
        "{again:?}"
    );
    let missing = fixture.pod_ref("missing");
    let got = cluster.get(&missing).await;
    assert!(
        matches!(&got, Err(Error::NotFound(what)) if *what == missing),
        "{got:?}"
    );
    let deleted = cluster.delete(&missing, None).await;
    assert!(
        matches!(&deleted, Err(Error::NotFound(what)) if *what == missing),
        "{deleted:?}"
    );
}

pub(crate) async fn invalid_objects_are_refused(fixture: &Fixture) {
    let probe = |mut more: Value| {
        more["exec"] = json!({"command": ["true"]});
        more
    };
    let pod = |changes: &[_]| fixture.pod_with("invalid", &["print"], changes);
    let main = "/spec/containers/0";
    for (pod, named) in [
        (pod(&[("/spec/containers", json!([]))]), "spec.containers"),
        (pod(&[("/metadata/name", json!("No_Name"))]), "metadata.name"),
        (
            pod(&[("/metadata/labels", json!({"a": "b c"}))]),
            "metadata.labels",
        ),
        (
            pod(&[("/spec/restartPolicy", json!("Sometimes"))]),
            "spec.restartPolicy",
        ),
        (
            pod(&[(&format!("{main}/name"), json!("Main"))]),
            "spec.containers[0].name",
        ),
        (
            pod(&[(&format!("{main}/imaage"), json!("x"))]),
            "spec.containers[0].imaage",
        ),
        (
            pod(&[(&format!("{main}/env"), json!([{"value": "x"}]))]),
            "spec.containers[0].env[0].name",
        ),
        (
            pod(&[(
                &format!("{main}/volumeMounts"),
                json!([{"name": "no", "mountPath": "/x"}]),
            )]),
            "spec.containers[0].volumeMounts[0].name",
        ),
        (
            pod(&[(&format!("{main}/livenessProbe"), json!({}))]),
            "livenessProbe",
        ),
        (
            pod(&[(&format!("{main}/resources"), json!({"requests": {"cpu": "-1"}}))]),
            "spec.containers[0].resources.requests[cpu]:",
        ),
        (
            pod(&[(
                &format!("{main}/resources"),
                json!({"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}),
            )]),
            "spec.containers[0].resources.requests:",
        ),
        (
            pod(&[(
                &format!("{main}/livenessProbe"),
                probe(json!({"terminationGracePeriodSeconds": -1})),
            )]),
            "spec.containers[0].livenessProbe.terminationGracePeriodSeconds:",
        ),
        (
            pod(&[(
                &format!("{main}/livenessProbe"),
                probe(json!({"periodSeconds": -1, "successThreshold": 2})),
            )]),
            "spec.containers[0].livenessProbe.periodSeconds:",
        ),
        (
            pod(&[(
                &format!("{main}/livenessProbe"),
                probe(json!({"successThreshold": 2})),
            )]),
            "spec.containers[0].livenessProbe.successThreshold:",
        ),
        (
            pod(&[(
                &format!("{main}/readinessProbe"),
                probe(json!({"terminationGracePeriodSeconds": 1})),
            )]),
            "spec.containers[0].readinessProbe.terminationGracePeriodSeconds:",
        ),
        (
            pod(&[(
                &format!("{main}/lifecycle"),
                json!({"preStop": {"sleep": {"seconds": 1_000_000_000}}}),
            )]),
            "spec.containers[0].lifecycle.preStop.sleep:",
        ),
        (
            pod(&[
                ("/spec/volumes", json!([{"name": "v", "emptyDir": {}}])),
                (
                    &format!("{main}/volumeMounts"),
                    json!([{"name": "v", "mountPath": "/x", "subPathExpr": "../.."}]),
                ),
            ]),
            "subPathExpr:",
        ),
        (
            pod(&[(&format!("{main}/ports"), json!([{"containerPort": 70000}]))]),
            "spec.containers[0].ports[0].containerPort:",
        ),
        (
            pod(&[("/spec/tolerations", json!([{"key": "a", "operator": "Exist"}]))]),
            "spec.tolerations[0].operator:",
        ),
        (
            pod(&[("/spec/tolerations", json!([{"operator": "Equal", "value": "b"}]))]),
            "spec.tolerations[0].operator:",
        ),
        (
            pod(&[(
                "/spec/tolerations",
                json!([{"key": "a", "operator": "Exists", "effect": "Never"}]),
            )]),
            "spec.tolerations[0].effect:",
        ),
        (pod(&[("/spec/dnsPolicy", json!("Cluster"))]), "spec.dnsPolicy:"),
        (pod(&[("/spec/hostname", json!("a_b"))]), "spec.hostname:"),
    ] {
        for dry_run in [true, false] {
            let created = fixture.cluster.create(&pod, dry_run).await;
            assert!(
                matches!(&created, Err(Error::Invalid { message, .. }) if message.contains(named)),
                "{named}: {created:?}"
            );
        }
    }
}

pub(crate) async fn an_unknown_namespace_is_named(fixture: &Fixture) {
    let pod = fixture.pod_with(
        "lost",
        &["print"],
        &[("/metadata/namespace", json!("no-such-place"))],
    );
    let created = fixture.cluster.create(&pod, false).await;
    assert!(
        matches!(&created, Err(Error::NoNamespace(name)) if name == "no-such-place"),
        "{created:?}"
    );
}

pub(crate) async fn dry_run_leaves_nothing(fixture: &Fixture) {
    let cluster = &fixture.cluster;
    let map = fixture.config_map("dry", json!({"a": "b"}));
    let pod = fixture.pod("dry", &["print"]);
    for object in [&map, &pod] {
        assert_eq!(cluster.create(object, true).await.unwrap().name(), "dry");
        assert_eq!(cluster.apply(object, true).await.unwrap().name(), "dry");
        let got = cluster.get(&object.reference()).await;
        assert!(matches!(got, Err(Error::NotFound(_))), "{got:?}");
    }
    fixture.create(&map).await;
    let changed = fixture.config_map("dry", json!({"a": "c"}));
    assert_eq!(cluster.apply(&changed, true).await.unwrap().text("/data/a"), "c");
    assert_eq!(cluster.get(&map.reference()).await.unwrap().text("/data/a"), "b");
    let again = cluster.create(&map, true).await;
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");
}

pub(crate) async fn apply_twice_is_one_object(fixture: &Fixture) {
    let cluster = &fixture.cluster;
    let first = cluster
        .apply(&fixture.config_map("twice", json!({"a": "b", "c": "d"})), false)
        .await
        .unwrap();
    let second = cluster
        .apply(&fixture.config_map("twice", json!({"a": "x"})), false)
        .await
        .unwrap();
    assert_eq!(first.uid(), second.uid());
    assert_ne!(
        first.text("/metadata/resourceVersion"),
        second.text("/metadata/resourceVersion")
    );
    let got = cluster.get(&first.reference()).await.unwrap();
    assert_eq!(got.0["data"], json!({"a": "x"}));

    let pod = fixture.pod("twice", &["print"]);
    let first = cluster.apply(&pod, false).await.unwrap();
    let second = cluster.apply(&pod, false).await.unwrap();
    assert_eq!(first.uid(), second.uid());
    let other = cluster.apply(&fixture.pod("twice", &["stubborn"]), false).await;
    assert!(matches!(other, Err(Error::Invalid { .. })), "{other:?}");
}

/// A launch record like podbay's.
async fn record(fixture: &Fixture, name: &str) -> Object {
    let mut map = fixture.config_map(name, json!({"source": "x"}));
    map.0["metadata"]["labels"] = json!({LABEL_LAUNCH: name});
    fixture.create(&map).await
}

pub(crate) async fn an_owner_takes_its_pods_along(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let owner = record(fixture, "owner").await;
    let owners = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": owner.name(), "uid": owner.uid()}]);
    let owned = fixture.pod_with(
        "owned",
        &["print"],
        &[("/metadata/ownerReferences", owners.clone())],
    );
    fixture.create(&owned).await;
    let mut map = fixture.config_map("owned", json!({}));
    map.0["metadata"]["ownerReferences"] = owners;
    fixture.create(&map).await;
    fixture.create(&fixture.pod("free", &["print"])).await;
    seen.pod(&fixture.key("free"), "ready", |pod| pod.ready).await;
    seen.pod(&fixture.key("owned"), "ready", |pod| pod.ready).await;
    fixture.cluster.delete(&owner.reference(), None).await.unwrap();
    seen.gone(&fixture.key("owned")).await;
    assert!(seen.pods[&fixture.key("free")].ready);
    assert!(!seen.launches.contains("owner"));
    let map = ObjectRef::config_map(&fixture.namespace, "owned");
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    while fixture.cluster.get(&map).await.is_ok() {
        assert!(
            tokio::time::Instant::now() < deadline,
            "the owned ConfigMap stays"
        );
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

pub(crate) async fn launch_records_are_told(fixture: &Fixture) {
    let early = record(fixture, "early").await;
    let mut parameters = fixture.config_map("parameters", json!({}));
    parameters.0["metadata"]["labels"] = json!({LABEL_LAUNCH: "early", LABEL_NODE: "talker"});
    fixture.create(&parameters).await;
    let mut seen = Seen::start(&fixture.cluster).await;
    assert!(seen.launches.iter().eq(["early"]), "{:?}", seen.launches);
    record(fixture, "late").await;
    fixture.create(&fixture.config_map("unrelated", json!({}))).await;
    fixture.cluster.delete(&early.reference(), None).await.unwrap();
    seen.until("late alone", |seen| seen.launches.iter().eq(["late"]))
        .await;
}

pub(crate) async fn only_the_object_of_a_uid_is_deleted(fixture: &Fixture) {
    let cluster = &fixture.cluster;
    let pod = fixture.create(&fixture.pod("once", &["stubborn"])).await;
    let map = fixture.create(&fixture.config_map("once", json!({}))).await;
    let other = "11111111-1111-4111-8111-111111111111";
    for object in [&pod, &map] {
        let what = object.reference();
        let refused = cluster.delete_exactly(&what, other, None).await;
        assert!(matches!(&refused, Err(Error::Conflict { .. })), "{refused:?}");
        let now = cluster.get(&what).await.unwrap();
        assert_eq!(now.uid(), object.uid());
        assert_eq!(now.text("/metadata/deletionTimestamp"), "");
        cluster
            .delete_exactly(&what, object.uid(), Some(std::time::Duration::ZERO))
            .await
            .unwrap();
        let gone = cluster.delete_exactly(&what, object.uid(), None).await;
        assert!(matches!(&gone, Err(Error::NotFound(_))), "{gone:?}");
    }
}

pub(crate) async fn config_maps_are_listed_by_label(fixture: &Fixture) {
    let label = "podbay.dev/listed";
    let mut map = fixture.config_map("labelled", json!({"a": "b"}));
    map.0["metadata"]["labels"] = json!({label: "true"});
    let map = fixture.create(&map).await;
    fixture.create(&fixture.config_map("plain", json!({}))).await;
    let listed = fixture.cluster.config_maps(label).await.unwrap();
    let found: Vec<_> = listed
        .iter()
        .map(|map| (map.reference(), map.uid(), map.text("/data/a")))
        .collect();
    assert_eq!(found, [(map.reference(), map.uid(), "b")]);
}
