//! Pods that become running and ready.

use podbay_core::cluster::{Exec, LogQuery};
use podbay_core::health;
use podbay_core::health::Surroundings;
use podbay_core::health::{Connection, Level};
use podbay_core::names::Nodes;
use podbay_core::pod::{ContainerState, Phase, Pod, Setup};
use serde_json::{Value, json};
use std::time::Duration;

use super::Fixture;
use super::seen::{Seen, is_running, main_container, waiting_reason};

pub(crate) async fn a_pod_becomes_ready(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let labels = json!({"podbay.dev/launch": "l", "app": "x"});
    let annotations = json!({"podbay.dev/nodes": "/talker", "other": "x"});
    let changes = [
        ("/metadata/labels", labels),
        ("/metadata/annotations", annotations),
    ];
    let created = fixture
        .create(&fixture.pod_with("ready", &["print"], &changes))
        .await;
    let pod = seen.pod(&fixture.key("ready"), "ready", |pod| pod.ready).await;
    assert_eq!(pod.uid, created.uid());
    assert_eq!(pod.launch(), "l");
    assert_eq!(pod.expected_nodes().collect::<Vec<_>>(), ["/talker"]);
    assert_eq!(
        (pod.phase, pod.deleting, pod.unschedulable.clone()),
        (Phase::Running, None, None)
    );
    assert!(!pod.host.is_empty() && !pod.ip.is_empty());
    let main = main_container(&pod);
    assert!(main.ready && main.restarts == 0 && main.last.is_none());
    assert!(
        matches!(main.state, ContainerState::Running { started } if started >= pod.created),
        "{main:?}"
    );
    // A watch that starts now reports the same.
    let told = Seen::start(&fixture.cluster).await.pods[&pod.key].clone();
    assert_eq!(told.containers, pod.containers);
}

pub(crate) async fn init_containers_run_first(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let mounts = json!([{"name": "work", "mountPath": "/conformance/here"}]);
    let with_mounts = |mut container: Value| {
        container["volumeMounts"] = mounts.clone();
        container
    };
    let pod = fixture.pod_with(
        "init",
        &["exists", "/conformance/here/b"],
        &[
            ("/spec/volumes", json!([{"name": "work", "emptyDir": {}}])),
            ("/spec/containers/0/volumeMounts", mounts.clone()),
            (
                "/spec/initContainers",
                json!([
                    with_mounts(fixture.container("first", &["touch", "/conformance/here/a"])),
                    with_mounts(fixture.container("second", &["exists", "/conformance/here/a"])),
                    with_mounts(fixture.container("third", &["touch", "/conformance/here/b"])),
                ]),
            ),
        ],
    );
    fixture.create(&pod).await;
    let done = |pod: &podbay_core::pod::Pod| matches!(pod.phase, Phase::Succeeded | Phase::Failed);
    let pod = seen.pod(&fixture.key("init"), "done", done).await;
    assert_eq!(pod.phase, Phase::Succeeded, "{pod:#?}");
    let names: Vec<_> = pod
        .containers
        .iter()
        .map(|container| (container.name.as_str(), container.init))
        .collect();
    assert_eq!(
        names,
        [
            ("first", true),
            ("second", true),
            ("third", true),
            ("main", false)
        ]
    );
    for container in &pod.containers {
        assert!(matches!(&container.state, ContainerState::Terminated(end) if end.reason == "Completed"));
    }
}

