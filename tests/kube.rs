//! The backend `kube` against a real API server.
//!
//! `eval "$(tests/control-plane/up)"` first; with `--kubelet` for the tests that need running pods.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "conformance/mod.rs"]
#[macro_use]
mod conformance;
#[path = "kube/lossy.rs"]
mod lossy;
#[path = "kube/proxy.rs"]
mod proxy;
#[path = "kube/support.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures::StreamExt;
use lossy::Lossy;
use podbay::cluster::kube::{KubeCluster, Options};
use podbay::metrics::Metrics;
use podbay_core::cluster::{Cluster, Error, Exec, LogQuery};
use podbay_core::object::{Object, ObjectRef};
use proxy::{Proxy, Wire};
use serde_json::json;
use support::{
    IMAGE, Namespace, PATIENCE, SERVER, Watched, connect, connect_in, control_plane, import, kubeconfig,
    kubectl, pod, with_token,
};

conformance_tests!(fixture, #[ignore = "needs KUBECONFIG with a host (tests/control-plane/up --kubelet)"]);

async fn fixture(test: &'static str) -> conformance::Fixture {
    static IMPORTED: OnceLock<()> = OnceLock::new();
    let image = "podbay.test/conformance:1";
    IMPORTED.get_or_init(|| import(image, &conformance::compile_testpod(&std::env::temp_dir())));
    let namespace = Namespace::new(&test.replace('_', "-")).await;
    conformance::Fixture {
        cluster: Arc::new(connect_in(&namespace).await),
        namespace: namespace.name.clone(),
        image: image.to_owned(),
        program: "/testpod".to_owned(),
        _keep: Box::new(namespace),
    }
}

/// Connecting with this kubeconfig fails, and says all of this.
async fn check_connect(text: &str, context: Option<&str>, expected: &[&str]) {
    static FILES: AtomicU32 = AtomicU32::new(0);
    let file = FILES.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("podbay-connect-{}-{file}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let options = Options {
        kubeconfig: Some(path.clone()),
        context: context.map(str::to_owned),
        ..Default::default()
    };
    let metrics = Metrics::new("none", "kube").unwrap();
    let error = KubeCluster::connect(options, metrics)
        .await
        .err()
        .unwrap()
        .to_string();
    std::fs::remove_file(&path).unwrap();
    for part in expected
        .iter()
        .copied()
        .chain([&*path.to_string_lossy(), "--context"])
    {
        assert!(error.contains(part), "{part:?} is not in {error:?}");
    }
}

/// A kubeconfig whose server is a port of loopback that nobody listens on.
const NOBODY: &str = "
clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}]
contexts: [{name: a, context: {cluster: a}}]
current-context: a
";

