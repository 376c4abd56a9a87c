//! The backend `kube` against a real API server.
//!
//! `eval "$(tests/control-plane/up)"` first; with `--kubelet` for the tests that need running pods.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "conformance/mod.rs"]
#[macro_use]
mod conformance;
#[path = "kube/connecting.rs"]
mod connecting;
#[path = "kube/containers.rs"]
mod containers;
#[path = "kube/errors.rs"]
mod errors;
#[path = "kube/launches.rs"]
mod launches;
#[path = "kube/left.rs"]
mod left;
#[path = "kube/lossy.rs"]
mod lossy;
#[path = "kube/proxy.rs"]
mod proxy;
#[path = "kube/support.rs"]
mod support;
#[path = "kube/watching.rs"]
mod watching;

use std::sync::{Arc, OnceLock};

use errors::check_error;
use podbay_core::cluster::{Cluster, Error};
use podbay_core::object::{Object, ObjectRef};
use serde_json::json;
use support::{Namespace, connect_in, import, kubectl};

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
    // podbay may apply objects that it created
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
