//! The bridge on an embedded cluster: its replies to ROS callers.

#![allow(clippy::unwrap_used)]

#[path = "bridge/calls.rs"]
mod calls;
#[path = "bridge/departed.rs"]
mod departed;
#[path = "bridge/evaluation.rs"]
mod evaluation;
#[path = "bridge/faulty.rs"]
mod faulty;
#[path = "bridge/invalid.rs"]
mod invalid;
#[path = "bridge/manifests.rs"]
mod manifests;
#[path = "bridge/others.rs"]
mod others;
#[path = "bridge/quota.rs"]
mod quota;
#[path = "bridge/restart.rs"]
mod restart;
#[path = "bridge/stop.rs"]
mod stop;

use std::path::PathBuf;
use std::sync::Arc;

use faulty::Faulty;
use podbay::bridge::{Bridge, Quota, Restarts, Translator};
use podbay::metrics::Metrics;
use podbay::operation::{CreatePod, LaunchRequest, Operation, RestartPod, StartLaunch, perform};
use podbay_core::cluster::Cluster;
use podbay_core::model;
use podbay_core::names::{Nodes, PodKey};
use podbay_core::policy::Policy;
use podbay_core::request::{Caller, Refusal};
use podbay_embedded::{EmbeddedCluster, EmbeddedOptions};
use podbay_launch_file::Source;
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

struct Podbay {
    bridge: Bridge,
    /// The cluster as the bridge sees it.
    cluster: Arc<Faulty>,
    /// The cluster behind it.
    inner: Arc<dyn Cluster>,
    embedded: Arc<EmbeddedCluster>,
    folder: PathBuf,
}

/// A bridge with this policy on its own cluster.
fn podbay(test: &str, policy: &str) -> Podbay {
    made(test, policy, false, &["default"])
}

/// The same, on a cluster with more namespaces.
fn podbay_in(test: &str, namespaces: &[&str]) -> Podbay {
    made(test, "{}", false, namespaces)
}

/// The same, on a cluster that claims to run images.
fn podbay_with_images(test: &str, policy: &str) -> Podbay {
    made(test, policy, true, &["default"])
}

fn made(test: &str, policy: &str, images: bool, namespaces: &[&str]) -> Podbay {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("bridge-{test}"));
    let options = EmbeddedOptions {
        podbay: Some(env!("CARGO_BIN_EXE_podbay").into()),
        directory: Some(folder.clone()),
        namespaces: namespaces.iter().map(|name| (*name).to_owned()).collect(),
        ..EmbeddedOptions::default()
    };
    let embedded = Arc::new(EmbeddedCluster::new(options).unwrap());
    let inner: Arc<dyn Cluster> = embedded.clone();
    let cluster = Faulty::new(inner.clone(), images);
    let (events, told) = mpsc::channel(64);
    let (model, keep) = model::new(told, watch::channel(Nodes::new()).1);
    tokio::spawn(keep);
    let watched = inner.clone();
    tokio::spawn(async move { watched.watch(events).await });
    let policy: Policy = serde_saphyr::from_str(policy).unwrap();
    let bridge = Bridge {
        cluster: cluster.clone(),
        model,
        policy,
        translator: Translator::default(),
        metrics: Metrics::new("test", "embedded").unwrap(),
        restarts: Restarts::default(),
        quota: Quota::default(),
        at_work: TaskTracker::new(),
    };
    Podbay {
        bridge,
        cluster,
        inner,
        embedded,
        folder,
    }
}

impl Podbay {
    /// The reply to a ROS caller.
    async fn ask<O: Operation>(&self, operation: O) -> Result<O::Reply, String> {
        let reply = self.ask_as(&Caller::Graph("test".into()), operation).await;
        reply.map_err(|refusal| refusal.message)
    }

    /// The reply to the local user.
    async fn local<O: Operation>(&self, operation: O) -> Result<O::Reply, Refusal> {
        self.ask_as(&Caller::Local, operation).await
    }

    async fn ask_as<O: Operation>(&self, caller: &Caller, operation: O) -> Result<O::Reply, Refusal> {
        perform(operation, &self.bridge, caller).await
    }

    async fn end(self) {
        self.embedded.kill().await;
        let _gone = std::fs::remove_dir_all(self.folder);
    }
}

/// The pod of this manifest.
fn created(manifest: &str) -> CreatePod {
    CreatePod {
        namespace: String::new(),
        manifest: manifest.to_owned(),
        dry_run: false,
    }
}

fn create(metadata: &str) -> CreatePod {
    CreatePod {
        namespace: String::new(),
        manifest: format!(
            "{{apiVersion: v1, kind: Pod, metadata: {metadata}, spec: {{containers: [{{name: c, image: i, args: [\"true\"]}}]}}}}"
        ),
        dry_run: true,
    }
}

/// A launch of this text.
fn described(id: &str, description: impl Into<String>) -> LaunchRequest {
    LaunchRequest {
        launch_id: Some(id.parse().unwrap()),
        ..LaunchRequest::new(Source::text(description, None))
    }
}

fn launch(id: &str) -> StartLaunch {
    let description = "<launch><executable cmd='true' name='$(anon x)'/></launch>";
    StartLaunch(described(id, description))
}

#[tokio::test]
async fn no_program_is_started_on_this_machine_where_that_is_denied() {
    let podbay = podbay("denied", "allow_local_processes: false");
    let key = PodKey::new("default", "a");
    let replies = [
        podbay.ask(create("{name: a}")).await.map(drop),
        podbay.ask(launch("a")).await.map(drop),
        podbay.ask(RestartPod { key, grace: None }).await.map(drop),
    ];
    for reply in replies {
        let said = reply.unwrap_err();
        assert!(said.contains("rule local-processes"), "{said}");
    }
    podbay.end().await;
}

#[tokio::test]
async fn strangers_do_not_pass_for_a_launch() {
    let podbay = podbay("labels", "{}");
    let own = "{name: a, annotations: {podbay.dev/nodes: /a}}";
    assert!(podbay.ask(create(own)).await.is_ok());
    let said = podbay
        .ask(create("{name: a, labels: {podbay.dev/launch: b}}"))
        .await;
    assert!(said.unwrap_err().contains("rule reserved-name"));
    podbay.end().await;
}

#[tokio::test]
async fn anonymous_names_differ_from_launch_to_launch() {
    let podbay = podbay("anonymous", "{}");
    let mut names = Vec::new();
    for id in ["a", "b"] {
        let started = podbay.ask(launch(id)).await.unwrap();
        names.push(started.parts[0].object.name[1..].to_owned());
    }
    assert!(names[0].starts_with("-x-"), "{names:?}");
    assert_ne!(names[0], names[1]);
    podbay.end().await;
}

#[tokio::test]
async fn what_makes_a_pod_is_judged_by_the_pod() {
    let mut podbay = podbay("workload", "{}");
    let profile = podbay.folder.with_extension("profile.yaml");
    std::fs::write(&profile, "image: i\nworkload: Deployment\nhostNetwork: true\n").unwrap();
    podbay.bridge.translator.profiles.default = Some(profile.into());
    let denied = podbay.ask(launch("a")).await.unwrap_err();
    assert!(
        denied.contains("rule host-namespaces") && denied.contains("hostNetwork"),
        "{denied}"
    );
    podbay.bridge.policy.allow_host_namespaces = true;
    let refused = podbay.ask(launch("b")).await.unwrap_err();
    assert!(
        refused.contains("does not support \"Deployment\" of \"apps/v1\""),
        "{refused}"
    );
    assert!(refused.contains("a profile without `workload`"), "{refused}");
    podbay.end().await;
}
