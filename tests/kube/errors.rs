//! Errors name the thing, the place and how to fix it.

use crate::support::{Namespace, Watched, connect, connect_in, kubeconfig, kubectl, pod, with_token};
use podbay_core::cluster::{Cluster, Error, LogQuery};
use podbay_core::object::ObjectRef;
use podbay_kube::Options;
use serde_json::json;

/// `result` is an error with the message `expected`, in which NS is the namespace.
#[track_caller]
pub(crate) fn check_error<T>(result: Result<T, Error>, namespace: &Namespace, expected: &str) {
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
