//! Logs of containers, and commands in them.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::errors::check_error;
use crate::support::{IMAGE, Namespace, PATIENCE, Watched, connect_in, import, pod};
use futures::StreamExt;
use podbay_core::cluster::{Cluster, Exec, LogQuery};
use podbay_core::object::ObjectRef;
use podbay_kube::KubeCluster;
use serde_json::json;

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
    // between two restarts, the kubelet may have deleted the log
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
        "Pod NS/a: timed out after 1 s; the command may still be running",
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