pub(crate) async fn configuration_reaches_the_container(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture
        .create(&fixture.config_map("params", json!({"talker.yaml": "rate: 5\n", "WORD": "hello"})))
        .await;
    let env = json!([
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "WHERE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.namespace"}}},
        {"name": "KEY", "valueFrom": {"configMapKeyRef": {"name": "params", "key": "WORD"}}},
        {"name": "BOTH", "value": "$(KEY) from $(POD) $$(POD) $(NOT_THERE)"},
    ]);
    let volumes = json!([{"name": "params", "configMap": {"name": "params"}}]);
    let mounts = json!([{"name": "params", "mountPath": "/etc/podbay/params"}]);
    let say = fixture.pod_with(
        "say",
        &["say", "$(BOTH)", "$(WHERE)", "$(WORD)"],
        &[
            ("/spec/containers/0/env", env),
            (
                "/spec/containers/0/envFrom",
                json!([{"configMapRef": {"name": "params"}}]),
            ),
        ],
    );
    let cat = fixture.pod_with(
        "cat",
        &["cat", "/etc/podbay/params/talker.yaml"],
        &[
            ("/spec/volumes", volumes),
            ("/spec/containers/0/volumeMounts", mounts),
        ],
    );
    let expected = format!(
        "hello from say $(POD) $(NOT_THERE)\n{}\nhello\n",
        fixture.namespace
    );
    for (pod, expected) in [(say, expected.as_str()), (cat, "rate: 5\n")] {
        fixture.create(&pod).await;
        let key = fixture.key(pod.name());
        seen.pod(&key, "succeeded", |pod| pod.phase == Phase::Succeeded)
            .await;
        let query = LogQuery {
            key,
            container: String::new(),
            tail_lines: 0,
            previous: false,
        };
        assert_eq!(fixture.cluster.logs(&query).await.unwrap(), expected);
    }
}

pub(crate) async fn missing_configuration_is_waited_for(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let from = json!([{"configMapRef": {"name": "late"}}]);
    let pod = fixture.pod_with("waits", &["print"], &[("/spec/containers/0/envFrom", from)]);
    fixture.create(&pod).await;
    let key = fixture.key("waits");
    let pod = seen
        .pod(&key, "waiting", |pod| {
            waiting_reason(pod) == "CreateContainerConfigError"
        })
        .await;
    assert_eq!(pod.phase, Phase::Pending);
    match &main_container(&pod).state {
        ContainerState::Waiting { message, .. } => assert_eq!(message, "configmap \"late\" not found"),
        other => panic!("{other:?}"),
    }
    fixture
        .create(&fixture.config_map("late", json!({"A": "b"})))
        .await;
    seen.pod(&key, "ready", |pod| pod.ready).await;
}

pub(crate) async fn a_missing_volume_is_told_with_its_reason(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let volumes = json!([{"name": "params", "configMap": {"name": "none"}}]);
    let mounts = json!([{"name": "params", "mountPath": "/params"}]);
    let changes = [
        ("/spec/volumes", volumes),
        ("/spec/containers/0/volumeMounts", mounts),
    ];
    fixture
        .create(&fixture.pod_with("unmounted", &["print"], &changes))
        .await;
    let key = fixture.key("unmounted");
    let told = |pod: &Pod| match &main_container(pod).state {
        ContainerState::Waiting { message, .. } => !message.is_empty(),
        _ => false,
    };
    seen.until("the reason", |seen| {
        let pod = seen.pods.get(&key);
        pod.is_some_and(|pod| matches!(pod.setup, Setup::Missing(_)))
            && (seen.warnings.contains_key(&key) || pod.is_some_and(told))
    })
    .await;
    let mut pod = seen.pods[&key].clone();
    pod.warning = seen.warnings.get(&key).cloned();
    let Setup::Missing(since) = pod.setup else {
        panic!("{pod:?}")
    };
    let (nodes, connection) = (Nodes::new(), Connection::Connected { since });
    let around = |now| Surroundings {
        nodes: &nodes,
        connection: &connection,
        now,
    };
    let due = since + health::SETUP_FAILING;
    assert_eq!(health::next_change(&pod, since), Some(due));
    assert_eq!(health::evaluate(&pod, &around(since)).level, Level::Warn);
    let health = health::evaluate(&pod, &around(due));
    assert_eq!(
        (health.level, health.reason.as_str()),
        (Level::Error, "ContainerCreating")
    );
    let failure = "MountVolume.SetUp failed for volume \"params\" : configmap \"none\" not found";
    assert_eq!(
        health.message,
        format!("cannot be set up on host {}: {failure}", pod.host)
    );
}

fn probe(handler: &str, value: Value) -> Value {
    json!({handler: value, "periodSeconds": 1, "failureThreshold": 1, "timeoutSeconds": 5})
}

