//! A real API server to test against, actions of others on it through kubectl, and a record of what the
//! watch reports.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use podbay::metrics::Metrics;
use podbay_core::change::{Change, Event};
use podbay_core::cluster::Cluster;
use podbay_core::names::PodKey;
use podbay_core::object::Object;
use podbay_core::pod::Pod;
use podbay_kube::{KubeCluster, Options};
use tokio::sync::{RwLock, RwLockReadGuard, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

/// Long enough for anything on a busy machine; a test that works never waits for it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// An image with one static program, controlled by its arguments.
pub(crate) const IMAGE: &str = "podbay.test/testpod:1";

/// Read-locked by tests that need the API server, write-locked by the one that stops it.
pub(crate) static SERVER: RwLock<()> = RwLock::const_new(());

/// A namespace for one test, deleted with it.
pub(crate) struct Namespace {
    pub(crate) name: String,
    server: Option<RwLockReadGuard<'static, ()>>,
}

impl Namespace {
    pub(crate) async fn new(test: &str) -> Self {
        let server = SERVER.read().await;
        let mut namespace = Self::alone(test);
        namespace.server = Some(server);
        namespace
    }

    /// For the test that holds [`SERVER`] exclusively.
    pub(crate) fn alone(test: &str) -> Self {
        let name = format!("{test}-{}", std::process::id());
        kubectl(&["create", "namespace", &name], "");
        // without it, no pod is admitted in the namespace
        let account = "--for=create serviceaccount/default --timeout=60s --namespace";
        let words = ["wait"]
            .into_iter()
            .chain(account.split(' '))
            .chain([name.as_str()]);
        kubectl(&words.collect::<Vec<_>>(), "");
        Self { name, server: None }
    }

    pub(crate) fn key(&self, pod: &str) -> PodKey {
        PodKey::new(&self.name, pod)
    }

    /// The names of the objects of these kinds that belong to a launch, as `pod/NAME`.
    pub(crate) fn of_launches(&self, kinds: &str) -> Vec<String> {
        let label = ["-l", "podbay.dev/launch", "-o", "name"];
        let list = [&["get", kinds, "-n", &self.name][..], &label].concat();
        kubectl(&list, "").lines().map(str::to_owned).collect()
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("kubectl")
            .args(["delete", "namespace", &self.name, "--wait=false"])
            .stdout(Stdio::null())
            .status();
    }
}

/// The output of kubectl, which must succeed.
#[track_caller]
pub(crate) fn kubectl(args: &[&str], input: &str) -> String {
    let mut child = Command::new("kubectl")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("kubectl is on the PATH that tests/control-plane/up exports");
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "kubectl {args:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Stops and starts parts of the control plane.
pub(crate) fn control_plane(command: &str, part: &str) {
    tool("ctl", &[command, part]);
}

/// Loads an image with this static program as `/testpod` on the host of the control plane.
pub(crate) fn import(image: &str, program: &Path) {
    static FOLDERS: AtomicU32 = AtomicU32::new(0);
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("podbay-image-{}-{number}", std::process::id()));
    std::fs::create_dir(&folder).unwrap();
    let copy = folder.join("testpod");
    std::fs::copy(program, &copy).unwrap();
    tool("image-import", &[image, copy.to_str().unwrap(), "pause"]);
    std::fs::remove_dir_all(folder).unwrap();
}

/// Runs a program of the control plane's folder.
fn tool(name: &str, args: &[&str]) {
    let path = format!("{}/tests/control-plane/{name}", env!("CARGO_MANIFEST_DIR"));
    let dir = std::env::var("PODBAY_CONTROL_PLANE").expect("tests/control-plane/up exports it");
    let status = Command::new(path)
        .args(["--dir", &dir])
        .args(args)
        .status()
        .unwrap();
    assert!(status.success(), "{name} {args:?}");
}

/// A copy of the kubeconfig, changed line by line.
pub(crate) fn kubeconfig(name: &str, change: impl Fn(&str) -> Option<String>) -> PathBuf {
    let original = std::fs::read_to_string(std::env::var("KUBECONFIG").unwrap()).unwrap();
    let lines: Vec<_> = original.lines().filter_map(change).collect();
    let path = std::env::temp_dir().join(format!("podbay-{name}-{}.kubeconfig", std::process::id()));
    std::fs::write(&path, lines.join("\n")).unwrap();
    path
}

/// A line of the kubeconfig that replaces the administrator's credentials.
pub(crate) fn with_token(line: &str, token: &str) -> Option<String> {
    match line.trim() {
        key if key.starts_with("client-certificate-data:") => None,
        key if key.starts_with("client-key-data:") => Some(format!("    token: {token}")),
        _ => Some(line.to_owned()),
    }
}

pub(crate) async fn connect(options: Options) -> KubeCluster {
    let metrics = Metrics::new("none", "kube").unwrap();
    KubeCluster::connect(options, Arc::new(metrics))
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

/// A connection whose default namespace and scope are this namespace.
pub(crate) async fn connect_in(namespace: &Namespace) -> KubeCluster {
    connect(Options {
        namespace: Some(namespace.name.clone()),
        scope: vec![namespace.name.clone()],
        ..Default::default()
    })
    .await
}

/// A pod without requirements on its host, which it may never get.
pub(crate) fn pod(namespace: &str, name: &str) -> Object {
    Object(serde_json::json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {
            "terminationGracePeriodSeconds": 0,
            "containers": [{"name": "main", "image": IMAGE}],
        },
    }))
}

