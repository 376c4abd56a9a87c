//! Wiring: builds the parts, owns every task. An unexpected end of one ends the process.
//!
//! ```text
//!   ros ──calls──> bridge ──> cluster ──events──> model ──> bridge/report ──> ros
//!                    ^                              └─────> http
//!                    └────────── private socket ────────────┘
//! ```

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use futures::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bridge::evaluate::{self, Evaluator, FindCluster};
use crate::bridge::{
    Bridge, Commands, Profiles, Quota, Restarts, Translator, Turns, finish_restarts, report,
};
use crate::cluster::Cluster;
use crate::cluster::embedded::{EmbeddedCluster, EmbeddedOptions};
use crate::cluster::kube::{KubeCluster, Options as KubeOptions};
use crate::config::cli::ClusterKind;
use crate::config::{Http, Settings};
use crate::domain::names::Nodes;
use crate::domain::node::{DiscoveryRange, NodeOptions, Parameter, USE_SIM_TIME};
use crate::domain::request::Call;
use crate::http::{self, Limits, View};
use crate::metrics::{self, Metrics};
use crate::ros::{BACKEND, MULTICAST_ONLY, Ros, middleware};
use crate::telemetry::Record;
use crate::{launch, model};

/// Requests that may wait for the bridge; beyond that their senders wait.
const WAITING_CALLS: usize = 256;

/// Events of the cluster that may wait for the model.
const WAITING_EVENTS: usize = 1024;

/// How long requests that were begun may take once podbay is told to end; a pod's usual grace period and more.
const FINISHING: Duration = Duration::from_secs(40);

/// The side of the cluster: a bridge that answers, a model that is kept, no ROS.
pub struct Core {
    /// Answers requests.
    pub bridge: Arc<Bridge>,
    embedded: Option<Arc<EmbeddedCluster>>,
    tasks: JoinSet<&'static str>,
}

/// Everything that runs in a daemon.
pub struct App {
    core: Core,
    stopping: CancellationToken,
    /// What `/readyz` says of the node.
    in_graph: watch::Sender<http::Readiness>,
    reporter: BoxFuture<'static, ()>,
}