#[tokio::test]
async fn a_cluster_that_cannot_be_reached_is_named_with_the_way_out() {
    check_connect(NOBODY, None, &["http://127.0.0.1:1", "Connection refused"]).await;
    check_connect(NOBODY, Some("b"), &["context b of kubeconfig", "--context"]).await;
    check_connect("clusters: {", None, &["does not lead to a cluster"]).await;
    check_connect("", None, &["does not lead to a cluster"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn credentials_that_are_not_accepted_are_named_with_the_way_out() {
    let _server = SERVER.read().await;
    let path = kubeconfig("wrong-token", |line| with_token(line, "nonsense"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    check_connect(
        &text,
        None,
        &["does not accept the credentials", "https://127.0.0.1:"],
    )
    .await;
}

/// `result` is an error that says `expected`, with NS for the namespace.
#[track_caller]
fn check_error<T>(result: Result<T, Error>, namespace: &Namespace, expected: &str) {
    let error = result.err().expect("this fails").to_string();
    let expected = expected.replace("NS", &namespace.name);
    assert!(error.contains(&expected), "{expected:?} is not in {error:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn errors_name_thing_place_and_way_out() {
    let ns = Namespace::new("errors").await;
    let kube = connect_in(&ns).await;
    let a = pod(&ns.name, "a");
    let key = ObjectRef::pod(&ns.name, "a");

    check_error(kube.get(&key).await, &ns, "Pod NS/a does not exist");
    check_error(kube.delete(&key, None).await, &ns, "Pod NS/a does not exist");
    check_error(
        kube.create(&pod("nowhere", "a"), false).await,
        &ns,
        "namespace nowhere does not exist; create it or name one that exists",
    );
    check_error(
        kube.apply(&pod("nowhere", "a"), false).await,
        &ns,
        "namespace nowhere does not exist",
    );
    kube.create(&a, false).await.unwrap();
    check_error(kube.create(&a, false).await, &ns, "Pod NS/a already exists");

    let mut bad = pod(&ns.name, "b");
    bad.0["spec"]["containers"] = json!([]);
    check_error(
        kube.create(&bad, false).await,
        &ns,
        "Pod NS/b is invalid: spec.containers: Required value",
    );
    bad.0["spec"] = json!({"containers": 7});
    check_error(kube.create(&bad, false).await, &ns, "Pod NS/b is invalid");
    let mut unknown = pod(&ns.name, "b");
    unknown.0["spec"]["hostNetwrok"] = json!(true);
    check_error(
        kube.create(&unknown, false).await,
        &ns,
        "unknown field \"spec.hostNetwrok\"",
    );
    check_error(kube.apply(&unknown, false).await, &ns, "hostNetwrok");
    let mut immutable = a.clone();
    immutable.0["spec"]["restartPolicy"] = json!("Never");
    check_error(kube.apply(&immutable, false).await, &ns, "Pod NS/a ");
    check_error(
        kube.get(&ObjectRef::pod(&ns.name, "../secrets/x")).await,
        &ns,
        "is invalid: name",
    );
    let log = LogQuery {
        key: ns.key("x"),
        container: String::new(),
        tail_lines: 0,
        previous: false,
    };
    check_error(kube.logs(&log).await, &ns, "Pod NS/x does not exist");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn apply_creates_changes_and_respects_others() {
    let ns = Namespace::new("apply").await;
    let kube = connect_in(&ns).await;
    let map = |value: &str| {
        Object(json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"key": value},
        }))
    };
    let what = ObjectRef::config_map(&ns.name, "m");
    kube.apply(&map("0"), true).await.unwrap();
    check_error(kube.get(&what).await, &ns, "does not exist");
    let applied = kube.apply(&map("1"), false).await.unwrap();
    assert_eq!(
        (applied.namespace(), applied.text("/data/key")),
        (ns.name.as_str(), "1")
    );
    assert!(applied.0.pointer("/metadata/managedFields").is_none());
    kube.apply(&map("2"), false).await.unwrap();
    // what podbay created it may apply
    kube.delete(&what, None).await.unwrap();
    kube.create(&map("1"), false).await.unwrap();
    kube.apply(&map("2"), false).await.unwrap();
    assert_eq!(kube.get(&what).await.unwrap().text("/data/key"), "2");

    let patch = r#"{"data":{"key":"3"}}"#;
    kubectl(
        &[
            "patch",
            "configmap",
            "m",
            "-n",
            &ns.name,
            "--type=merge",
            "-p",
            patch,
        ],
        "",
    );
    let error = kube.apply(&map("4"), false).await.unwrap_err();
    assert!(matches!(error, Error::Conflict { .. }), "{error}");
    assert!(error.to_string().contains("kubectl"), "{error}");
    kube.delete(&what, None).await.unwrap();
    check_error(kube.get(&what).await, &ns, "does not exist");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn every_change_is_told_from_a_first_reset_on() {
    let ns = Namespace::new("told").await;
    let kube = connect_in(&ns).await;
    kube.create(&pod(&ns.name, "early"), false).await.unwrap();
    let mut watched = Watched::start(connect_in(&ns).await);
    watched.connected().await;
    assert_eq!(
        watched.order.iter().filter(|kind| **kind == "pods reset").count(),
        1
    );
    assert_eq!(watched.order.last(), Some(&"connected"));
    assert!(watched.pods.contains_key(&ns.key("early")), "{watched}");

    kube.create(&pod(&ns.name, "late"), false).await.unwrap();
    watched.pod("a new pod", &ns.key("late"), true).await;
    kubectl(
        &["label", "pod", "late", "-n", &ns.name, "podbay.dev/launch=l"],
        "",
    );
    let late = ns.key("late");
    watched
        .until("its label", |seen| seen.pods[&late].launch() == "l")
        .await;
    kube.delete(&ObjectRef::pod(&ns.name, "early"), Some(Duration::ZERO))
        .await
        .unwrap();
    watched.pod("a deleted pod", &ns.key("early"), false).await;

    kubectl(&["create", "configmap", "record", "-n", &ns.name], "");
    kubectl(
        &[
            "label",
            "configmap",
            "record",
            "-n",
            &ns.name,
            "podbay.dev/launch=l",
        ],
        "",
    );
    watched
        .until("a launch record", |seen| seen.launches.contains("record"))
        .await;
    kubectl(&["delete", "configmap", "record", "-n", &ns.name], "");
    watched.until("its end", |seen| seen.launches.is_empty()).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_scope_is_one_set_of_all_its_namespaces() {
    let (a, b, c) = (
        Namespace::new("scope-a").await,
        Namespace::new("scope-b").await,
        Namespace::new("scope-c").await,
    );
    let kube = connect_in(&a).await;
    for ns in [&a, &b, &c] {
        kube.create(&pod(&ns.name, "p"), false).await.unwrap();
    }
    let scope = vec![a.name.clone(), b.name.clone()];
    let mut some = Watched::start(
        connect(Options {
            scope,
            ..Default::default()
        })
        .await,
    );
    some.connected().await;
    let keys: Vec<_> = some.pods.keys().cloned().collect();
    assert_eq!(keys, [a.key("p"), b.key("p")]);

    let mut all = Watched::start(connect(Options::default()).await);
    all.connected().await;
    assert!(
        all.pods.contains_key(&a.key("p")) && all.pods.contains_key(&c.key("p")),
        "{all}"
    );
}

/// Takes the wire away, changes what is on the other side, and gives it back.
async fn check_outage(name: &str, wire: Wire, reason: &str) {
    let ns = Namespace::new(name).await;
    let direct = connect_in(&ns).await;
    for pod_name in ["stays", "vanishes", "is-replaced"] {
        direct.create(&pod(&ns.name, pod_name), false).await.unwrap();
    }
    let server = direct.name().replace("kube https://", "");
    let proxy = Proxy::start(server.clone()).await;
    let address = proxy.address.to_string();
    let path = kubeconfig(name, |line| Some(line.replace(&server, &address)));
    let scope = vec![ns.name.clone()];
    let options = Options {
        kubeconfig: Some(path.clone()),
        scope,
        ..Default::default()
    };
    let mut watched = Watched::start(connect(options).await);
    watched.connected().await;
    let before = watched.pods[&ns.key("is-replaced")].uid.clone();

    proxy.set(wire);
    let why = watched.lost().await;
    assert!(why.contains(&address) && why.contains(reason), "{why}");
    for gone in ["vanishes", "is-replaced"] {
        direct
            .delete(&ObjectRef::pod(&ns.name, gone), Some(Duration::ZERO))
            .await
            .unwrap();
        kubectl(&["wait", "--for=delete", "-n", &ns.name, "pod", gone], "");
    }
    for come in ["is-replaced", "comes"] {
        direct.create(&pod(&ns.name, come), false).await.unwrap();
    }

    proxy.set(Wire::Whole);
    watched.connected().await;
    let names: Vec<_> = watched.pods.keys().map(|key| key.name.as_str()).collect();
    assert_eq!(names, ["comes", "is-replaced", "stays"]);
    assert_ne!(watched.pods[&ns.key("is-replaced")].uid, before);
    std::fs::remove_file(path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_cut_wire_loses_nothing() {
    check_outage("cut", Wire::Cut, "cannot be reached").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_silent_wire_is_noticed_and_loses_nothing() {
    check_outage("silent", Wire::Silent, "does not answer").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn an_api_server_that_was_killed_is_found_again() {
    let _alone = SERVER.write().await;
    let ns = Namespace::alone("killed");
    let kube = connect_in(&ns).await;
    let a = ObjectRef::pod(&ns.name, "a");
    kube.create(&pod(&ns.name, "a"), false).await.unwrap();
    let mut watched = Watched::start(connect_in(&ns).await);
    watched.connected().await;

    control_plane("kill", "kube-apiserver");
    let reason = watched.lost().await;
    assert!(reason.contains("cannot be reached"), "{reason}");
    let error = kube.get(&a).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");

    control_plane("start", "kube-apiserver");
    watched.connected().await;
    assert!(watched.pods.contains_key(&ns.key("a")), "{watched}");
    kube.delete(&a, Some(Duration::ZERO)).await.unwrap();
    watched
        .pod("a change after the outage", &ns.key("a"), false)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_missing_permission_is_named_with_the_way_out() {
    let ns = Namespace::new("denied").await;
    let n = ["-n", &ns.name];
    kubectl(&[&["create", "serviceaccount", "eve"], &n[..]].concat(), "");
    let token = kubectl(&[&["create", "token", "eve"], &n[..]].concat(), "");
    let path = kubeconfig("denied", |line| with_token(line, token.trim()));
    let options = Options {
        kubeconfig: Some(path.clone()),
        scope: vec![ns.name.clone()],
        ..Default::default()
    };
    let kube = connect(options.clone()).await;
    check_error(
        kube.create(&pod(&ns.name, "a"), false).await,
        &ns,
        "system:serviceaccount:NS:eve",
    );
    check_error(
        kube.create(&pod(&ns.name, "a"), false).await,
        &ns,
        "grant it: a Role with verb create on pods in namespace NS",
    );
    let mut watched = Watched::start(kube);
    let reason = watched.lost().await;
    for part in [
        "not allowed to list",
        " in namespace ",
        "grant it: a Role with get, list, watch on",
        &ns.name,
    ] {
        assert!(reason.contains(part), "{part:?} is not in {reason:?}");
    }
    let role = [
        &[
            "create",
            "role",
            "r",
            "--verb=get,list,watch",
            "--resource=pods,configmaps",
        ],
        &n[..],
    ]
    .concat();
    kubectl(&role, "");
    let account = format!("--serviceaccount={}:eve", ns.name);
    kubectl(
        &[&["create", "rolebinding", "r", "--role=r", &account], &n[..]].concat(),
        "",
    );
    watched.connected().await;

    let own = Options {
        scope: Vec::new(),
        namespace: Some(ns.name.clone()),
        only_own: true,
        ..options.clone()
    };
    let own = connect(own).await;
    assert_eq!(own.scope(), std::slice::from_ref(&ns.name));
    Watched::start(own).connected().await;

    let everywhere = Options {
        scope: Vec::new(),
        ..options
    };
    let reason = Watched::start(connect(everywhere).await).lost().await;
    assert!(
        reason.contains("in all namespaces") && reason.contains("a ClusterRole with"),
        "{reason}"
    );
    std::fs::remove_file(path).unwrap();
}

/// `podbay launch` in `ns` with the credentials in `kubeconfig`, until it ends; once all pods are there it is
/// interrupted. Returns whether it succeeded, and what it said.
fn launched(ns: &Namespace, kubeconfig: &Path) -> (bool, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_podbay"))
        .args([
            "launch",
            "launch/talker_listener.launch.xml",
            "--cluster",
            "kube",
            "--namespace",
            &ns.name,
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("KUBECONFIG", kubeconfig)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while child.try_wait().unwrap().is_none() {
        if kubectl(&["get", "pods", "-n", &ns.name, "-o", "name"], "")
            .lines()
            .count()
            == 2
        {
            let id = child.id().to_string();
            assert!(
                Command::new("kill")
                    .args(["-INT", &id])
                    .status()
                    .unwrap()
                    .success()
            );
            break;
        }
    }
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_launch_takes_a_role_in_its_namespace_and_no_more() {
    let ns = Namespace::new("role").await;
    let n = ["-n", &ns.name];
    kubectl(&[&["create", "serviceaccount", "pilot"], &n[..]].concat(), "");
    let token = kubectl(&[&["create", "token", "pilot"], &n[..]].concat(), "");
    let path = kubeconfig("role", |line| with_token(line, token.trim()));
    let (succeeded, said) = launched(&ns, &path);
    assert!(
        !succeeded && said.contains("grant it: a Role with get, list, watch on"),
        "{said}"
    );
    assert!(
        !said.contains("has ended") && !said.contains("started with"),
        "{said}"
    );

    let (verbs, resources) = (
        "--verb=get,list,watch,create,patch,delete",
        "--resource=pods,configmaps,pods/log",
    );
    kubectl(&[&["create", "role", "r", verbs, resources], &n[..]].concat(), "");
    let account = format!("--serviceaccount={}:pilot", ns.name);
    kubectl(
        &[&["create", "rolebinding", "r", "--role=r", &account], &n[..]].concat(),
        "",
    );
    let (succeeded, said) = launched(&ns, &path);
    assert!(succeeded && said.contains("has ended"), "{said}");
    let left = kubectl(
        &[
            "get",
            "pods,configmaps",
            "-n",
            &ns.name,
            "-l",
            "podbay.dev/launch",
            "-o",
            "name",
        ],
        "",
    );
    assert_eq!(left, "");
    std::fs::remove_file(path).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_launch_starts_and_stops_behind_a_proxy_that_loses_the_answer_of_every_write() {
    let ns = Namespace::new("lossy").await;
    let proxy = Lossy::start();
    let address = proxy.address.to_string();
    let path = kubeconfig("lossy", |line| match line.trim() {
        key if key.starts_with("certificate-authority-data:") => None,
        key if key.starts_with("server:") => Some(format!("    server: http://{address}")),
        _ => Some(line.to_owned()),
    });
    let (succeeded, said) = launched(&ns, &path);
    assert!(succeeded && said.contains("has ended"), "{said}");
    let lost = proxy.lost();
    let of_pods = |verb: &str| {
        let pods = lost.iter().filter(|request| request.starts_with(verb));
        pods.filter(|request| request.contains("/pods")).count()
    };
    assert_eq!((of_pods("POST"), of_pods("DELETE")), (2, 2), "{lost:?}\n{said}");
    let left = [
        "get",
        "pods,configmaps",
        "-n",
        &ns.name,
        "-l",
        "podbay.dev/launch",
        "-o",
        "name",
    ];
    assert_eq!(kubectl(&left, ""), "");
    std::fs::remove_file(path).unwrap();
}

/// A namespace with a running pod `a`: its container `main` ticks, its container `ends` keeps ending.
async fn running(test: &str) -> (Namespace, KubeCluster) {
    let ns = Namespace::new(test).await;
    let kube = connect_in(&ns).await;
    let dir = std::env::var("PODBAY_CONTROL_PLANE").unwrap();
    import(IMAGE, Path::new(&dir).join("libexec/host").as_path());
    let mut a = pod(&ns.name, "a");
    a.0["spec"]["containers"] = json!([
        {"name": "main", "image": IMAGE, "args": ["tick", "100ms", "tock"]},
        {"name": "ends", "image": IMAGE, "args": ["echo", "once"]},
    ]);
    kube.create(&a, false).await.unwrap();
    let mut watched = Watched::start(connect_in(&ns).await);
    let key = ns.key("a");
    let restarted = |seen: &Watched| {
        let pod = seen.pods.get(&key);
        pod.is_some_and(|pod| pod.containers.iter().any(|c| c.ready) && pod.restarts() > 0)
    };
    watched
        .until("a running pod that restarted a container", restarted)
        .await;
    (ns, kube)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG with a host (tests/control-plane/up --kubelet)"]
async fn logs_of_containers() {
    let (ns, kube) = running("logs").await;
    let log = |container: &str, tail_lines: u32, previous: bool| LogQuery {
        key: ns.key("a"),
        container: container.to_owned(),
        tail_lines,
        previous,
    };
    // between two restarts the kubelet may have thrown the log away
    let deadline = Instant::now() + PATIENCE;
    while kube.logs(&log("ends", 0, true)).await.ok().as_deref() != Some("once\n") {
        assert!(
            Instant::now() < deadline,
            "waited in vain for the log of the run before"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let tail = kube.logs(&log("main", 2, false)).await.unwrap();
    assert_eq!(
        tail.lines().filter(|line| line.ends_with(" tock")).count(),
        2,
        "{tail:?}"
    );
    check_error(
        kube.logs(&log("", 0, false)).await,
        &ns,
        "cannot read the log of Pod NS/a: a container name must",
    );
    check_error(
        kube.logs(&log("x", 0, false)).await,
        &ns,
        "container x is not valid for pod a",
    );

    let mut lines = kube.follow(&ns.key("a"), "main").await.unwrap();
    for tick in 1..=5 {
        assert_eq!(lines.next().await.unwrap().unwrap(), format!("{tick} tock"));
    }
    kube.delete(&ObjectRef::pod(&ns.name, "a"), Some(Duration::ZERO))
        .await
        .unwrap();
    let rest = tokio::time::timeout(Duration::from_secs(60), lines.collect::<Vec<_>>());
    assert!(rest.await.is_ok(), "the log ends with its pod");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG with a host (tests/control-plane/up --kubelet)"]
async fn commands_in_containers() {
    let (ns, kube) = running("exec").await;
    let command = |container: &str, words: &[&str], timeout: Duration| Exec {
        key: ns.key("a"),
        container: container.to_owned(),
        command: words.iter().map(|word| (*word).to_owned()).collect(),
        timeout,
    };
    let long = Duration::from_secs(60);
    let output = kube
        .exec(&command("main", &["/testpod", "echo", "hello"], long))
        .await
        .unwrap();
    assert_eq!(
        (output.exit_code, output.stdout.as_str(), output.stderr.as_str()),
        (0, "hello\n", "")
    );
    let output = kube
        .exec(&command("main", &["/testpod", "exit", "3"], long))
        .await
        .unwrap();
    assert_eq!(output.exit_code, 3);
    let output = kube
        .exec(&command("main", &["/testpod", "nonsense"], long))
        .await
        .unwrap();
    assert!(output.stderr.contains("unknown command"), "{output:?}");

    let endless = command("main", &["/testpod", "pause"], Duration::from_secs(1));
    check_error(
        kube.exec(&endless).await,
        &ns,
        "Pod NS/a: it did not end within 1 s",
    );
    let missing = command("main", &["/nope"], long);
    check_error(kube.exec(&missing).await, &ns, "/nope");
    check_error(
        kube.exec(&command("x", &["/testpod"], long)).await,
        &ns,
        "container x is not valid for pod a",
    );
    let nobody = Exec {
        key: ns.key("b"),
        ..command("", &["/testpod"], long)
    };
    check_error(kube.exec(&nobody).await, &ns, "Pod NS/b does not exist");
}
