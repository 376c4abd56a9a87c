//! podbay on a real control plane with a real host: running containers, `kubectl`, an outage of the
//! API server, and peers of other DDS implementations.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "graph/support.rs"]
#[allow(dead_code)]
mod support;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::Value;
use support::{Podbay, VENDORS, next_domain, poll};

const HTTP: &str = "127.0.0.1:9641";
const LAUNCH: [&str; 4] = [
    "launch",
    "launch/talker_listener.launch.xml",
    "--profile",
    "launch/demo.profile.yaml",
];

/// One test stops the API server, so the tests take turns.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn run(program: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(program);
    let output = command
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {arguments:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn kubectl(arguments: &[&str]) -> String {
    run("kubectl", arguments)
}

fn control_plane(script: &str, arguments: &[&str]) {
    let directory = std::env::var("PODBAY_CONTROL_PLANE").unwrap();
    let script = format!("tests/control-plane/{script}");
    run(&script, &[&["--dir", &directory], arguments].concat());
}

/// Loads the image of podbay that `launch/demo.profile.yaml` names on the host.
fn import_image() {
    static IMPORTED: OnceLock<()> = OnceLock::new();
    IMPORTED.get_or_init(|| {
        let tar = cache().join("podbay-image.tar");
        let mut build = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/docker/build"));
        let built = build
            .arg(&tar)
            .env("CARGO_TARGET_DIR", cache().join("image"))
            .status()
            .unwrap();
        assert!(built.success(), "docker/build failed");
        let socket = std::env::var("CONTAINERD_ADDRESS").unwrap();
        run(
            "ctr",
            &[
                "--address",
                &socket,
                "--namespace",
                "k8s.io",
                "images",
                "import",
                tar.to_str().unwrap(),
            ],
        );
    });
}

fn cache() -> PathBuf {
    let own = std::env::var_os("PODBAY_CACHE").map(PathBuf::from);
    own.unwrap_or_else(|| Path::new(&std::env::var_os("HOME").unwrap()).join(".cache/podbay"))
}

/// Names of podbay's pods, according to the API server.
fn pods_by_kubectl() -> BTreeSet<String> {
    let list = kubectl(&[
        "get",
        "pods",
        "-l",
        "app.kubernetes.io/managed-by=podbay",
        "-o",
        "name",
    ]);
    list.lines()
        .map(|line| line.trim_start_matches("pod/").to_owned())
        .collect()
}

/// Names of ready pods, according to `list_pods`.
fn ready_pods(reply: &Value) -> BTreeSet<String> {
    let pods = reply["pods"].as_array().unwrap().iter();
    pods.filter(|pod| pod["ready"] == true)
        .map(|pod| pod["name"].as_str().unwrap().to_owned())
        .collect()
}

/// Status line and body.
fn http_get(path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(HTTP).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: podbay\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

#[test]
#[ignore = "needs the foreign peers and a host (tests/control-plane/up --kubelet)"]
fn a_launch_runs_in_real_containers_and_kubectl_agrees() {
    let _turn = turn();
    import_image();
    let mut podbay = Podbay::on(&["--cluster", "kube", "--http", HTTP], next_domain(), &LAUNCH);
    let says = |podbay: &Podbay, text: &str| podbay.output().contains(text);
    assert!(
        poll(|| says(&podbay, "everything is ready: 2 pods")),
        "{}",
        podbay.output()
    );
    assert!(
        poll(|| says(&podbay, "I heard: 'Hello World:")),
        "{}",
        podbay.output()
    );

    let pods = pods_by_kubectl();
    assert_eq!(pods.len(), 2, "{pods:?}");
    for dds in VENDORS {
        podbay.call_until(dds, "list_pods", &["pod_namespace=default"], |reply| {
            ready_pods(reply) == pods
        });
        podbay.ask(dds, &["echo", "/demo/chatter", "std_msgs/msg/String"]);
    }

    let talker = pods
        .iter()
        .find(|name| name.contains("talker-listener") && name.ends_with("talker"))
        .unwrap();
    kubectl(&["delete", "pod", talker]);
    for dds in VENDORS {
        podbay.call_until(dds, "get_pod", &[&format!("name={talker}")], |reply| {
            reply["success"] == false
        });
        let gone = poll(|| {
            let nodes = podbay.ask(dds, &["nodes", "--count", "2"]);
            !nodes.as_array().unwrap().contains(&"/demo/talker".into())
        });
        assert!(gone, "{dds} still sees /demo/talker");
    }

    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
    assert_eq!(pods_by_kubectl(), BTreeSet::new());
    assert_eq!(
        kubectl(&["get", "configmaps", "-l", "podbay.dev/launch", "-o", "name"]),
        ""
    );
}

#[test]
#[ignore = "needs a host (tests/control-plane/up --kubelet)"]
fn nodes_that_share_a_pod_share_its_memory_and_have_a_service() {
    let _turn = turn();
    import_image();
    let launch = [
        "launch",
        LAUNCH[1],
        "--id=one",
        "--profile=tests/graph/grouped.profile.yaml",
    ];
    let mut podbay = Podbay::on(&["--cluster", "kube", "--http", HTTP], next_domain(), &launch);
    for text in [
        "one-all: OK Running",
        "[demo-talker] Publishing",
        "[demo-listener] I heard",
    ] {
        assert!(
            poll(|| podbay.output().contains(text)),
            "{text}: {}",
            podbay.output()
        );
    }
    let field = |path: &str| kubectl(&["get", "pod", "one-all", "-o", &format!("jsonpath={path}")]);
    assert_eq!(field("{.spec.containers[*].name}"), "demo-talker demo-listener");
    assert_eq!(
        field("{.spec.volumes[?(@.name=='shm')].emptyDir.sizeLimit}"),
        "256Mi"
    );
    let endpoints = || {
        kubectl(&[
            "get",
            "endpointslices",
            "-l",
            "kubernetes.io/service-name=one-all",
            "-o",
            "name",
        ])
    };
    assert!(poll(|| !endpoints().is_empty()), "no endpoints of the Service");
    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
    assert_eq!(
        kubectl(&["get", "pods,services", "-l", "podbay.dev/launch", "-o", "name"]),
        ""
    );
}

#[test]
#[ignore = "needs the foreign peers and a host (tests/control-plane/up --kubelet)"]
fn a_lost_api_server_is_said_and_found_again() {
    let _turn = turn();
    import_image();
    let domain = next_domain();
    let podbay = Podbay::on(&["--cluster", "kube", "--http", HTTP], domain, &LAUNCH);
    assert!(
        poll(|| podbay.output().contains("everything is ready: 2 pods")),
        "{}",
        podbay.output()
    );
    assert!(http_get("/readyz").0.contains("200"));
    let pods = pods_by_kubectl();
    let mut diagnostics = podbay.listen(
        "cyclone",
        "/diagnostics",
        "diagnostic_msgs/msg/DiagnosticArray",
        &[],
    );
    let all_at = |sample: &Value, level: u64| {
        pods.iter().all(|pod| {
            let statuses = sample["status"].as_array().unwrap();
            statuses
                .iter()
                .any(|s| s["name"].as_str().unwrap().ends_with(pod) && s["level"] == level)
        })
    };

    control_plane("ctl", &["kill", "kube-apiserver"]);
    diagnostics.until(|sample| all_at(sample, 3));
    let (status, body) = http_get("/readyz?verbose");
    assert!(
        status.contains("503") && body.contains("watch"),
        "{status} {body}"
    );
    assert!(http_get("/livez").0.contains("200"));
    let refused = podbay.call("fastdds", "delete_pod", &["name=whatever"]);
    assert_eq!(refused["success"], false);
    assert!(
        refused["message"].as_str().unwrap().contains("is not responding"),
        "{refused}"
    );

    control_plane("ctl", &["start", "kube-apiserver"]);
    diagnostics.until(|sample| all_at(sample, 0));
    assert!(poll(|| http_get("/readyz").0.contains("200")));
    podbay.call_until("cyclone", "list_pods", &["pod_namespace=default"], |reply| {
        ready_pods(reply) == pods
    });
}

/// Makes the API server keep the pod `name` after its deletion, or stop doing so.
fn hold(name: &str, held: bool) {
    let finalizers = if held { r#"["podbay.dev/test"]"# } else { "null" };
    let patch = format!(r#"{{"metadata":{{"finalizers":{finalizers}}}}}"#);
    kubectl(&["patch", "pod", name, "--type=merge", "-p", &patch]);
}

/// A field of the pod `name`; empty if the pod does not exist.
fn field(name: &str, path: &str) -> String {
    let path = format!("jsonpath={{{path}}}");
    kubectl(&["get", "pod", name, "--ignore-not-found", "-o", &path])
}

#[test]
#[ignore = "needs the foreign peers and a host (tests/control-plane/up --kubelet)"]
fn a_restart_in_which_podbay_is_killed_is_finished_by_the_next_one() {
    let _turn = turn();
    import_image();
    let serve = || Podbay::on(&["--cluster", "kube", "--http", HTTP], next_domain(), &["serve"]);
    let mut podbay = serve();
    let container = serde_json::json!({"name": "main", "image": "localhost/podbay:dev",
        "imagePullPolicy": "IfNotPresent", "command": ["podbay", "demo", "talker"]});
    let manifest = serde_json::json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "again"},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1}});
    podbay.succeed("cyclone", "create_pod", &[&format!("manifest={manifest}")]);
    assert!(poll(|| field("again", ".status.phase") == "Running"));
    let before = field("again", ".metadata.uid");
    hold("again", true);
    let mut caller = podbay
        .peer("cyclone")
        .args([
            "call",
            "/podbay/restart_pod",
            "podbay_msgs/srv/RestartPod",
            "name=again",
        ])
        .spawn()
        .unwrap();
    assert!(poll(|| !field("again", ".metadata.deletionTimestamp").is_empty()));
    podbay.kill();
    let _ = caller.kill();
    let _ = caller.wait();
    hold("again", false);
    assert!(poll(|| field("again", ".metadata.uid").is_empty()));

    let podbay = serve();
    let running = || field("again", ".status.phase") == "Running";
    assert!(poll(running), "{}", podbay.output());
    assert_ne!(field("again", ".metadata.uid"), before);
    let notes = ["get", "configmaps", "-l", "podbay.dev/restart", "-o", "name"];
    assert!(poll(|| kubectl(&notes).is_empty()));
    podbay.succeed("cyclone", "delete_pod", &["name=again"]);
}