impl Core {
    /// Connects to the cluster and keeps a model of it. `nodes` tells which nodes are in the ROS graph.
    pub async fn start(
        settings: &Settings,
        nodes: watch::Receiver<Nodes>,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let metrics = Metrics::new(BACKEND, settings.cluster.as_str())?;
        let mut translator = translator(settings, environment);
        translator
            .profiles
            .check()
            .map_err(|refusal| anyhow!(refusal.message))?;
        let opened = open_cluster(settings, &metrics).await;
        let (cluster, embedded) =
            opened.map_err(|error| anyhow!("{error:#}{}", without_one(settings.cluster)))?;
        translator.evaluator.cluster = known(cluster.clone());
        let (events, told) = mpsc::channel(WAITING_EVENTS);
        let (model, keep_model) = model::new(told, nodes);
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

    /// Takes up what an earlier podbay left in the cluster. For a daemon only: a command changes what it is told to.
    fn take_up(&mut self) {
        let bridge = self.bridge.clone();
        let cluster = &bridge.cluster;
        self.spawn("sweep", evaluate::sweep(cluster.clone(), bridge.model.clone()));
        let restarts = finish_restarts(cluster.clone(), bridge.restarts.clone(), bridge.policy.clone());
        self.spawn("restarts", restarts);
    }

    /// Runs `work` to its end, unless a task that must not end does.
    pub async fn run<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            done = work => Ok(done),
            Some(ended) = self.tasks.join_next() => match ended {
                Ok(name) => bail!("the task {name:?} ended unexpectedly"),
                Err(error) => bail!("a task failed: {error}"),
            },
        }
    }

    /// Finishes what requests have begun, ends the pods that would not outlive this process, and the tasks.
    pub async fn stop(mut self) {
        self.bridge.at_work.close();
        if self.embedded.is_none() && timeout(FINISHING, self.bridge.at_work.wait()).await.is_err() {
            let left = self.bridge.at_work.len();
            tracing::warn!("{left} requests are broken off; what they began may be incomplete");
        }
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
    /// Joins the ROS graph, connects to the cluster and starts every task.
    pub async fn start(settings: &Settings, node: NodeOptions, log: mpsc::Receiver<Record>) -> Result<Self> {
        let environment = pod_environment(&node);
        warn_of_surroundings(&node);
        for doubt in &settings.file.doubts {
            tracing::warn!("{doubt}");
        }
        if open_to_strangers(settings, node.range) {
            tracing::warn!("{STRANGERS}");
        }
        let (calls, waiting) = mpsc::channel(WAITING_CALLS);
        let ros = Ros::open(node, &settings.file.limits, calls.clone())
            .await
            .context("cannot join the ROS graph")?;
        let mut core = Core::start(settings, ros.nodes(), environment).await?;
        core.take_up();
        let (in_graph, ready) = watch::channel(Ok(()));
        let alive = watch_node(&mut core, ros.failed());
        serve_http(settings, &mut core, calls, (ready, alive)).await?;
        core.spawn("requests", core.bridge.clone().run(waiting));
        let stopping = CancellationToken::new();
        let report = report::run(core.bridge.clone(), ros, log, stopping.clone());
        let (done, reporter) = tokio::sync::oneshot::channel();
        core.spawn("report", async move {
            report.await;
            // Nobody waits for it unless podbay is stopping.
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

    /// Answers requests.
    pub fn bridge(&self) -> &Arc<Bridge> {
        &self.core.bridge
    }

    /// See [`Core::run`].
    pub async fn run<T>(&mut self, work: impl Future<Output = T>) -> Result<T> {
        self.core.run(work).await
    }

    /// Leaves the ROS graph, so that peers see it at once, then stops the rest.
    pub async fn stop(self) {
        let leaving = Err("podbay is leaving the ROS graph".to_owned());
        drop(self.in_graph.send_replace(leaving));
        self.stopping.cancel();
        self.reporter.await;
        self.core.stop().await;
    }
}

/// What the shell or the arguments ask of podbay's node in vain.
fn warn_of_surroundings(node: &NodeOptions) {
    if MULTICAST_ONLY {
        for sentence in middleware::unhonoured(|variable| std::env::var(variable).ok()) {
            tracing::warn!("{sentence}");
        }
    }
    if node.parameter(USE_SIM_TIME) == Some(&Parameter::Bool(true)) {
        tracing::warn!(
            "use_sim_time is true, but pods live in the cluster's time: podbay stamps its messages with the system's \
             clock and does not follow /clock"
        );
    }
}

/// A warning, see [`open_to_strangers`].
const STRANGERS: &str = "anyone who reaches this ROS domain over the network can run programs as this user: set \
     ROS_AUTOMATIC_DISCOVERY_RANGE=LOCALHOST, or `allow_local_processes: false` under `policy` in podbay's \
     configuration";

/// Whether a request from another machine may start processes on this one.
fn open_to_strangers(settings: &Settings, range: DiscoveryRange) -> bool {
    settings.cluster == ClusterKind::Embedded
        && range == DiscoveryRange::Subnet
        && settings.file.policy.admit_local_processes().is_ok()
}

/// Says when the node has failed: `/livez`, `/readyz`, `podbay status` and the log.
fn watch_node(
    core: &mut Core,
    failed: impl Future<Output = String> + Send + 'static,
) -> watch::Receiver<http::Readiness> {
    let (tell, alive) = watch::channel(Ok(()));
    core.spawn("node", async move {
        let reason = format!(
            "{}; restart podbay (in Kubernetes, a liveness probe of /livez does)",
            failed.await
        );
        tracing::error!("{reason}");
        drop(tell.send_replace(Err(reason)));
        // The cluster's side still works, and a launch can still be stopped.
        std::future::pending().await
    });
    alive
}

async fn serve_http(
    settings: &Settings,
    core: &mut Core,
    calls: mpsc::Sender<Call>,
    (ros, alive): (watch::Receiver<http::Readiness>, watch::Receiver<http::Readiness>),
) -> Result<()> {
    let view = View {
        model: core.bridge.model.clone(),
        metrics: core.bridge.metrics.clone(),
        ros,
        alive,
        cluster: core.bridge.cluster.name(),
        kind: settings.cluster.as_str(),
    };
    if let Http::On(address) = settings.http {
        let listener = http::bind(address).await?;
        tracing::info!("HTTP on {address}: /metrics /livez /readyz");
        core.spawn(
            "http",
            http::serve(listener, http::public(view.clone()), Limits::PUBLIC),
        );
    }
    match http::socket::bind(&http::socket::folder()) {
        Ok(socket) => {
            let router = http::control::private(view, calls);
            core.spawn("socket", http::serve(socket, router, Limits::PRIVATE));
        }
        // Only `podbay status` and `podbay stop` on this machine need it.
        Err(error) => tracing::warn!("{error}"),
    }
    Ok(())
}

type Opened = (Arc<dyn Cluster>, Option<Arc<EmbeddedCluster>>);

/// The way out for who has no cluster. Where an image is needed it is none, so it is said here only.
fn without_one(cluster: ClusterKind) -> &'static str {
    match cluster {
        ClusterKind::Kube => ". To run without a cluster: --cluster embedded",
        ClusterKind::Embedded => "",
    }
}

async fn open_cluster(settings: &Settings, metrics: &Metrics) -> Result<Opened> {
    match settings.cluster {
        ClusterKind::Embedded => {
            let embedded = Arc::new(EmbeddedCluster::new(embedded_options(settings))?);
            Ok((embedded.clone(), Some(embedded)))
        }
        ClusterKind::Kube => {
            let options = KubeOptions {
                kubeconfig: None,
                context: settings.context.clone(),
                namespace: settings.namespace.clone(),
                scope: settings.namespaces.clone(),
                only_own: settings.only_own,
            };
            Ok((
                Arc::new(KubeCluster::connect(options, metrics.clone()).await?),
                None,
            ))
        }
    }
}

fn embedded_options(settings: &Settings) -> EmbeddedOptions {
    let mut options = EmbeddedOptions::default();
    let others = settings
        .namespaces
        .iter()
        .filter(|other| settings.namespace.as_ref() != Some(other));
    let named: Vec<_> = settings.namespace.iter().chain(others).cloned().collect();
    if !named.is_empty() {
        options.namespaces = named;
    }
    options
}

/// From launch files to objects, as the settings say.
pub fn translator(settings: &Settings, environment: Vec<(String, String)>) -> Translator {
    let mut options = launch::Options::of_environment(environment_of_this_process());
    let prefixes = &mut options.package_prefixes;
    prefixes.splice(0..0, settings.package_path.iter().cloned());
    Translator {
        options,
        profiles: Profiles::new(settings.profile.clone(), settings.file.profiles.clone()),
        evaluator: evaluator(settings),
        readable: settings.file.policy.allow_files.clone(),
        commands: Commands {
            local: settings.allow_command,
            graph: settings.file.policy.allow_command,
        },
        limits: settings.file.limits,
        turns: Turns::default(),
        environment,
        one_host: settings.cluster == ClusterKind::Embedded,
        multicast_only: MULTICAST_ONLY,
    }
}

fn evaluator(settings: &Settings) -> Evaluator {
    let mut evaluator = Evaluator::default();
    evaluator.how = settings.evaluate;
    evaluator.limit = settings.evaluate_timeout;
    evaluator.allow_python_here = settings.file.policy.allow_python_here;
    evaluator.policy = settings.file.policy.clone();
    evaluator.cluster = on_demand(settings);
    evaluator
}

/// A cluster that is open already.
fn known(cluster: Arc<dyn Cluster>) -> FindCluster {
    Arc::new(move || {
        let cluster = cluster.clone();
        Box::pin(async move { Ok(cluster) })
    })
}

/// A cluster that is opened if it is needed.
fn on_demand(settings: &Settings) -> FindCluster {
    let settings = settings.clone();
    Arc::new(move || {
        let settings = settings.clone();
        Box::pin(async move {
            if settings.cluster == ClusterKind::Embedded {
                return Err(evaluate::NO_IMAGES.to_owned());
            }
            let metrics =
                Metrics::new(BACKEND, settings.cluster.as_str()).map_err(|error| error.to_string())?;
            let opened = open_cluster(&settings, &metrics).await;
            opened
                .map(|(cluster, _)| cluster)
                .map_err(|error| format!("{error:#}"))
        })
    })
}

/// Variables whose name or value is not Unicode are left out: launch files cannot name them.
fn environment_of_this_process() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// What every container must agree on with podbay to be in one graph.
fn pod_environment(node: &NodeOptions) -> Vec<(String, String)> {
    let mut environment = vec![("ROS_DOMAIN_ID".to_owned(), node.domain_id.to_string())];
    for name in [
        "RMW_IMPLEMENTATION",
        "ROS_AUTOMATIC_DISCOVERY_RANGE",
        "ROS_LOCALHOST_ONLY",
    ] {
        if let Ok(value) = std::env::var(name) {
            environment.push((name.to_owned(), value));
        }
    }
    environment
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::cli::Cli;
    use clap::Parser;

    #[test]
    fn who_lets_strangers_run_programs_is_warned() {
        let settings = |cluster: &str, allowed: Option<bool>| {
            let cli = Cli::try_parse_from(["podbay", "serve", "--cluster", cluster]).unwrap();
            let mut settings = Settings::new(&cli.common).unwrap();
            settings.file.policy.allow_local_processes = allowed;
            settings
        };
        for (cluster, allowed, range, warned) in [
            ("embedded", None, DiscoveryRange::Subnet, true),
            ("embedded", Some(false), DiscoveryRange::Subnet, false),
            ("embedded", None, DiscoveryRange::Localhost, false),
            ("kube", None, DiscoveryRange::Subnet, false),
        ] {
            let settings = settings(cluster, allowed);
            assert_eq!(open_to_strangers(&settings, range), warned, "{cluster} {range:?}");
        }
    }
}
