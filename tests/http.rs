//! podbay's HTTP over its private socket: what it shows, and the requests that it forwards.

#![allow(clippy::unwrap_used)]

#[path = "support/calls.rs"]
mod calls;
#[path = "http/public.rs"]
mod public;
#[path = "http/sockets.rs"]
mod sockets;

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use calls::take;
use podbay::http::control::{Done, Launch};
use podbay::http::{self, Connections, View, client, control, socket};
use podbay::metrics::{Metrics, Outcome};
use podbay::operation::{self, Call, Launches, ListLaunches, ListPods, Operation, Pods, StopLaunch};
use podbay_core::change::{Change, Event};
use podbay_core::cluster::Meter;
use podbay_core::cluster::pod::from_kubernetes;
use podbay_core::launch::{LaunchState, LaunchSummary};
use podbay_core::model::{self, Page};
use podbay_core::names::Nodes;
use podbay_core::pod::Pod;
use podbay_core::request::{Caller, Refusal};
use serde_json::json;
use tokio::sync::{mpsc, watch};

/// HTTP and the model of podbay; the test plays the rest.
struct Podbay {
    folder: PathBuf,
    path: PathBuf,
    cluster: mpsc::Sender<Event>,
    calls: mpsc::Receiver<Call>,
    model: model::Handle,
    ros: watch::Sender<http::Readiness>,
    alive: watch::Sender<http::Readiness>,
    _nodes: watch::Sender<Nodes>,
}

impl Podbay {
    fn start(test: &str) -> Self {
        let folder = folder(test);
        let socket = socket::bind(&folder).unwrap();
        let (cluster, events) = mpsc::channel(16);
        let (nodes, heard) = watch::channel(Nodes::default());
        let (ros, ready) = watch::channel(Ok(()));
        let (alive, lives) = watch::channel(Ok(()));
        let (asked, calls) = mpsc::channel(16);
        let (model, keep) = model::new(events, heard);
        tokio::spawn(keep);
        let view = View {
            model: model.clone(),
            metrics: Metrics::new("none", "test").unwrap(),
            ros: ready,
            alive: lives,
            cluster: "test".to_owned(),
            kind: "embedded",
        };
        tokio::spawn(http::serve(
            socket,
            control::private(view, asked),
            Connections::PRIVATE,
        ));
        let path = socket::running(&folder).unwrap().remove(0);
        Self {
            folder,
            path,
            cluster,
            calls,
            model,
            ros,
            alive,
            _nodes: nodes,
        }
    }

    /// Sends events to the model, and waits until it has applied them.
    async fn tell(&self, event: Event) {
        let mut changes = self.model.changes();
        self.cluster.send(event).await.unwrap();
        changes.next().await.unwrap();
    }

    /// Status and body of a GET.
    async fn get(&self, target: &str) -> (u16, String) {
        let (path, target) = (self.path.clone(), target.to_owned());
        tokio::task::spawn_blocking(move || get(&path, &target))
            .await
            .unwrap()
    }
}

