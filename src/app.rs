//! Wiring: builds the parts and owns every task. The unexpected end of a task ends the process.
//!
//! ```text
//!   ros ──calls──> bridge ──> cluster ──events──> model ──> bridge/report ──> ros
//!                    ^                              └─────> http
//!                    └────────── private socket ────────────┘
//! ```

mod serving;
mod settings;
mod warnings;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bridge::{Bridge, Quota, Restarts, evaluate, finish_restarts, report};
use crate::metrics::{self, Metrics};
use crate::operation;
use crate::ros::{self, BACKEND, Ros};
use crate::telemetry::LogRecord;
use crate::{http, memory};
use podbay_config::Settings;
use podbay_core::model;
use podbay_core::names::Nodes;
use podbay_core::node::NodeOptions;
use podbay_embedded::EmbeddedCluster;

use serving::{serve_http, watch_node};
use settings::{known, open_cluster, pod_environment, without_one};

pub use settings::translator;

/// Requests queued for execution; when full, their senders wait.
const WAITING_CALLS: usize = 256;

/// Concurrent requests. More than the ROS graph may have, so that the local user is never blocked.
const REQUESTS_AT_ONCE: usize = ros::IN_FLIGHT + 16;

/// Cluster events queued for the model.
const WAITING_EVENTS: usize = 1024;

/// How long requests that have begun may take after podbay was asked to end: more than a pod's usual grace
/// period.
const FINISHING: Duration = Duration::from_secs(40);

/// The cluster side: bridge and model, without ROS.
pub(crate) struct Core {
    /// What operations work with.
    pub bridge: Arc<Bridge>,
    embedded: Option<Arc<EmbeddedCluster>>,
    tasks: JoinSet<&'static str>,
}

/// All parts of a daemon.
pub(crate) struct App {
    core: Core,
    stopping: CancellationToken,
    /// The node's status for `/readyz`.
    in_graph: watch::Sender<http::Readiness>,
    reporter: BoxFuture<'static, ()>,
}

impl Core {
    /// Connects to the cluster and keeps a model of it. `nodes` are the nodes in the ROS graph.
    pub(crate) async fn start(
        settings: &Settings,
        nodes: watch::Receiver<Nodes>,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let metrics = Metrics::new(BACKEND, settings.cluster.as_str())?;
        Self::counting(settings, metrics, nodes, environment).await
    }

    /// The same, counting in `metrics`.
    async fn counting(
        settings: &Settings,
        metrics: Metrics,
        nodes: watch::Receiver<Nodes>,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let mut translator = translator(settings, environment);
        let profiles = translator.profiles.clone();
        // reading may wait for the writer of a pipe; podbay can end meanwhile
        spawn_blocking(move || profiles.check()).await??;
        let opened = open_cluster(settings, &metrics).await;
        let (cluster, embedded) =
            opened.map_err(|error| anyhow!("{error:#}{}", without_one(settings.cluster)))?;
        translator.evaluator.cluster = known(cluster.clone());
        let (events, changes) = mpsc::channel(WAITING_EVENTS);
        let (model, keep_model) = model::new(changes, nodes);
        let counting = metrics::follow(metrics.clone(), model.clone());
        let bridge = Bridge {
            cluster: cluster.clone(),
            model,
            policy: settings.file.policy.clone(),
            translator,
            metrics,
            restarts: Restarts::default(),
            quota: Quota::new(settings.file.limits),
            at_work: TaskTracker::new(),
        };
        let mut core = Self {
            bridge: Arc::new(bridge),
            embedded,
            tasks: JoinSet::new(),
        };
        core.spawn("model", keep_model);
        core.spawn("metrics", counting);
        core.spawn("watch", async move { cluster.watch(events).await });
        Ok(core)
    }

    /// Resumes what an earlier podbay left in the cluster. For a daemon only: a command changes only what it
    /// was asked to.
    fn take_up(&mut self) {
        let bridge = self.bridge.clone();
        let cluster = &bridge.cluster;
        self.spawn("sweep", evaluate::sweep(cluster.clone(), bridge.model.clone()));
        let restarts = finish_restarts(cluster.clone(), bridge.restarts.clone(), bridge.policy.clone());
        self.spawn("restarts", restarts);
    }

