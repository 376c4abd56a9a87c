//! Compares the model with a naive reference, and tests the ways to read it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::FutureExt;
use podbay_core::change::{Change, Event, Warning};
use podbay_core::health;
use podbay_core::health::Surroundings;
use podbay_core::health::{Connection, EventKind, Level, PodEvent, PodReport};
use podbay_core::model;
use podbay_core::model::{Handle, Model, PodQuery, Snapshot};
use podbay_core::names::{ANNOTATION_NODES, LABEL_LAUNCH, LABEL_MANAGED_BY, MANAGED_BY, Nodes, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::pod::{Container, ContainerState, Phase, Pod, Setup, Termination};
use podbay_core::told;
use podbay_core::told::Detail;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use tokio::sync::{mpsc, watch};

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000)
}

fn pod(name: &str, uid: &str) -> Pod {
    Pod {
        key: PodKey::new("default", name),
        uid: uid.to_owned(),
        labels: BTreeMap::new(),
        annotations: BTreeMap::new(),
        created: start(),
        deleting: None,
        finalizers: Vec::new(),
        disruption: None,
        phase: Phase::Running,
        reason: String::new(),
        message: String::new(),
        ready: true,
        not_ready: String::new(),
        unschedulable: None,
        setup: Setup::Done,
        warning: None,
        host: "h".to_owned(),
        ip: String::new(),
        containers: Vec::new(),
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

/// An input of a model.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant)]
enum Happening {
    Cluster(Event),
    Graph(Nodes),
    Wait(u64),
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

fn happening() -> impl Strategy<Value = Happening> {
    let pods = |change| Happening::Cluster(Event::Pods(change));
    prop_oneof![
        8 => some_pod().prop_map(move |pod| pods(Change::Apply(pod))),
        4 => some_pod().prop_map(move |pod| pods(Change::Delete(pod.key))),
        1 => vec(some_pod(), 0..12).prop_map(move |all| pods(Change::Reset(all))),
        1 => Just(Happening::Cluster(Event::Lost { reason: "gone".to_owned() })),
        1 => Just(Happening::Cluster(Event::Connected)),
        2 => btree_set("/[abc]", 0..3).prop_map(Happening::Graph),
        2 => (0..50_u64).prop_map(Happening::Wait),
    ]
}

/// The expected content of the model, in its plainest form.
struct Reference {
    pods: BTreeMap<PodKey, Pod>,
    nodes: Nodes,
    connection: Connection,
    now: SystemTime,
}

impl Reference {
    fn new() -> Self {
        Self {
            pods: BTreeMap::new(),
            nodes: Nodes::new(),
            connection: Connection::Connecting,
            now: start(),
        }
    }

    fn take(&mut self, happening: &Happening) {
        match happening {
            Happening::Wait(seconds) => self.now += Duration::from_secs(*seconds),
            Happening::Graph(nodes) => self.nodes = nodes.clone(),
            Happening::Cluster(Event::Pods(change)) => self.change(change.clone()),
            Happening::Cluster(Event::Lost { reason }) => {
                let (since, reason) = (self.now, reason.clone());
                self.connection = Connection::Lost { since, reason };
            }
            Happening::Cluster(_) => self.connection = Connection::Connected { since: self.now },
        }
    }

    fn change(&mut self, change: Change<PodKey, Pod>) {
        match change {
            Change::Apply(pod) => {
                self.pods.insert(pod.key.clone(), pod);
            }
            Change::Delete(key) => {
                self.pods.remove(&key);
            }
            Change::Reset(pods) => self.pods = pods.into_iter().map(|pod| (pod.key.clone(), pod)).collect(),
        }
    }

    fn reports(&self) -> Vec<PodReport> {
        let around = Surroundings {
            nodes: &self.nodes,
            connection: &self.connection,
            now: self.now,
        };
        let report = |pod: &Pod| PodReport {
            pod: pod.clone(),
            health: health::evaluate(pod, &around),
        };
        self.pods.values().map(report).collect()
    }
}

fn feed(model: &mut Model, happening: Happening, now: SystemTime) -> Vec<PodEvent> {
    let mut events = model.advance(now);
    events.extend(match happening {
        Happening::Cluster(event) => model.apply(event, now),
        Happening::Graph(nodes) => model.set_nodes(nodes, now),
        Happening::Wait(_) => Vec::new(),
    });
    events
}

/// Applies `events` like a listener without other knowledge, and checks that each is consistent.
fn replay(known: &mut BTreeMap<PodKey, Arc<PodReport>>, events: &[PodEvent]) {
    for event in events {
        let key = event.report.pod.key.clone();
        let before = match event.kind {
            EventKind::Deleted => known.remove(&key),
            _ => known.insert(key, Arc::clone(&event.report)),
        };
        match (event.kind, before) {
            (EventKind::Added, before) => assert!(before.is_none(), "added twice: {event:?}"),
            (EventKind::Modified, Some(before)) => {
                assert_ne!(before, event.report, "nothing changed");
                assert_eq!(before.pod.uid, event.report.pod.uid, "another pod");
                assert_eq!(before.health.level, event.previous);
            }
            (EventKind::Deleted, Some(before)) => assert_eq!(before, event.report),
            (_, None) => panic!("not known: {event:?}"),
        }
    }
}

fn all(snapshot: &Snapshot) -> Vec<PodReport> {
    snapshot.pods().map(|report| PodReport::clone(report)).collect()
}

proptest! {
    #[test]
    fn any_history_gives_what_the_reference_holds(history in vec(happening(), 0..60)) {
        let (mut model, mut reference) = (Model::default(), Reference::new());
        let mut known = BTreeMap::new();
        let mut shared: Vec<(Snapshot, Vec<PodReport>)> = Vec::new();
        for happening in history {
            reference.take(&happening);
            let before = model.snapshot().clone();
            let reports = all(&before);
            let events = feed(&mut model, happening, reference.now);
            replay(&mut known, &events);
            prop_assert_eq!(all(model.snapshot()), reference.reports());
            let mut leapt: BTreeMap<_, _> =
                before.pods().map(|report| (report.pod.key.clone(), Arc::clone(report))).collect();
            replay(&mut leapt, &before.changes_to(model.snapshot()));
            prop_assert_eq!(&leapt, &known);
            shared.push((before, reports));
        }
        prop_assert!(known.values().eq(model.snapshot().pods()));
        for (snapshot, reports) in &shared {
            prop_assert_eq!(&all(snapshot), reports, "a snapshot changed after it was shared");
        }
    }

    #[test]
    fn pages_put_together_are_the_whole_list(
        pods in vec(some_pod(), 0..40), limit in 1..7_u32, namespace in "(|n0|n1|n2)",
    ) {
        let mut model = Model::default();
        model.apply(Event::Pods(Change::Reset(pods)), start());
        let mut query = PodQuery { namespace, ..PodQuery::default() };
        let whole = model.snapshot().list(&query, usize::MAX).unwrap().pods;
        let selected = |report: &&Arc<PodReport>| query.namespace.is_empty() || report.pod.key.namespace == query.namespace;
        prop_assert_eq!(&whole, &model.snapshot().pods().filter(selected).cloned().collect::<Vec<_>>());
        query.limit = limit;
        let mut pages = Vec::new();
        loop {
            let page = model.snapshot().list(&query, usize::MAX).unwrap();
            prop_assert!(page.pods.len() <= limit as usize);
            pages.extend(page.pods);
            query.continue_token = page.continue_token;
            if query.continue_token.is_empty() { break }
        }
        prop_assert_eq!(pages, whole);
    }

    #[test]
    fn pages_have_a_size_and_at_least_one_pod(pods in vec(some_pod(), 0..20), most in 0..4000_usize) {
        let mut model = Model::default();
        model.apply(Event::Pods(Change::Reset(pods)), start());
        let mut query = PodQuery::default();
        let mut pages = Vec::new();
        loop {
            let page = model.snapshot().list(&query, most).unwrap();
            let bytes: usize = page.pods.iter().map(|report| told::bytes(report, Detail::Whole)).sum();
            prop_assert!(bytes <= most || page.pods.len() == 1, "{bytes} of {most}");
            pages.extend(page.pods);
            query.continue_token = page.continue_token;
            if query.continue_token.is_empty() { break }
        }
        prop_assert!(pages.iter().eq(model.snapshot().pods()));
    }

    #[test]
    fn any_text_is_a_selector_or_an_error_with_a_position(text in "[a-c=!,() in\\p{L}]{0,20}") {
        if let Err(error) = text.parse::<model::Selector>() {
            prop_assert!((1..=text.chars().count() + 1).contains(&error.position), "{}", error);
        }
    }
}

#[test]
fn thousands_of_pods_come_and_go_in_any_order() {
    let mut model = Model::default();
    let names: Vec<_> = (0..3000_u32)
        .map(|i| format!("p{}", i.wrapping_mul(2_654_435_761)))
        .collect();
    for name in &names {
        model.apply(Event::Pods(Change::Apply(pod(name, "1"))), start());
    }
    let sorted: BTreeSet<_> = names.iter().collect();
    assert!(
        model
            .snapshot()
            .pods()
            .map(|report| &report.pod.key.name)
            .eq(sorted)
    );
    assert_eq!(model.snapshot().pod_count(), names.len());
    for name in &names {
        let key = PodKey::new("default", name);
        assert!(model.snapshot().pod(&key).is_some());
        assert_eq!(model.apply(Event::Pods(Change::Delete(key)), start()).len(), 1);
    }
    assert_eq!(
        (model.snapshot().pod_count(), model.snapshot().pods().count()),
        (0, 0)
    );
}

#[test]
fn a_pod_made_again_under_its_name_is_deleted_and_added() {
    let mut model = Model::default();
    model.apply(Event::Pods(Change::Apply(pod("a", "1"))), start());
    let events = model.apply(Event::Pods(Change::Apply(pod("a", "2"))), start());
    let told: Vec<_> = events
        .iter()
        .map(|event| (event.kind, event.report.pod.uid.as_str()))
        .collect();
    assert_eq!(told, [(EventKind::Deleted, "1"), (EventKind::Added, "2")]);
}

#[test]
fn a_restart_is_forgotten_when_its_time_has_come_and_not_before() {
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
fn what_stands_in_the_way_of_a_pod_is_told_with_it() {
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
    let mut told = |change| {
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
        assert_eq!(told(Change::Apply(other)), gone);
    }
    let sandbox = warning("a.4", "1", "no CNI", 4);
    assert_eq!(told(Change::Apply(sandbox.clone())).0.as_deref(), Some("no CNI"));
    assert_eq!(told(Change::Delete(sandbox.key)), gone);
    assert_eq!(told(Change::Reset(Vec::new())), (None, Level::Warn));
    told(Change::Apply(mount));
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
            .map(|record| model::launch_id(record).to_owned())
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

fn check_selector(selector: &str, expected: &str) {
    let mut model = Model::default();
    let labelled = |name: &str, labels: &[(&str, &str)]| {
        let mut made = pod(name, "1");
        made.labels = labels
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        made
    };
    let pods = vec![
        labelled("a", &[("app", "x"), ("podbay.dev/launch", "l")]),
        labelled("b", &[("app", "y"), ("old", "")]),
        labelled("c", &[]),
    ];
    model.apply(Event::Pods(Change::Reset(pods)), start());
    let query = PodQuery {
        label_selector: selector.to_owned(),
        ..PodQuery::default()
    };
    let got = match model.snapshot().list(&query, usize::MAX) {
        Ok(page) => page
            .pods
            .iter()
            .map(|report| report.pod.key.name.as_str())
            .collect(),
        Err(error) => error.to_string().split_once("; ").unwrap().0.to_owned(),
    };
    assert_eq!(got, expected, "selector {selector:?}");
}

#[test]
fn selectors_select_as_in_kubernetes() {
    check_selector("", "abc");
    check_selector("app=x", "a");
    check_selector(" app == x ", "a");
    check_selector("app!=x", "bc");
    check_selector("app in (x, y)", "ab");
    check_selector("app notin (x,z)", "bc");
    check_selector("app", "ab");
    check_selector("!app", "c");
    check_selector("! app", "c");
    check_selector("app,!old", "a");
    check_selector("old=", "b");
    check_selector("podbay.dev/launch=l,app in (x)", "a");
    check_selector("in in (a)", "");
    check_selector(
        "app=x y",
        "label selector \"app=x y\", position 7: expected a comma or the end",
    );
    check_selector(
        "=x",
        "label selector \"=x\", position 1: expected the name of a label",
    );
    check_selector(
        "app in x",
        "label selector \"app in x\", position 8: expected an opening parenthesis",
    );
    check_selector(
        "app in (x",
        "label selector \"app in (x\", position 10: expected a comma or a closing parenthesis",
    );
    check_selector(
        "app is x",
        "label selector \"app is x\", position 5: expected =, ==, !=, in, notin, a comma or the end",
    );
    check_selector(
        "app,",
        "label selector \"app,\", position 5: expected the name of a label",
    );
    check_selector(
        "ä=x",
        "label selector \"ä=x\", position 1: expected the name of a label",
    );
}

#[test]
fn lists_select_by_launch_and_refuse_tokens_of_their_own_making() {
    let mut model = Model::default();
    let mut of_launch = pod("a", "1");
    of_launch.labels.insert(LABEL_LAUNCH.to_owned(), "l".to_owned());
    model.apply(
        Event::Pods(Change::Reset(vec![of_launch, pod("b", "2")])),
        start(),
    );
    let list = |launch: &str, token: &str| {
        let query = PodQuery {
            launch: launch.to_owned(),
            continue_token: token.to_owned(),
            ..PodQuery::default()
        };
        model
            .snapshot()
            .list(&query, usize::MAX)
            .map(|page| page.pods.len())
    };
    assert_eq!((list("l", ""), list("", "")), (Ok(1), Ok(2)));
    for bad in ["x", "zz", "616", "6161", "ff"] {
        assert!(list("", bad).unwrap_err().to_string().contains(bad), "{bad}");
    }
}

/// Runs a model and returns its inputs.
fn running() -> (Handle, mpsc::Sender<Event>, watch::Sender<Nodes>) {
    let (events, from_cluster) = mpsc::channel(8);
    let (nodes, from_graph) = watch::channel(Nodes::new());
    let (handle, task) = model::new(from_cluster, from_graph);
    tokio::spawn(task);
    (handle, events, nodes)
}

async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    let limit = tokio::time::timeout(Duration::from_secs(20), future);
    limit
        .await
        .unwrap_or_else(|_| panic!("waited in vain for {what}"))
}

async fn seen(handle: &Handle, what: &str, holds: impl Fn(&Snapshot) -> bool) {
    let mut watch = handle.watch();
    within(what, watch.wait_for(|snapshot| holds(snapshot)))
        .await
        .unwrap();
}

#[tokio::test]
async fn events_and_the_graph_reach_readers() {
    let (handle, events, nodes) = running();
    let mut changes = handle.changes();
    let named = naming(pod("a", "1"), "/a");
    events
        .send(Event::Pods(Change::Reset(vec![named])))
        .await
        .unwrap();
    seen(&handle, "the pod", |now| now.pod_count() == 1).await;
    nodes.send_replace(Nodes::from(["/a".to_owned()]));
    let ok = |now: &Snapshot| now.pods().all(|report| report.health.level == Level::Ok);
    seen(&handle, "the node", |now| now.pod_count() == 1 && ok(now)).await;
    let mut known = BTreeMap::new();
    while known
        .values()
        .next()
        .is_none_or(|report: &Arc<PodReport>| report.health.level != Level::Ok)
    {
        let step = within("a step", changes.next()).await.unwrap();
        replay(&mut known, &step.events);
    }
    drop(events);
    drop(handle);
    while within("the end", changes.next()).await.is_some() {}
}

#[tokio::test]
async fn time_alone_brings_a_change() {
    let (handle, events, _nodes) = running();
    let almost_over = SystemTime::now() - health::RESTARTED_LATELY + Duration::from_millis(300);
    let pod = restarted(pod("a", "1"), almost_over);
    events.send(Event::Pods(Change::Apply(pod))).await.unwrap();
    let ok = |now: &Snapshot| now.pods().any(|report| report.health.level == Level::Ok);
    seen(&handle, "the end of the restart's time", ok).await;
}

#[tokio::test]
async fn a_reader_far_behind_still_ends_up_with_everything() {
    let (handle, events, _nodes) = running();
    let mut changes = handle.changes();
    for turn in 0..1000_u32 {
        let name = format!("p{}", turn % 50);
        let change = if turn % 3 == 2 {
            Change::Delete(PodKey::new("default", name))
        } else {
            Change::Apply(pod(&name, &turn.to_string()))
        };
        let version = handle.snapshot().version();
        events.send(Event::Pods(change)).await.unwrap();
        seen(&handle, "the event", |now| now.version() > version).await;
    }
    let last = handle.snapshot();
    let mut known = BTreeMap::new();
    while changes.seen().version() < last.version() {
        let step = within("a step", changes.next()).await.unwrap();
        replay(&mut known, &step.events);
    }
    assert!(known.values().eq(last.pods()));
}

#[tokio::test]
async fn a_reader_that_is_cancelled_while_it_falls_behind_forgets_nothing() {
    let (handle, events, _nodes) = running();
    // tokio delays a future that has done much in one turn, so one of these readers is delayed, and then
    // cancelled, right after it learned that it is behind
    let mut readers: Vec<_> = (0..200).map(|spent| (spent, handle.changes())).collect();
    for turn in 0..300_u32 {
        let version = handle.snapshot().version();
        let change = Change::Apply(pod(&format!("p{turn}"), "1"));
        events.send(Event::Pods(change)).await.unwrap();
        seen(&handle, "the event", |now| now.version() > version).await;
    }
    let last = handle.snapshot();
    for (spent, changes) in &mut readers {
        let mut known = BTreeMap::new();
        while changes.seen().version() < last.version() {
            tokio::task::yield_now().await;
            for _ in 0..*spent {
                tokio::task::consume_budget().await;
            }
            if let Some(step) = changes.next().now_or_never() {
                replay(&mut known, &step.unwrap().events);
            }
            *spent = 0;
        }
        assert!(known.values().eq(last.pods()));
    }
}
