//! What starting and stopping a launch touches, and what it leaves alone.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use podbay::bridge::Quota;
use podbay::config::limits::Limits;
use podbay::operation::{Done, Launches, ListLaunches, StartLaunch, StopLaunch};
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
            assert!(said.contains("there is no launch"), "{said}");
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
    let expected = "launch forged is being stopped; not of this launch and left alone: ConfigMap default/map, Pod default/real-one";
    assert_eq!(said, Ok(Done(expected.to_owned())));
    for what in [&secret, &map, &pod("real-one"), &record("real")] {
        assert!(podbay.has(what).await, "{what}");
    }
    assert!(!podbay.has(&record("forged")).await);
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
    let expected = "launch r2d2 was applied, so its objects are not podbay's to delete; remove them with: kubectl delete -n \
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
        said.contains("its record stays")
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
        "launch l is running already; stop it first or give another id"
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
        said.contains("ConfigMap default/podbay-m is in the way") && said.contains("not made by podbay"),
        "{said}"
    );
    for what in [&pod("l-one"), &record("l"), &map] {
        assert!(podbay.has(what).await, "{what}");
    }
    assert_eq!(podbay.cluster.asked("delete"), []);
    podbay.end().await;
}

#[tokio::test]
async fn a_launch_that_is_taken_back_takes_nothing_of_others_along() {
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

/// Every first attempt of a kind of request goes through, and its answer is lost.
async fn check_lost_answers(test: &str, verb: &'static str) {
    let podbay = podbay(test, "{}");
    podbay
        .cluster
        .rule(move |change| match change.verb == verb && change.before == 0 {
            true => Fate::LoseAnswer,
            false => Fate::Pass,
        });
    podbay.ask(start("l")).await.unwrap();
    for what in [pod("l-one"), pod("l-two"), record("l")] {
        assert!(podbay.has(&what).await, "{what}");
    }
    let manifest = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: i, args: [sleep, \"600\"]}]}}";
    let create = || podbay.ask(super::created(manifest));
    create().await.unwrap();
    let again = create().await.unwrap_err();
    assert!(again.contains("Pod default/a already exists"), "{again}");
    podbay.ask(stop("l")).await.unwrap();
    assert!(!podbay.has(&pod("l-one")).await && !podbay.has(&record("l")).await);
    podbay.end().await;
}

#[tokio::test]
async fn what_was_created_counts_though_the_answer_was_lost() {
    check_lost_answers("lost-create", "create").await;
}

#[tokio::test]
async fn what_was_deleted_is_gone_though_the_answer_was_lost() {
    check_lost_answers("lost-delete", "delete").await;
}

#[tokio::test]
async fn the_local_user_stops_by_the_same_rules() {
    let podbay = podbay("local", "{}");
    let map = podbay
        .put(&object("ConfigMap", "podbay-config", json!({}), json!({})))
        .await;
    let answer = podbay.local(stop("config")).await;
    assert!(answer.is_err_and(|refusal| refusal.message.contains("there is no launch")));
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
    // as one looks that takes long to end after its launch was stopped
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

#[tokio::test]
async fn a_cluster_that_was_unreachable_to_the_end_is_not_asked_about_the_rest() {
    let podbay = podbay("stop-unreachable", "{}");
    let process = |n: usize| format!("<executable cmd='sleep 600' name='p{n}'/>");
    let processes: String = (0..12).map(process).collect();
    let many = described("many", format!("<launch>{processes}</launch>"));
    podbay.ask(StartLaunch(many)).await.unwrap();
    podbay.cluster.rule(|change| match change.verb {
        "delete" => Fate::Drop,
        _ => Fate::Pass,
    });
    let said = podbay.ask(stop("many")).await.unwrap_err();
    assert!(
        said.contains("is not stopped whole") && said.contains("and 7 more"),
        "{said}"
    );
    let tried: BTreeSet<_> = podbay
        .cluster
        .asked("delete")
        .into_iter()
        .map(|what| what.name)
        .collect();
    assert!(!tried.is_empty() && tried.len() < 12, "{tried:?}");
    podbay.end().await;
}

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
    let podbay = super::podbay_in("stop-reasons", &["default", "elsewhere", "a", "b"]);
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
    // one runs, and the other is not the caller's
    let said = podbay.ask(stop("gone")).await.unwrap_err();
    assert!(said.contains("there is no launch \"gone\""), "{said}");
    let local = podbay.local(stop("gone")).await;
    let expected = "launch gone was stopped already; 1 of its pods is still ending";
    assert_eq!(local.unwrap(), Done(expected.to_owned()));
    for what in [&runs, &also] {
        podbay.inner.delete(what, None).await.unwrap();
    }
    let ending = |now: &podbay_core::model::Snapshot| {
        now.pods().filter(|report| report.pod.deleting.is_some()).count()
    };
    drop(told.wait_for(|now| ending(now) == 3).await.unwrap());
    let said = podbay.ask(stop("twice")).await.unwrap_err();
    assert!(said.contains("is in several namespaces (a, b)"), "{said}");
    podbay.cluster.rule(|change| match change.verb {
        "get" => Fate::Drop,
        _ => Fate::Pass,
    });
    let said = podbay.ask(stop("gone")).await.unwrap_err();
    assert!(said.contains("504 Gateway Timeout"), "{said}");
    // that it cannot be known does not say that there is none
    assert!(podbay.bridge.record("gone").await.is_err());
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
    let expected = "launch slow was stopped already; 1 of its pods is still ending";
    assert_eq!(second, Done(expected.to_owned()));
    podbay.end().await;
}
