//! Finding the API server, and authenticating.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::support::{SERVER, kubeconfig, with_token};
use podbay::metrics::Metrics;
use podbay_kube::{KubeCluster, Options};

/// Connecting with this kubeconfig fails with an error that contains all of `expected`.
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
    let error = KubeCluster::connect(options, Arc::new(metrics))
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

/// A kubeconfig whose server is a loopback port on which nothing listens.
const NOBODY: &str = "
clusters: [{name: a, cluster: {server: 'http://127.0.0.1:1'}}]
contexts: [{name: a, context: {cluster: a}}]
current-context: a
";

#[tokio::test]
async fn a_cluster_that_cannot_be_reached_is_named_with_the_way_out() {
    check_connect(NOBODY, None, &["http://127.0.0.1:1", "Connection refused"]).await;
    check_connect(NOBODY, Some("b"), &["context b of kubeconfig", "--context"]).await;
    check_connect("clusters: {", None, &["does not identify a cluster"]).await;
    check_connect("", None, &["does not identify a cluster"]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
async fn credentials_that_are_not_accepted_are_named_with_the_way_out() {
    let _server = SERVER.read().await;
    let path = kubeconfig("wrong-token", |line| with_token(line, "nonsense"));
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(path).unwrap();
    check_connect(&text, None, &["rejects the credentials", "https://127.0.0.1:"]).await;
}
