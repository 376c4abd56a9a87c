//! Which objects starting and stopping a launch changes, and which it does not.

#[path = "stop/again.rs"]
mod again;
#[path = "stop/lost.rs"]
mod lost;

use podbay::bridge::Quota;
use podbay::operation::{Done, Launches, ListLaunches, StartLaunch, StopLaunch};
use podbay_config::limits::Limits;
use podbay_core::names::{LABEL_LAUNCH, LABEL_MANAGED_BY, LABEL_ORIGIN};
use podbay_core::object::{Object, ObjectRef};
use serde_json::{Value, json};

use super::faulty::Fate;
use super::{Podbay, described, podbay};

fn start(id: &str) -> StartLaunch {
    let description =
        "<launch><executable cmd='sleep 600' name='one'/><executable cmd='sleep 600' name='two'/></launch>";
    StartLaunch(described(id, description))
}

fn stop(id: &str) -> StopLaunch {
    StopLaunch {
        launch_id: id.to_owned(),
    }
}

fn object(kind: &str, name: &str, labels: Value, data: Value) -> Object {
    Object(json!({"apiVersion": "v1", "kind": kind, "data": data,
        "metadata": {"name": name, "namespace": "default", "labels": labels}}))
}

/// A ConfigMap that looks like the record of launch `id` and lists `objects`.
fn forged(id: &str, objects: &str) -> Object {
    let labels = json!({LABEL_MANAGED_BY: "podbay", LABEL_LAUNCH: id});
    object(
        "ConfigMap",
        &format!("podbay-{id}"),
        labels,
        json!({"source": "x", "objects": objects}),
    )
}

fn record(id: &str) -> ObjectRef {
    ObjectRef::config_map("default", format!("podbay-{id}"))
}

fn pod(name: &str) -> ObjectRef {
    ObjectRef::pod("default", name)
}

impl Podbay {
    async fn has(&self, what: &ObjectRef) -> bool {
        self.inner
            .get(what)
            .await
            .is_ok_and(|object| object.text("/metadata/deletionTimestamp").is_empty())
    }

    async fn put(&self, object: &Object) -> ObjectRef {
        self.inner.create(object, false).await.unwrap().reference()
    }
}

#[tokio::test]
async fn only_records_of_podbay_are_launches() {
    let podbay = podbay("records", "{}");
    let label = |id: &str| json!({LABEL_LAUNCH: id});
    for made in [
        object("ConfigMap", "podbay-config", json!({}), json!({"key": "value"})),
        object(
            "ConfigMap",
            "podbay-labelled",
            label("labelled"),
            json!({"objects": "[]"}),
        ),
        object(
            "ConfigMap",
            "other",
            json!({LABEL_MANAGED_BY: "podbay", LABEL_LAUNCH: "named"}),
            json!({"objects": "[]"}),
        ),
        object(
            "ConfigMap",
            "podbay-empty",
            json!({LABEL_MANAGED_BY: "podbay", LABEL_LAUNCH: "empty"}),
            json!({"a": "b"}),
        ),
    ] {
        let what = podbay.put(&made).await;
        for id in ["config", "labelled", "named", "empty"] {
            let said = podbay.ask(stop(id)).await.unwrap_err();
            assert!(said.contains("not found"), "{said}");
            assert_eq!(podbay.bridge.record(id).await, Ok(None));
        }
        assert!(podbay.has(&what).await, "{what}");
    }
    assert_eq!(podbay.ask(ListLaunches).await, Ok(Launches(Vec::new())));
    podbay.end().await;
}

#[tokio::test]
async fn a_forged_record_takes_nothing_of_others_along() {
    let podbay = podbay("forged", "{}");
    podbay.ask(start("real")).await.unwrap();
    let secret = podbay
        .put(&object(
            "Secret",
            "token",
            json!({LABEL_LAUNCH: "forged"}),
            json!({}),
        ))
        .await;
    let map = podbay
        .put(&object(
            "ConfigMap",
            "map",
            json!({LABEL_LAUNCH: "forged"}),
            json!({}),
        ))
        .await;
    let listed = "v1/Secret *: token\nv1/ServiceAccount *: default\nv1/ConfigMap *: map\nv1/Pod *: real-one";
    podbay.put(&forged("forged", listed)).await;
    let said = podbay.ask(stop("forged")).await;
    let expected = "launch forged is being stopped; skipped, since not part of this launch: ConfigMap \
         default/map, Pod default/real-one";
    assert_eq!(said, Ok(Done(expected.to_owned())));
    for what in [&secret, &map, &pod("real-one"), &record("real")] {
        assert!(podbay.has(what).await, "{what}");
    }
    assert!(!podbay.has(&record("forged")).await);
    podbay.end().await;
}

#[tokio::test]
async fn a_record_edited_to_list_everything_is_refused_with_the_way_out() {
    let podbay = podbay("edited", "{}");
    let list = format!("v1/Pod *, v1/Service *: {}", "a ".repeat(60_000));
    podbay.put(&forged("edited", &list)).await;
    let said = podbay.ask(stop("edited")).await.unwrap_err();
    let expected = "the record of launch edited (ConfigMap default/podbay-edited) cannot be used: it lists more \
         than 100000 objects, so it was edited; stop the launch with: kubectl delete -n default configmap \
         podbay-edited";
    assert_eq!(said, expected);
    podbay.end().await;
}