/// Everything that the watch has reported so far.
pub(crate) struct Watched {
    pub(crate) pods: BTreeMap<PodKey, Pod>,
    pub(crate) launches: BTreeSet<String>,
    /// Nothing yet, connected, or lost for this reason.
    pub(crate) connection: Option<Result<(), String>>,
    /// Kinds of events in order of arrival, without repetitions.
    pub(crate) order: Vec<&'static str>,
    events: mpsc::Receiver<Event>,
    task: JoinHandle<()>,
}

impl Watched {
    pub(crate) fn start(kube: KubeCluster) -> Self {
        let (sender, events) = mpsc::channel(16);
        let task = tokio::spawn(async move { kube.watch(sender).await });
        let (pods, launches) = (BTreeMap::new(), BTreeSet::new());
        Self {
            pods,
            launches,
            connection: None,
            order: Vec::new(),
            events,
            task,
        }
    }

    /// Processes events until `done`; `what` names the condition.
    pub(crate) async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done(self) {
            let event = timeout_at(deadline, self.events.recv()).await;
            let event = event.unwrap_or_else(|_| panic!("waited in vain: {what}; {self}"));
            self.take(event.expect("the watch goes on"));
        }
    }

    pub(crate) async fn connected(&mut self) {
        self.until("connected", |seen| seen.connection == Some(Ok(())))
            .await;
    }

    /// Waits until the cluster is lost, and returns the reason.
    pub(crate) async fn lost(&mut self) -> String {
        self.until("lost", |seen| matches!(seen.connection, Some(Err(_))))
            .await;
        self.connection.clone().unwrap().unwrap_err()
    }

    pub(crate) async fn pod(&mut self, what: &str, key: &PodKey, here: bool) {
        self.until(what, |seen| seen.pods.contains_key(key) == here).await;
    }

    fn take(&mut self, event: Event) {
        let kind = match event {
            Event::Pods(change) => self.take_pods(change),
            Event::Launches(change) => {
                match change {
                    Change::Reset(all) => {
                        self.launches = all.iter().map(|record| record.name().to_owned()).collect()
                    }
                    Change::Apply(record) => drop(self.launches.insert(record.name().to_owned())),
                    Change::Delete(key) => drop(self.launches.remove(&key.name)),
                }
                "launches"
            }
            // These events arrive whenever something fails to start, even if another test started it.
            Event::Warnings(_) => return,
            Event::Lost { reason } => {
                self.connection = Some(Err(reason));
                "lost"
            }
            Event::Connected => {
                self.connection = Some(Ok(()));
                "connected"
            }
        };
        if self.order.last() != Some(&kind) {
            self.order.push(kind);
        }
    }

    fn take_pods(&mut self, change: Change<PodKey, Pod>) -> &'static str {
        match change {
            Change::Reset(all) => {
                self.pods = all.into_iter().map(|pod| (pod.key.clone(), pod)).collect();
                return "pods reset";
            }
            Change::Apply(pod) => drop(self.pods.insert(pod.key.clone(), pod)),
            Change::Delete(key) => drop(self.pods.remove(&key)),
        }
        "pods"
    }
}

impl std::fmt::Display for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let pods: Vec<_> = self.pods.keys().map(ToString::to_string).collect();
        write!(
            f,
            "told: {:?}, {:?}, {pods:?}, {:?}",
            self.order, self.connection, self.launches
        )
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.task.abort();
    }
}
