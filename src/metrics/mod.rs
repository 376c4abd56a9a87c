//! podbay's metrics, for Prometheus.
//!
//! Every part that has metrics holds a [`Metrics`] (cheap to clone, with one registry); `/metrics` reads it.
//! Gauges about pods are computed from the complete model ([`Metrics::observe`]); counters are incremented as
//! things happen. Label values come from short, fixed lists.

mod delta;
mod families;
mod follow;
mod tally;

use std::time::{Duration, SystemTime};

use prometheus::TextEncoder;

pub use delta::{Delta, delta};
use families::Families;
pub use follow::follow;
use podbay_core::cluster::Meter;
use podbay_core::health::PodReport;
use podbay_core::launch::{LaunchState, LaunchSummary};
use podbay_core::pod::Pod;
use tally::Tally;

/// How a ROS request was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was carried out.
    Ok,
    /// It was refused, or failed.
    Refused,
    /// It was refused before its operation, since a field has no valid value.
    Invalid,
    /// It was refused before its operation, since its caller or all callers have too many requests.
    Busy,
}

impl Outcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Invalid => "invalid",
            Self::Busy => "busy",
        }
    }
}

/// Handle to all of podbay's metrics.
#[derive(Clone)]
pub struct Metrics(Families);

impl Metrics {
    /// A separate registry; nothing is global. `ros` and `cluster` are the names of the backends.
    pub fn new(ros: &str, cluster: &str) -> prometheus::Result<Self> {
        let families = Families::register()?;
        families
            .build_info
            .with_label_values(&[env!("CARGO_PKG_VERSION"), ros, cluster])
            .set(1);
        Ok(Self(families))
    }

    /// All metrics in the text format of Prometheus.
    pub fn render(&self) -> prometheus::Result<String> {
        TextEncoder::new().encode_to_string(&self.0.registry.gather())
    }

    /// Sets the gauges about pods.
    pub fn observe<'a>(&self, pods: impl IntoIterator<Item = &'a PodReport>) {
        let tally = Tally::of(pods);
        for ((phase, health), count) in tally.pods {
            self.0
                .pods
                .number
                .with_label_values(&[phase.as_str(), health.as_str()])
                .set(count);
        }
        self.0.pods.ready.set(tally.ready);
        self.0.pods.nodes_expected.set(tally.nodes_expected);
        self.0.pods.nodes_present.set(tally.nodes_present);
    }

    /// Sets the gauges about launches.
    pub fn observe_launches(&self, launches: &[LaunchSummary]) {
        for state in LaunchState::ALL {
            let count = launches.iter().filter(|launch| launch.state == state).count();
            self.0
                .launches
                .with_label_values(&[state.as_str()])
                .set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    /// A pod changed, or was created while podbay was watching (without `before`).
    pub(crate) fn pod_changed(&self, before: Option<&Pod>, after: &Pod) {
        let delta = delta(before, after);
        self.0.pods.restarts.inc_by(delta.restarts);
        self.0.pods.oom_kills.inc_by(delta.oom_kills);
    }

    /// A ROS request to the service `name` was answered; `took` is how long its operation ran, if it did.
    pub fn ros_request(&self, name: &'static str, outcome: Outcome, took: Option<Duration>) {
        let labels = [name, outcome.as_str()];
        self.0.requests.ros.with_label_values(&labels).inc();
        if let Some(took) = took {
            let durations = self.0.requests.ros_duration.with_label_values(&labels);
            durations.observe(took.as_secs_f64());
        }
    }

    /// Whether the watch is connected and complete.
    pub(crate) fn watch_connected(&self, connected: bool) {
        self.0.watch.connected.set(connected.into());
    }
}

impl Meter for Metrics {
    fn api_request(&self, verb: &'static str, outcome: &'static str, took: Duration) {
        self.0
            .requests
            .api_duration
            .with_label_values(&[verb, outcome])
            .observe(took.as_secs_f64());
    }

    fn watch_restarted(&self) {
        self.0.watch.restarts.inc();
    }

    fn watch_heard(&self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        self.0.watch.last_event.set(now.unwrap_or_default().as_secs_f64());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All families with a value, so that the text contains all of them.
    fn used() -> String {
        let metrics = Metrics::new("dds", "kube").unwrap();
        metrics.observe([]);
        metrics.observe_launches(&[]);
        metrics.ros_request("get_pod", Outcome::Ok, Some(Duration::from_millis(3)));
        metrics.api_request("get", "ok", Duration::from_millis(2));
        metrics.watch_heard();
        metrics.render().unwrap()
    }

    #[test]
    fn every_family_says_what_it_means() {
        let text = used();
        let helps: Vec<_> = text.lines().filter(|line| line.starts_with("# HELP ")).collect();
        assert_eq!(helps.len(), 14, "{text}");
        assert!(
            helps
                .iter()
                .all(|help| help.starts_with("# HELP podbay_") && help.ends_with('.')),
            "{helps:#?}"
        );
    }

    #[test]
    fn values_come_out_under_their_labels() {
        let text = used();
        for line in [
            "podbay_pods{health=\"ERROR\",phase=\"Running\"} 0",
            "podbay_launches{state=\"running\"} 0",
            "podbay_ros_requests_total{outcome=\"ok\",request=\"get_pod\"} 1",
            "podbay_api_request_duration_seconds_count{outcome=\"ok\",verb=\"get\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