#[tokio::test]
async fn a_launch_that_was_applied_is_left_whole_and_the_way_out_named() {
    let podbay = podbay("applied", "{}");
    let labels = json!({LABEL_MANAGED_BY: "podbay", LABEL_LAUNCH: "r2d2"});
    let map = podbay
        .put(&object("ConfigMap", "r2d2-talker-params", labels, json!({})))
        .await;
    podbay
        .put(&forged("r2d2", "v1/ConfigMap *: r2d2-talker-params"))
        .await;
    let said = podbay.ask(stop("r2d2")).await.unwrap_err();
    let expected = "launch r2d2 was applied, so podbay does not delete its objects; use: kubectl delete -n \
         default configmap -l podbay.dev/launch=r2d2";
    assert_eq!(said, expected);
    for what in [&map, &record("r2d2")] {
        assert!(podbay.has(what).await, "{what}");
    }
    podbay.end().await;
}

#[tokio::test]
async fn one_deletion_that_fails_keeps_no_other_and_can_be_repeated() {
    let podbay = podbay("repeated", "{}");
    podbay.ask(start("l")).await.unwrap();
    podbay
        .cluster
        .rule(|change| match (change.verb, change.what.name.as_str()) {
            ("delete", "l-one") => Fate::Refuse("held by a finalizer".to_owned()),
            _ => Fate::Pass,
        });
    let said = podbay.ask(stop("l")).await.unwrap_err();
    assert!(
        said.contains("is not completely stopped")
            && said.contains("Pod default/l-one: ")
            && said.contains("held by a finalizer"),
        "{said}"
    );
    assert!(!said.contains("l-two"), "{said}");
    assert!(podbay.has(&pod("l-one")).await && podbay.has(&record("l")).await);
    assert!(!podbay.has(&pod("l-two")).await);
    podbay.cluster.rule(|_| Fate::Pass);
    podbay.ask(stop("l")).await.unwrap();
    assert!(!podbay.has(&pod("l-one")).await && !podbay.has(&record("l")).await);
    podbay.end().await;
}

#[tokio::test]
async fn an_id_that_is_taken_is_named_and_left_alone() {
    let podbay = podbay("taken", "{}");
    podbay.ask(start("l")).await.unwrap();
    let said = podbay.ask(start("l")).await.unwrap_err();
    assert_eq!(
        said,
        "launch l is already running; stop it first, or use another id"
    );
    let map = podbay
        .put(&object(
            "ConfigMap",
            "podbay-m",
            json!({}),
            json!({"key": "value"}),
        ))
        .await;
    let said = podbay.ask(start("m")).await.unwrap_err();
    assert!(
        said.contains("ConfigMap default/podbay-m exists, but is not a record")
            && said.contains("created by podbay"),
        "{said}"
    );
    for what in [&pod("l-one"), &record("l"), &map] {
        assert!(podbay.has(what).await, "{what}");
    }
    assert_eq!(podbay.cluster.asked("delete"), []);
    podbay.end().await;
}

#[tokio::test]
async fn a_launch_that_is_rolled_back_takes_nothing_of_others_along() {
    let podbay = podbay("back", "{}");
    let mut theirs = object("Pod", "l-two", json!({}), Value::Null);
    theirs.0 = json!({"apiVersion": "v1", "kind": "Pod", "metadata": theirs.0["metadata"],
        "spec": {"containers": [{"name": "c", "image": "i", "args": ["sleep", "600"]}]}});
    let theirs = podbay.put(&theirs).await;
    let said = podbay.ask(start("l")).await.unwrap_err();
    assert!(
        said.contains("Pod default/l-two could not be created, so the launch was rolled back"),
        "{said}"
    );
    assert!(podbay.has(&theirs).await);
    assert!(!podbay.has(&pod("l-one")).await && !podbay.has(&record("l")).await);
    podbay.end().await;
}

#[tokio::test]
async fn the_local_user_stops_by_the_same_rules() {
    let podbay = podbay("local", "{}");
    let map = podbay
        .put(&object("ConfigMap", "podbay-config", json!({}), json!({})))
        .await;
    let reply = podbay.local(stop("config")).await;
    assert!(reply.is_err_and(|refusal| refusal.message.contains("not found")));
    assert!(podbay.has(&map).await);
    podbay.end().await;
}

#[tokio::test]
async fn pods_of_a_launch_count_also_without_it() {
    let mut podbay = podbay("stopped-counts", "{}");
    podbay.bridge.quota = Quota::new(Limits {
        pods: 4,
        ..Limits::default()
    });
    podbay.ask(start("a")).await.unwrap();
    let origins: Vec<_> = podbay.cluster.wanted.lock().unwrap().iter().map(origin).collect();
    assert_eq!(origins, ["graph", "graph", "graph"]);
    // like a pod that is still ending after its launch was stopped
    let labels = json!({LABEL_MANAGED_BY: "podbay", LABEL_LAUNCH: "stopped", LABEL_ORIGIN: "graph"});
    let mut left = object("Pod", "left", labels, json!({}));
    left.0["spec"] = json!({"containers": [{"name": "c", "image": "i", "args": ["sleep", "600"]}]});
    left.0.as_object_mut().unwrap().remove("data");
    podbay.put(&left).await;
    let mut told = podbay.bridge.model.watch();
    drop(told.wait_for(|now| now.pod_count() == 3).await.unwrap());
    let said = podbay.ask(start("b")).await.unwrap_err();
    assert!(said.contains("may have 4 pods, and there are 3"), "{said}");
    let local = podbay.local(start("b")).await;
    assert!(local.is_ok(), "{local:?}");
    let last = podbay.cluster.wanted.lock().unwrap().last().map(origin);
    assert_eq!(last.as_deref(), Some(""));
    podbay.end().await;
}

fn origin(object: &Object) -> String {
    object.label(LABEL_ORIGIN).to_owned()
}
