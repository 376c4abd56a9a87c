//! Publishes the model's content to the ROS graph.
//!
//! ```text
//!   each step of the model ──> ~/pod_events, the changed part of /diagnostics; then ~/pods
//!   each second            ──> all of /diagnostics
//!   podbay's log           ──> /rosout
//! ```

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Bridge;
use crate::ros::{LogLevel, Ros};
use crate::telemetry::LogRecord;
use podbay_core::health::{Connection, connection, diagnostic};
use podbay_core::model::{Changes, Snapshot, Step};
use podbay_core::report_size::Missed;
use podbay_text::lengths;

/// Period of the complete `/diagnostics`, as diagnostic_aggregator expects.
const DIAGNOSTICS_PERIOD: Duration = Duration::from_secs(1);

/// `~/pods` contains all pods, so this is its minimum interval during many changes.
const PODS_PERIOD: Duration = Duration::from_millis(100);

/// Publishes until `stopping`, then leaves the graph.
pub async fn run(bridge: Arc<Bridge>, ros: Ros, log: mpsc::Receiver<LogRecord>, stopping: CancellationToken) {
    let changes = bridge.model.changes();
    let seen = changes.seen().clone();
    let cluster = bridge.cluster.name();
    let mut reporter = Reporter {
        ros,
        cluster,
        seen,
        missed: Missed::default(),
    };
    tokio::select! {
        () = reporter.follow(changes, log) => {}
        () = stopping.cancelled() => {}
    }
    reporter.ros.close().await;
}

struct Reporter {
    ros: Ros,
    cluster: String,
    seen: Arc<Snapshot>,
    /// What had to be omitted from `~/pods`.
    missed: Missed,
}

impl Reporter {
    async fn follow(&mut self, mut changes: Changes, mut log: mpsc::Receiver<LogRecord>) {
        let mut second = interval(DIAGNOSTICS_PERIOD);
        second.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // when `~/pods` may be sent next, and whether it is out of date
        let (mut pods_due, mut pods_stale) = (Instant::now(), true);
        loop {
            tokio::select! {
                step = changes.next() => match step {
                    Some(step) => pods_stale |= self.step(step).await,
                    None => return,
                },
                () = sleep_until(pods_due), if pods_stale && self.heard() => {
                    self.pods();
                    (pods_due, pods_stale) = (Instant::now() + PODS_PERIOD, false);
                }
                _ = second.tick() => self.all_diagnostics().await,
                Some(record) = log.recv() => self.log(&record).await,
            }
        }
    }

    /// Returns whether pods changed.
    async fn step(&mut self, step: Step) -> bool {
        let before = std::mem::replace(&mut self.seen, step.snapshot);
        let mut statuses: Vec<_> = step
            .events
            .iter()
            .map(|event| diagnostic(self.ros.name(), &event.report))
            .collect();
        if before.connection() != self.seen.connection() {
            statuses.push(connection(self.ros.name(), &self.cluster, self.seen.connection()));
        }
        if !statuses.is_empty() {
            complain(self.ros.publish_diagnostics(&statuses).await);
        }
        for event in step.events.iter() {
            complain(self.ros.publish_event(event).await);
        }
        !step.events.is_empty()
    }

    /// Before the cluster's first report, an empty list would be misleading.
    fn heard(&self) -> bool {
        !matches!(self.seen.connection(), Connection::Connecting)
    }

    fn pods(&mut self) {
        let pods: Vec<_> = self.seen.pods().map(|report| &**report).collect();
        match self.ros.publish_pods(&self.cluster, &pods) {
            Err(error) => complain(Err(error)),
            Ok(missed) => {
                let before = std::mem::replace(&mut self.missed, missed);
                // the counts change with every pod
                if is_news(before, missed) {
                    log_missed(missed);
                }
            }
        }
    }

    async fn all_diagnostics(&self) {
        let cluster = connection(self.ros.name(), &self.cluster, self.seen.connection());
        let pods = self.seen.pods().map(|report| diagnostic(self.ros.name(), report));
        let all: Vec<_> = std::iter::once(cluster).chain(pods).collect();
        complain(self.ros.publish_diagnostics(&all).await);
    }

    async fn log(&self, record: &LogRecord) {
        // an error of /rosout must not go to /rosout
        let _ = self
            .ros
            .log(
                level(record.level),
                &logger(self.ros.name(), record.target),
                &record.text,
            )
            .await;
    }
}

/// The name of a logger, in rclcpp's form: the node's name with dots, then the module, as in
/// `robot1.podbay.bridge.launches`.
fn logger(node: &str, target: &str) -> String {
    let node = node.trim_start_matches('/').replace('/', ".");
    // crates other than the daemon's are named podbay_PART
    let module = target.strip_prefix("podbay").unwrap_or(target);
    let module = module.trim_start_matches(['_', ':']).replace("::", ".");
    match module.as_str() {
        "" => node,
        module => format!("{node}.{module}"),
    }
}

/// Whether to log it: when omitting begins or ends, for details or for whole pods.
fn is_news(before: Missed, now: Missed) -> bool {
    let kinds = |missed: Missed| (missed.brief > 0, missed.left_out > 0);
    kinds(before) != kinds(now)
}

fn log_missed(missed: Missed) {
    let Missed { brief, left_out } = missed;
    if missed == Missed::default() {
        return tracing::info!("~/pods is complete again");
    }
    tracing::warn!(
        "~/pods is limited to {} bytes: {brief} pods are published without nodes and containers, {left_out} are \
         omitted; list_pods returns all",
        lengths::REPLY
    );
}

fn complain(result: Result<(), crate::ros::Error>) {
    if let Err(error) = result {
        tracing::warn!("{error}");
    }
}

fn level(level: tracing::Level) -> LogLevel {
    match level {
        tracing::Level::ERROR => LogLevel::Error,
        tracing::Level::WARN => LogLevel::Warn,
        tracing::Level::INFO => LogLevel::Info,
        _ => LogLevel::Debug,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loggers_are_called_as_in_ros() {
        for (node, target, expected) in [
            ("/podbay", "podbay", "podbay"),
            ("/podbay", "podbay::bridge::launches", "podbay.bridge.launches"),
            ("/robot1/podbay", "podbay_core::model", "robot1.podbay.core.model"),
        ] {
            assert_eq!(logger(node, target), expected);
        }
    }

    #[test]
    fn the_log_is_told_of_kinds_of_pods_that_are_missed_and_not_of_every_count() {
        let missed = |brief, left_out| Missed { brief, left_out };
        for (before, now, told) in [
            (missed(0, 0), missed(0, 0), false),
            (missed(0, 0), missed(3, 0), true),
            (missed(3, 0), missed(4, 0), false),
            (missed(4, 0), missed(4, 1), true),
            (missed(4, 1), missed(5, 9), false),
            (missed(5, 9), missed(5, 0), true),
            (missed(5, 0), missed(0, 0), true),
        ] {
            assert_eq!(is_news(before, now), told, "{before:?} {now:?}");
        }
    }
}
