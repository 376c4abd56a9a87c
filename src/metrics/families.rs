//! The metric families: names, help, labels.

use prometheus::core::Collector;
use prometheus::{
    Gauge, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    Result,
};

/// Upper bounds in seconds: from a local reply to a request that waits for a cluster.
const DURATIONS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// All families, registered.
#[derive(Clone)]
#[allow(clippy::missing_docs_in_private_items)]
pub(super) struct Families {
    pub(super) registry: Registry,
    pub(super) build_info: IntGaugeVec,
    pub(super) pods: Pods,
    pub(super) launches: IntGaugeVec,
    pub(super) requests: Requests,
    pub(super) watch: Watch,
}

/// Families about pods.
#[derive(Clone)]
#[allow(clippy::missing_docs_in_private_items)]
pub(super) struct Pods {
    pub(super) number: IntGaugeVec,
    pub(super) ready: IntGauge,
    pub(super) nodes_expected: IntGauge,
    pub(super) nodes_present: IntGauge,
    pub(super) restarts: IntCounter,
    pub(super) oom_kills: IntCounter,
}

/// Families about requests.
#[derive(Clone)]
#[allow(clippy::missing_docs_in_private_items)]
pub(super) struct Requests {
    pub(super) ros: IntCounterVec,
    pub(super) ros_duration: HistogramVec,
    pub(super) api_duration: HistogramVec,
}

/// Families about the watch of the cluster.
#[derive(Clone)]
#[allow(clippy::missing_docs_in_private_items)]
pub(super) struct Watch {
    pub(super) connected: IntGauge,
    pub(super) restarts: IntCounter,
    pub(super) last_event: Gauge,
}

impl Families {
    pub(super) fn register() -> Result<Self> {
        let to = Registry::new();
        Ok(Self {
            build_info: gauges(
                &to,
                "podbay_build_info",
                "Always 1; the labels identify podbay's version and backends.",
                &["version", "ros", "cluster"],
            )?,
            pods: Pods::register(&to)?,
            launches: gauges(
                &to,
                "podbay_launches",
                "Number of launches, by state.",
                &["state"],
            )?,
            requests: Requests::register(&to)?,
            watch: Watch::register(&to)?,
            registry: to,
        })
    }
}

impl Pods {
    fn register(to: &Registry) -> Result<Self> {
        Ok(Self {
            number: gauges(
                to,
                "podbay_pods",
                "Number of pods, by Kubernetes phase and by health.",
                &["phase", "health"],
            )?,
            ready: gauge(to, "podbay_pods_ready", "Number of ready pods.")?,
            nodes_expected: gauge(to, "podbay_nodes_expected", "Number of expected ROS nodes.")?,
            nodes_present: gauge(
                to,
                "podbay_nodes_present",
                "Number of expected ROS nodes that are in the graph.",
            )?,
            restarts: counter(
                to,
                "podbay_container_restarts_total",
                "Number of container restarts since podbay started, over all pods.",
            )?,
            oom_kills: counter(
                to,
                "podbay_container_oom_kills_total",
                "Number of containers killed because they ran out of memory since podbay started, over all pods.",
            )?,
        })
    }
}

impl Requests {
    fn register(to: &Registry) -> Result<Self> {
        Ok(Self {
            ros: counters(
                to,
                "podbay_ros_requests_total",
                "Number of ROS requests answered, by service and outcome.",
                &["request", "outcome"],
            )?,
            ros_duration: durations(
                to,
                "podbay_ros_request_duration_seconds",
                "Time from a ROS request to its reply in seconds, by service and outcome; not of requests that are \
                     invalid or refused as too many.",
                &["request", "outcome"],
            )?,
            api_duration: durations(
                to,
                "podbay_api_request_duration_seconds",
                "Time from a Kubernetes API request to its reply in seconds, by verb and outcome.",
                &["verb", "outcome"],
            )?,
        })
    }
}

impl Watch {
    fn register(to: &Registry) -> Result<Self> {
        Ok(Self {
            connected: gauge(
                to,
                "podbay_watch_connected",
                "1 if the cluster is responding and its state is complete, else 0.",
            )?,
            restarts: counter(
                to,
                "podbay_watch_restarts_total",
                "Number of times the watch of the Kubernetes API was restarted with a listing.",
            )?,
            last_event: add(
                to,
                Gauge::new(
                    "podbay_watch_last_event_timestamp_seconds",
                    "Time of the last event from the watch of the Kubernetes API, in seconds since 1970; 0 if \
                     there was none, or without Kubernetes.",
                ),
            )?,
        })
    }
}

fn gauge(to: &Registry, name: &str, help: &str) -> Result<IntGauge> {
    add(to, IntGauge::new(name, help))
}

fn gauges(to: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
    add(to, IntGaugeVec::new(Opts::new(name, help), labels))
}

fn counter(to: &Registry, name: &str, help: &str) -> Result<IntCounter> {
    add(to, IntCounter::new(name, help))
}

fn counters(to: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec> {
    add(to, IntCounterVec::new(Opts::new(name, help), labels))
}

fn durations(to: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<HistogramVec> {
    let options = HistogramOpts::new(name, help).buckets(DURATIONS.to_vec());
    add(to, HistogramVec::new(options, labels))
}

fn add<C: Collector + Clone + 'static>(registry: &Registry, family: Result<C>) -> Result<C> {
    let family = family?;
    registry.register(Box::new(family.clone()))?;
    Ok(family)
}