    /// Runs `work` to its end, unless a task that must not end does.
    pub(crate) async fn run<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            done = work => Ok(done),
            Some(ended) = self.tasks.join_next() => match ended {
                Ok(name) => bail!("task {name:?} ended unexpectedly"),
                Err(error) => bail!("a task failed: {error}"),
            },
        }
    }

    /// Finishes requests that have begun, then ends the tasks, and the pods that cannot outlive this process.
    pub(crate) async fn stop(self) {
        self.stop_unless(&CancellationToken::new()).await;
    }

    /// The same; requests are aborted at once when `hurry` is cancelled.
    async fn stop_unless(mut self, hurry: &CancellationToken) {
        let at_work = &self.bridge.at_work;
        at_work.close();
        let finished = async {
            if self.embedded.is_some() {
                return;
            }
            let finished = hurry.run_until_cancelled(timeout(FINISHING, at_work.wait()));
            if !matches!(finished.await, Some(Ok(()))) && !at_work.is_empty() {
                let left = at_work.len();
                tracing::warn!(
                    left,
                    "no longer waiting for requests; their changes may be incomplete"
                );
            }
        };
        // together, since requests may wait for evaluations
        tokio::join!(self.bridge.translator.evaluator.end(), finished);
        if let Some(embedded) = self.embedded.take() {
            embedded.shutdown().await;
        }
        self.tasks.shutdown().await;
    }

    fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(async move {
            task.await;
            name
        });
    }
}

impl App {
    /// Joins the ROS graph, connects to the cluster and starts every task. May be dropped before it is done:
    /// nothing has been changed in the cluster.
    pub(crate) async fn start(
        settings: &Settings,
        node: NodeOptions,
        log: mpsc::Receiver<LogRecord>,
    ) -> Result<Self> {
        let environment = pod_environment(&node);
        warnings::warn(settings, &node);
        let (calls, waiting) = mpsc::channel(WAITING_CALLS);
        let metrics = Metrics::new(BACKEND, settings.cluster.as_str())?;
        let ros = Ros::open(node, &settings.file.limits, calls.clone(), metrics.clone())
            .await
            .context("cannot join the ROS graph")?;
        let mut core = Core::counting(settings, metrics, ros.nodes(), environment).await?;
        core.take_up();
        core.spawn("memory", memory::give_back());
        let (in_graph, ready) = watch::channel(Ok(()));
        let stopping = CancellationToken::new();
        let alive = watch_node(&mut core, ros.failed(), stopping.clone());
        serve_http(settings, &mut core, calls, (ready, alive)).await?;
        let requests = operation::serve(core.bridge.clone(), waiting, REQUESTS_AT_ONCE);
        core.spawn("requests", requests);
        let report = report::run(core.bridge.clone(), ros, log, stopping.clone());
        let (done, reporter) = oneshot::channel();
        core.spawn("report", async move {
            report.await;
            // only a stopping podbay waits for this
            let _ = done.send(());
        });
        let reporter = Box::pin(async move { drop(reporter.await) });
        Ok(Self {
            core,
            stopping,
            in_graph,
            reporter,
        })
    }

    /// What operations work with.
    pub(crate) fn bridge(&self) -> &Arc<Bridge> {
        &self.core.bridge
    }

    /// See [`Core::run`].
    pub(crate) async fn run<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        self.core.run(work).await
    }

    /// Leaves the ROS graph, so that peers see it at once, then stops the rest. Once `at_once` completes,
    /// pods and requests have no more grace.
    pub(crate) async fn stop(mut self, at_once: impl Future<Output = ()>) {
        let (embedded, hurry) = (self.core.embedded.clone(), CancellationToken::new());
        let kill = async {
            at_once.await;
            hurry.cancel();
            if let Some(embedded) = embedded {
                embedded.kill().await;
            }
            std::future::pending().await
        };
        let stop = async {
            self.leave().await;
            self.core.stop_unless(&hurry).await;
        };
        tokio::select! {
            () = kill => {}
            () = stop => {}
        }
    }

    async fn leave(&mut self) {
        let leaving = Err("podbay is leaving the ROS graph".to_owned());
        drop(self.in_graph.send_replace(leaving));
        self.stopping.cancel();
        (&mut self.reporter).await;
    }
}