/// Uids of podbay's pods by name.
fn uids() -> Vec<String> {
    let list = kubectl(&[
        "get",
        "pods",
        "-l",
        "app.kubernetes.io/managed-by=podbay",
        "-o",
        "jsonpath={range .items[*]}{.metadata.uid}{\"\\n\"}{end}",
    ]);
    list.lines().map(str::to_owned).collect()
}

#[test]
#[ignore = "needs the foreign peers and a host (tests/control-plane/up --kubelet)"]
fn a_launch_of_controllers_is_followed_restarted_and_stopped() {
    let _turn = turn();
    import_image();
    let launch = [
        LAUNCH[0],
        LAUNCH[1],
        LAUNCH[2],
        "tests/pods/workloads.profile.yaml",
    ];
    let mut podbay = Podbay::on(&["--cluster", "kube", "--http", HTTP], next_domain(), &launch);
    let says = |podbay: &Podbay, text: &str| poll(|| podbay.output().contains(text));
    assert!(
        says(&podbay, "everything is ready: 1 Deployment, 1 StatefulSet"),
        "{}",
        podbay.output()
    );
    assert!(says(&podbay, "I heard: 'Hello World:"), "{}", podbay.output());
    podbay.call_until("cyclone", "list_pods", &["pod_namespace=default"], |reply| {
        ready_pods(reply) == pods_by_kubectl()
    });

    let before = uids();
    let talker = pods_by_kubectl()
        .into_iter()
        .find(|name| name.contains("-talker-"))
        .unwrap();
    let reply = podbay.call("cyclone", "restart_pod", &[&format!("name={talker}")]);
    let message = reply["message"].as_str().unwrap();
    assert!(
        message.contains("ReplicaSet") && message.contains("creates the next one"),
        "{message}"
    );
    assert!(poll(|| {
        let now = uids();
        now.len() == 2 && now.iter().any(|uid| !before.contains(uid))
    }));

    assert_eq!(podbay.interrupt(), Some(0), "{}", podbay.output());
    let left = [
        "get",
        "deployments,replicasets,statefulsets,pods,configmaps",
        "-l",
        "podbay.dev/launch",
        "-o",
        "name",
    ];
    assert!(poll(|| kubectl(&left).is_empty()), "{}", kubectl(&left));
}
