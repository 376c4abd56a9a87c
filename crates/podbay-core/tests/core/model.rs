//! The model of pods: its content, and the ways to read it.

#[path = "model/lists.rs"]
mod lists;
#[path = "model/readers.rs"]
mod readers;
#[path = "model/reference.rs"]
mod reference;

use std::time::{Duration, SystemTime};

use podbay_core::change::{Change, Event, Warning};
use podbay_core::health::{self, EventKind, Level};
use podbay_core::model::Model;
use podbay_core::names::{ANNOTATION_NODES, LABEL_LAUNCH, LABEL_MANAGED_BY, MANAGED_BY, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::pod::{Container, ContainerState, Phase, Pod, Setup, Termination};
use podbay_core::record;
use proptest::collection::vec;
use proptest::prelude::*;

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn pod(name: &str, uid: &str) -> Pod {
    Pod {
        uid: uid.to_owned(),
        created: start(),
        host: "h".to_owned(),
        ..Pod::running("default", name)
    }
}

fn naming(mut pod: Pod, nodes: &str) -> Pod {
    pod.annotations
        .insert(ANNOTATION_NODES.to_owned(), nodes.to_owned());
    pod
}

fn restarted(mut pod: Pod, at: SystemTime) -> Pod {
    pod.containers = vec![Container {
        name: "main".to_owned(),
        image: "i".to_owned(),
        init: false,
        sidecar: false,
        ready: true,
        restarts: 1,
        state: ContainerState::Running { started: at },
        last: Some(Termination {
            exit_code: 1,
            reason: "Error".to_owned(),
            message: String::new(),
            finished: at,
        }),
    }];
    pod
}

fn some_pod() -> impl Strategy<Value = Pod> {
    let fields = (
        0..12_u8,
        0..3_u8,
        any::<bool>(),
        vec("/[abc]", 0..3),
        proptest::option::of(0..100_u64),
    );
    fields.prop_map(|(name, uid, ready, nodes, restart)| {
        let mut made = naming(pod(&format!("p{name}"), &uid.to_string()), &nodes.join(","));
        made.key.namespace = format!("n{}", name % 2);
        made.ready = ready;
        match restart {
            Some(after) => restarted(made, start() + Duration::from_secs(after)),
            None => made,
        }
    })
}

#[test]
fn a_pod_recreated_under_its_name_is_deleted_and_added() {
    let mut model = Model::default();
    model.apply(Event::Pods(Change::Apply(pod("a", "1"))), start());
    let events = model.apply(Event::Pods(Change::Apply(pod("a", "2"))), start());
    let seen: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.report.pod.uid.as_str()))
        .collect();
    assert_eq!(seen, [(EventKind::Deleted, "1"), (EventKind::Added, "2")]);
}

#[test]
fn a_restart_is_recent_for_its_time() {
    let mut model = Model::default();
    model.apply(
        Event::Pods(Change::Apply(restarted(pod("a", "1"), start()))),
        start(),
    );
    let due = model.next_due().unwrap();
    assert_eq!(due, start() + health::RESTARTED_LATELY);
    assert!(model.advance(due - Duration::from_nanos(1)).is_empty());
    let events = model.advance(due);
    assert_eq!(
        (events[0].previous, events[0].report.health.level),
        (Level::Warn, Level::Ok)
    );
    assert_eq!(model.next_due(), None);
}

#[test]
fn warnings_are_reported_with_their_pod() {
    let mut model = Model::default();
    let warning = |name: &str, uid: &str, message: &str, seconds| Warning {
        key: (PodKey::new("default", "a"), name.to_owned()),
        uid: uid.to_owned(),
        message: message.to_owned(),
        last: start() + Duration::from_secs(seconds),
    };
    let mount = warning("a.1", "1", "configmap \"gone\" not found", 1);
    // the watch of events may be ahead of that of pods
    model.apply(Event::Warnings(Change::Apply(mount.clone())), start());
    let mut waiting = pod("a", "1");
    waiting.phase = Phase::Pending;
    waiting.setup = Setup::Missing(start() - health::SETUP_FAILING);
    waiting.containers = vec![Container {
        state: ContainerState::Waiting {
            reason: "ContainerCreating".to_owned(),
            message: String::new(),
        },
        last: None,
        restarts: 0,
        ..restarted(pod("a", "1"), start()).containers[0].clone()
    }];
    model.apply(Event::Pods(Change::Apply(waiting.clone())), start());
    let mut seen = |change| {
        model.apply(Event::Warnings(change), start());
        let report = model.snapshot().pod(&PodKey::new("default", "a")).unwrap();
        (report.pod.warning.clone(), report.health.level)
    };
    let gone = (Some(mount.message.clone()), Level::Error);
    let summary = "Unable to attach or mount volumes: unmounted volumes=[v]";
    for other in [
        warning("a.2", "1", summary, 2),
        warning("a.3", "another pod of this name", "x", 3),
    ] {
        assert_eq!(seen(Change::Apply(other)), gone);
    }
    let sandbox = warning("a.4", "1", "no CNI", 4);
    assert_eq!(seen(Change::Apply(sandbox.clone())).0.as_deref(), Some("no CNI"));
    assert_eq!(seen(Change::Delete(sandbox.key)), gone);
    assert_eq!(seen(Change::Reset(Vec::new())), (None, Level::Warn));
    seen(Change::Apply(mount));
    waiting.phase = Phase::Running;
    model.apply(Event::Pods(Change::Apply(waiting)), start());
    let report = model.snapshot().pod(&PodKey::new("default", "a")).unwrap();
    assert_eq!(report.pod.warning, None, "what runs has left its warnings behind");
}

fn record(namespace: &str, id: &str) -> Object {
    Object(
        serde_json::json!({"metadata": {"namespace": namespace, "name": format!("podbay-{id}"),
        "labels": {LABEL_MANAGED_BY: MANAGED_BY, LABEL_LAUNCH: id}}, "data": {"source": "x", "objects": ""}}),
    )
}

#[test]
fn launch_records_follow_the_watch() {
    let mut model = Model::default();
    let mut launches = |change| {
        model.apply(Event::Launches(change), start());
        model
            .snapshot()
            .launches()
            .map(|record| record::launch_id(record).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(launches(Change::Apply(record("a", "one"))), ["one"]);
    assert_eq!(launches(Change::Apply(record("a", "two"))), ["one", "two"]);
    assert_eq!(
        launches(Change::Delete(ObjectRef::config_map("a", "podbay-one"))),
        ["two"]
    );
    assert_eq!(launches(Change::Reset(vec![record("a", "three")])), ["three"]);
    let mut edited = record("a", "three");
    edited.0["metadata"]["labels"] = serde_json::json!({LABEL_LAUNCH: "three"});
    let mut hand_made = record("a", "four");
    hand_made.0["data"] = serde_json::json!({"key": "value"});
    assert_eq!(launches(Change::Apply(hand_made.clone())), ["three"]);
    assert!(launches(Change::Apply(edited)).is_empty());
    assert_eq!(
        launches(Change::Reset(vec![hand_made, record("a", "three")])),
        ["three"]
    );
    let called = |id| model.snapshot().launches_called(id).count();
    assert_eq!((called("three"), called("two")), (1, 0));
}