impl Drop for Podbay {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn folder(test: &str) -> PathBuf {
    std::env::temp_dir().join(format!("podbay-http-{test}-{}", std::process::id()))
}

fn get(path: &Path, target: &str) -> (u16, String) {
    let mut stream = std::os::unix::net::UnixStream::connect(path).unwrap();
    write!(stream, "GET {target} HTTP/1.0\r\n\r\n").unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    (head[9..12].parse().unwrap(), body.to_owned())
}

fn pod(name: &str, phase: &str) -> Pod {
    let pod = json!({
        "metadata": {"namespace": "default", "name": name, "uid": "1", "labels": {"podbay.dev/launch": "<b>&"}},
        "spec": {"containers": [{"name": "main", "image": "x"}]},
        "status": {"phase": phase,
                   "containerStatuses": [{"name": "main", "image": "x", "imageID": "", "ready": true, "restartCount": 2,
                                          "state": {"running": {}}}]},
    });
    from_kubernetes(&serde_json::from_value(pod).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn readiness_follows_the_cluster_and_the_node() {
    let podbay = Podbay::start("ready");
    assert_eq!(podbay.get("/livez").await, (200, "ok\n".to_owned()));
    assert_eq!(podbay.get("/readyz").await.0, 503);
    podbay.tell(Event::Connected).await;
    assert_eq!(podbay.get("/readyz").await, (200, "ok\n".to_owned()));
    let verbose = "[+]ros ok\n[+]watch ok\nreadyz check passed\n";
    assert_eq!(podbay.get("/readyz?verbose").await, (200, verbose.to_owned()));
    podbay
        .tell(Event::Lost {
            reason: "https://a:6443 is away".to_owned(),
        })
        .await;
    let lost = "[+]ros ok\n[-]watch failed: https://a:6443 is away\nreadyz check failed\n";
    assert_eq!(podbay.get("/readyz").await, (503, lost.to_owned()));
    podbay.tell(Event::Connected).await;
    let _ = podbay.ros.send_replace(Err("the node is gone".to_owned()));
    let (code, text) = podbay.get("/readyz").await;
    assert!(
        code == 503 && text.starts_with("[-]ros failed: the node is gone\n"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_no_longer_works_fails_both_probes_and_is_told_to_the_command_line() {
    let podbay = Podbay::start("alive");
    podbay.tell(Event::Connected).await;
    let reason = "podbay's ROS node no longer works: why; restart podbay";
    let _ = podbay.alive.send_replace(Err(reason.to_owned()));
    assert_eq!(podbay.get("/livez").await, (503, format!("{reason}\n")));
    let (code, text) = podbay.get("/readyz").await;
    assert!(
        code == 503 && text.starts_with(&format!("[-]ros failed: {reason}\n")),
        "{text}"
    );
    let about: control::About = client::get(&podbay.path, "/cluster").await.unwrap();
    assert_eq!(about.trouble, reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_metrics_show_the_pods() {
    let podbay = Podbay::start("page");
    let (_, connecting) = podbay.get("/metrics").await;
    assert!(connecting.contains("podbay_watch_connected 0\n"), "{connecting}");
    let pods = vec![pod("a", "Running"), pod("b", "Failed")];
    podbay.tell(Event::Pods(Change::Reset(pods))).await;
    let (code, page) = podbay.get("/").await;
    assert_eq!(code, 200);
    assert!(
        page.contains("<td>default/a</td>") && page.contains("Pods: 2."),
        "{page}"
    );
    assert!(
        page.contains("&lt;b&gt;&amp;") && !page.contains("<b>&"),
        "{page}"
    );
    podbay.tell(Event::Connected).await;
    let (code, metrics) = podbay.get("/metrics").await;
    assert_eq!(code, 200);
    assert!(metrics.contains("podbay_watch_connected 1\n"), "{metrics}");
    assert!(
        metrics.contains("podbay_pods{health=\"ERROR\",phase=\"Failed\"} 1\n"),
        "{metrics}"
    );
    assert_eq!(podbay.get("/nothing").await.0, 404);
}

/// Replies to the next request, which is an `O`, and returns it.
async fn reply<O: Operation>(calls: &mut mpsc::Receiver<Call>, reply: Result<O::Reply, Refusal>) -> O {
    let call = calls.recv().await.unwrap();
    assert_eq!(call.caller, Caller::Local);
    let pending = take::<O>(call);
    assert!(pending.reply.send(reply).is_ok());
    pending.request.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_reach_the_bridge_and_its_answers_the_caller() {
    let mut podbay = Podbay::start("control");
    let path = podbay.path.clone();
    podbay
        .tell(Event::Pods(Change::Reset(vec![pod("a", "Running")])))
        .await;
    let pods: Vec<_> = podbay.model.snapshot().pods().cloned().collect();
    let about: control::About = client::get(&path, "/cluster").await.unwrap();
    assert_eq!(about.cluster, "embedded");

    let listed = Pods(Page {
        pods,
        continue_token: String::new(),
    });
    let (got, asked) = tokio::join!(
        client::get::<Vec<control::Pod>>(&path, "/pods"),
        reply::<ListPods>(&mut podbay.calls, Ok(listed)),
    );
    assert_eq!(asked, ListPods::default());
    let got = got.unwrap();
    assert_eq!(
        (got[0].name.as_str(), got[0].restarts, got[0].launch.as_str()),
        ("a", 2, "<b>&")
    );

    let one = LaunchSummary {
        id: "demo".to_owned(),
        source: "a".to_owned(),
        state: LaunchState::Running,
        pods: 1,
        ready: 1,
    };
    let (got, ListLaunches) = tokio::join!(
        client::get::<Vec<Launch>>(&path, "/launches"),
        reply(&mut podbay.calls, Ok(Launches(vec![one]))),
    );
    assert_eq!(got.unwrap()[0].state, "running");

    let stopped = operation::Done("stopped".to_owned());
    let (got, StopLaunch { launch_id }) = tokio::join!(
        client::delete::<Done>(&path, "/launches/demo"),
        reply(&mut podbay.calls, Ok(stopped)),
    );
    assert_eq!(launch_id, "demo");
    assert_eq!(got.unwrap().message, "stopped");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_keep_their_message() {
    let mut podbay = Podbay::start("refused");
    let path = podbay.path.clone();
    let unknown = reply::<StopLaunch>(&mut podbay.calls, Err("launch demo does not exist".into()));
    let (got, _) = tokio::join!(client::delete::<Done>(&path, "/launches/demo"), unknown);
    assert_eq!(got.unwrap_err().to_string(), "launch demo does not exist");

    let nobody = podbay.folder.join("0.sock");
    let error = client::get::<Done>(&nobody, "/pods").await.unwrap_err();
    assert!(error.to_string().contains("0.sock"), "{error}");
}

#[test]
#[ignore = "needs promtool (Debian package prometheus)"]
fn promtool_finds_nothing_to_say() {
    let metrics = Metrics::new("none", "test").unwrap();
    metrics.observe([]);
    metrics.observe_launches(&[]);
    metrics.ros_request("get_pod", Outcome::Ok, Some(Duration::from_millis(3)));
    metrics.api_request("get", "ok", Duration::from_millis(2));
    metrics.watch_heard();
    let mut promtool = std::process::Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    promtool
        .stdin
        .take()
        .unwrap()
        .write_all(metrics.render().unwrap().as_bytes())
        .unwrap();
    let output = promtool.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(
        output.status.success() && said.is_empty(),
        "{}",
        String::from_utf8_lossy(&said)
    );
}