pub(crate) async fn readiness_follows_an_exec_probe(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let command = fixture.command(&["exists", "/conformance/ready"]);
    let pod = fixture.pod_with(
        "probed",
        &["print"],
        &[
            ("/spec/volumes", json!([{"name": "work", "emptyDir": {}}])),
            (
                "/spec/containers/0/volumeMounts",
                json!([{"name": "work", "mountPath": "/conformance"}]),
            ),
            (
                "/spec/containers/0/readinessProbe",
                probe("exec", json!({"command": command})),
            ),
        ],
    );
    fixture.create(&pod).await;
    let key = fixture.key("probed");
    let pod = seen.pod(&key, "running", is_running).await;
    assert!(!pod.ready && !main_container(&pod).ready);
    let touch = Exec {
        key: key.clone(),
        container: String::new(),
        command: fixture.command(&["touch", "/conformance/ready"]),
        timeout: Duration::from_secs(30),
    };
    assert_eq!(fixture.cluster.exec(&touch).await.unwrap().exit_code, 0);
    let pod = seen.pod(&key, "ready", |pod| pod.ready).await;
    assert!(main_container(&pod).ready);
}

/// An unused port.
fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A running pod with this readiness probe becomes ready, or does not.
async fn check_readiness(fixture: &Fixture, name: &str, args: &[&str], readiness: Value, ready: bool) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let changes = [("/spec/containers/0/readinessProbe", readiness)];
    fixture.create(&fixture.pod_with(name, args, &changes)).await;
    let pod = seen
        .pod(&fixture.key(name), name, |pod| {
            is_running(pod) && pod.ready == ready
        })
        .await;
    assert_eq!(main_container(&pod).ready, ready);
}

pub(crate) async fn readiness_follows_a_tcp_probe(fixture: &Fixture) {
    let port = free_port();
    let listen = ["listen", &port.to_string()];
    check_readiness(
        fixture,
        "listens",
        &listen,
        probe("tcpSocket", json!({"port": port})),
        true,
    )
    .await;
    check_readiness(
        fixture,
        "deaf",
        &["print"],
        probe("tcpSocket", json!({"port": 1})),
        false,
    )
    .await;
}

pub(crate) async fn readiness_follows_an_http_probe(fixture: &Fixture) {
    for (name, status, ready) in [
        ("good", "204", true),
        ("moved", "302", true),
        ("bad", "503", false),
    ] {
        let port = free_port();
        let serve = ["serve", &port.to_string(), status];
        let get = json!({"port": port, "path": "/healthz", "httpHeaders": [{"name": "A", "value": "b"}]});
        check_readiness(fixture, name, &serve, probe("httpGet", get), ready).await;
    }
}

pub(crate) async fn startup_comes_before_readiness(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let mut startup = probe(
        "exec",
        json!({"command": fixture.command(&["exists", "/no/such/file"])}),
    );
    startup["failureThreshold"] = json!(3);
    let pod = fixture.pod_with(
        "slow",
        &["print"],
        &[
            ("/spec/restartPolicy", json!("Always")),
            ("/spec/containers/0/startupProbe", startup),
        ],
    );
    fixture.create(&pod).await;
    let key = fixture.key("slow");
    let pod = seen.pod(&key, "running", is_running).await;
    assert!(
        !pod.ready && !main_container(&pod).ready,
        "it has no readiness probe, but has not started up"
    );
    let restarted = |pod: &podbay_core::pod::Pod| main_container(pod).restarts > 0;
    let pod = seen.pod(&key, "restarted", restarted).await;
    assert!(!pod.ready);
}

pub(crate) async fn liveness_restarts(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let command = fixture.command(&["exists", "/no/such/file"]);
    let pod = fixture.pod_with(
        "dies",
        &["print"],
        &[
            ("/spec/restartPolicy", json!("Always")),
            (
                "/spec/containers/0/livenessProbe",
                probe("exec", json!({"command": command})),
            ),
        ],
    );
    fixture.create(&pod).await;
    let restarted = |pod: &podbay_core::pod::Pod| main_container(pod).restarts > 0;
    let pod = seen.pod(&fixture.key("dies"), "restarted", restarted).await;
    assert_eq!(
        main_container(&pod).last.as_ref().map(|last| last.exit_code),
        Some(0),
        "ended on SIGTERM by itself"
    );
}
