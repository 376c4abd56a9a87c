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
    pub(super) pods: IntGaugeVec,
    pub(super) pods_ready: IntGauge,
    pub(super) nodes_expected: IntGauge,
    pub(super) nodes_present: IntGauge,
    pub(super) launches: IntGaugeVec,
    pub(super) container_restarts: IntCounter,
    pub(super) container_oom_kills: IntCounter,
    pub(super) ros_requests: IntCounterVec,
    pub(super) ros_request_duration: HistogramVec,
    pub(super) api_request_duration: HistogramVec,
    pub(super) watch_connected: IntGauge,
    pub(super) watch_restarts: IntCounter,
    pub(super) watch_last_event: Gauge,
}

impl Families {
    pub(super) fn register() -> Result<Self> {
        let to = Registry::new();
        Ok(Self {
            build_info: add(
                &to,
                gauges(
                    "podbay_build_info",
                    "Always 1; the labels identify podbay's version and backends.",
                    &["version", "ros", "cluster"],
                ),
            )?,
            pods: add(
                &to,
                gauges(
                    "podbay_pods",
                    "Number of pods, by Kubernetes phase and by health.",
                    &["phase", "health"],
                ),
            )?,
            pods_ready: add(&to, IntGauge::new("podbay_pods_ready", "Number of ready pods."))?,
            nodes_expected: add(
                &to,
                IntGauge::new("podbay_nodes_expected", "Number of expected ROS nodes."),
            )?,
            nodes_present: add(
                &to,
                IntGauge::new(
                    "podbay_nodes_present",
                    "Number of expected ROS nodes that are in the graph.",
                ),
            )?,
            launches: add(
                &to,
                gauges("podbay_launches", "Number of launches, by state.", &["state"]),
            )?,
            container_restarts: add(
                &to,
                IntCounter::new(
                    "podbay_container_restarts_total",
                    "Number of container restarts since podbay started, over all pods.",
                ),
            )?,
            container_oom_kills: add(
                &to,
                IntCounter::new(
                    "podbay_container_oom_kills_total",
                    "Number of containers killed because they ran out of memory since podbay started, over all pods.",
                ),
            )?,
            ros_requests: add(
                &to,
                IntCounterVec::new(
                    Opts::new(
                        "podbay_ros_requests_total",
                        "Number of ROS requests answered, by service and outcome.",
                    ),
                    &["request", "outcome"],
                ),
            )?,
            ros_request_duration: add(
                &to,
                durations(
                    "podbay_ros_request_duration_seconds",
                    "Time from a ROS request to its reply in seconds, by service and outcome; not of requests that are \
                     invalid or refused as too many.",
                    &["request", "outcome"],
                ),
            )?,
            api_request_duration: add(
                &to,
                durations(
                    "podbay_api_request_duration_seconds",
                    "Time from a Kubernetes API request to its reply in seconds, by verb and outcome.",
                    &["verb", "outcome"],
                ),
            )?,
            watch_connected: add(
                &to,
                IntGauge::new(
                    "podbay_watch_connected",
                    "1 if the cluster is responding and its state is complete, else 0.",
                ),
            )?,
            watch_restarts: add(
                &to,
                IntCounter::new(
                    "podbay_watch_restarts_total",
                    "Number of times the watch of the Kubernetes API was restarted with a listing.",
                ),
            )?,
            watch_last_event: add(
                &to,
                Gauge::new(
                    "podbay_watch_last_event_timestamp_seconds",
                    "Time of the last event from the watch of the Kubernetes API, in seconds since 1970; 0 if \
                     there was none, or without Kubernetes.",
                ),
            )?,
            registry: to,
        })
    }
}

fn gauges(name: &str, help: &str, labels: &[&str]) -> Result<IntGaugeVec> {
    IntGaugeVec::new(Opts::new(name, help), labels)
}

fn durations(name: &str, help: &str, labels: &[&str]) -> Result<HistogramVec> {
    HistogramVec::new(HistogramOpts::new(name, help).buckets(DURATIONS.to_vec()), labels)
}

fn add<C: Collector + Clone + 'static>(registry: &Registry, family: Result<C>) -> Result<C> {
    let family = family?;
    registry.register(Box::new(family.clone()))?;
    Ok(family)
}
