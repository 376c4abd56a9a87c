//! Watches report changes, and an outage loses none.

use std::time::Duration;

use crate::proxy::{Proxy, Wire};
use crate::support::{
    Namespace, SERVER, Watched, connect, connect_in, control_plane, kubeconfig, kubectl, pod,
};
use podbay_core::cluster::{Cluster, Error};
use podbay_core::object::ObjectRef;
use podbay_kube::Options;

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

/// Disconnects, changes objects on the server, and reconnects.
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
    check_outage("cut", Wire::Cut, "not responding").await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn a_silent_wire_is_noticed_and_loses_nothing() {
    check_outage("silent", Wire::Silent, "not responding").await;
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
    assert!(reason.contains("is not responding"), "{reason}");
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
