//! Shows a launch as it goes: progress of its pods, and their logs with a prefix.
//!
//! ```text
//!   model ── changes ──> progress lines ──┐
//!              └─ container started ──> log reader ──> lines ──┴──> standard output
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::out;
use crate::bridge::Bridge;
use crate::domain::health::{Level, PodReport};
use crate::domain::names::{LABEL_NODE, PodKey};
use crate::domain::pod::{Container, ContainerState, Phase};
use crate::model::{Changes, Snapshot};

/// Log lines that may wait for the terminal.
const WAITING_LINES: usize = 256;

/// How a launch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The person asked for it.
    Interrupted,
    /// Every process ended by itself, well.
    Succeeded,
    /// Every process ended by itself, at least one with an error.
    Failed,
}

impl Outcome {
    pub(super) fn exit_code(self) -> u8 {
        u8::from(self == Self::Failed)
    }
}

/// Follows the pods of one launch.
pub(super) struct Follow {
    bridge: Arc<Bridge>,
    pods: BTreeSet<PodKey>,
    changes: Changes,
    told: BTreeMap<PodKey, String>,
    /// Lives of containers whose log is read already: pod uid, container, restarts.
    read: BTreeSet<(String, String, u32)>,
    readers: JoinSet<()>,
    lines: (mpsc::Sender<String>, mpsc::Receiver<String>),
    ready: bool,
}

impl Follow {
    /// Follows `pods`.
    pub(super) fn new(bridge: Arc<Bridge>, pods: Vec<PodKey>) -> Self {
        let changes = bridge.model.changes();
        let mut follow = Self {
            bridge,
            pods: pods.into_iter().collect(),
            changes,
            told: BTreeMap::new(),
            read: BTreeSet::new(),
            readers: JoinSet::new(),
            lines: mpsc::channel(WAITING_LINES),
            ready: false,
        };
        follow.show(&follow.changes.seen().clone());
        follow
    }

    /// Returns when every pod has ended by itself.
    pub(super) async fn until_ended(&mut self) -> Outcome {
        loop {
            if let Some(outcome) = self.ended() {
                self.drain().await;
                return outcome;
            }
            self.turn().await;
        }
    }

    /// Goes on showing, for as long as it is polled.
    pub(super) async fn forever(&mut self) {
        loop {
            self.turn().await;
        }
    }

    /// Shows what the containers wrote before they ended.
    pub(super) async fn drain(&mut self) {
        while !self.readers.is_empty() {
            tokio::select! {
                _ = self.readers.join_next() => {}
                Some(line) = self.lines.1.recv() => out::line(line),
            }
        }
        while let Ok(line) = self.lines.1.try_recv() {
            out::line(line);
        }
    }

    async fn turn(&mut self) {
        tokio::select! {
            Some(step) = self.changes.next() => self.show(&step.snapshot),
            Some(line) = self.lines.1.recv() => out::line(line),
            Some(_) = self.readers.join_next() => {}
        }
    }

    fn show(&mut self, snapshot: &Snapshot) {
        let reports: Vec<_> = self
            .pods
            .iter()
            .filter_map(|key| snapshot.pod(key).cloned())
            .collect();
        for report in &reports {
            self.progress(report);
            self.read_logs(report);
        }
        let healthy = reports
            .iter()
            .filter(|report| report.health.level == Level::Ok)
            .count();
        let ready = healthy == self.pods.len();
        if ready && !self.ready {
            out::line(format_args!("[podbay] all {} pods are ready", self.pods.len()));
        }
        self.ready = ready;
    }

    fn progress(&mut self, report: &PodReport) {
        let health = &report.health;
        let line = format!("{} {}: {}", health.level.as_str(), health.reason, health.message);
        let told = self.told.get(&report.pod.key);
        if told != Some(&line) {
            out::line(format_args!("[podbay] {}: {line}", report.pod.key.name));
            self.told.insert(report.pod.key.clone(), line);
        }
    }

    fn read_logs(&mut self, report: &PodReport) {
        for container in report
            .pod
            .containers
            .iter()
            .filter(|container| has_log(container))
        {
            let life = (report.pod.uid.clone(), container.name.clone(), container.restarts);
            if self.read.insert(life) {
                self.read_log(report, container);
            }
        }
    }

    fn read_log(&mut self, report: &PodReport, container: &Container) {
        let prefix = prefix(report, container);
        let (bridge, key, name) = (
            self.bridge.clone(),
            report.pod.key.clone(),
            container.name.clone(),
        );
        let lines = self.lines.0.clone();
        self.readers.spawn(async move {
            let mut log = match bridge.cluster.follow(&key, &name).await {
                Ok(log) => log,
                Err(error) => return drop(lines.send(format!("[podbay] no log of {key}: {error}")).await),
            };
            while let Some(line) = log.next().await {
                let text = match line {
                    Ok(line) => format!("[{prefix}] {line}"),
                    Err(error) => format!("[podbay] the log of {key} broke off: {error}"),
                };
                if lines.send(text).await.is_err() {
                    return;
                }
            }
        });
    }

    /// How it ended, once every pod has.
    fn ended(&self) -> Option<Outcome> {
        let snapshot = self.changes.seen();
        let mut outcome = Outcome::Succeeded;
        for key in &self.pods {
            match snapshot.pod(key).map(|report| report.pod.phase) {
                Some(Phase::Succeeded) => {}
                Some(Phase::Failed) => outcome = Outcome::Failed,
                // Deleted by someone else: nothing is left to wait for.
                None if self.told.contains_key(key) => {}
                _ => return None,
            }
        }
        Some(outcome)
    }
}

/// One that never started wrote nothing.
fn has_log(container: &Container) -> bool {
    match &container.state {
        ContainerState::Waiting { .. } => false,
        ContainerState::Running { .. } => true,
        ContainerState::Terminated(end) => end.reason != "StartError",
    }
}

/// The node's name. A container beside it, such as a sidecar, is named after it; in a pod of several nodes, each
/// container is called like its node.
fn prefix(report: &PodReport, container: &Container) -> String {
    let pod = &report.pod;
    let node = pod.labels.get(LABEL_NODE).unwrap_or(&pod.key.name);
    let mut names = pod.containers.iter().map(|container| &container.name);
    match container.name == *node {
        true => node.clone(),
        false if names.any(|name| name == node) => format!("{node}/{}", container.name),
        false => container.name.clone(),
    }
}
