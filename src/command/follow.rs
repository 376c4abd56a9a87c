//! Shows a launch as it runs: progress of its pods, and their logs with a prefix.
//!
//! ```text
//!   model ── changes ──> progress lines ──┐
//!              └─ container started ──> log reader ──> lines ──┴──> standard output
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::out;
use crate::bridge::Bridge;
use podbay_core::cluster::Error;
use podbay_core::health::{Level, PodReport};
use podbay_core::model::{Changes, Snapshot};
use podbay_core::names::{LABEL_NODE, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::part::{self, Part};
use podbay_core::pod::{Container, ContainerState, Phase};
use podbay_text::shown;

/// Log lines buffered for the terminal.
const WAITING_LINES: usize = 256;

/// Interval for checking a Job whose last pod has ended.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// How a launch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LaunchEnd {
    /// The user interrupted it.
    Interrupted,
    /// Its output is no longer read.
    Unread,
    /// Every process has succeeded.
    Succeeded,
    /// Every process has ended, at least one with an error.
    Failed,
}

impl LaunchEnd {
    pub(super) fn exit_code(self) -> u8 {
        u8::from(self == Self::Failed)
    }
}

/// Follows the pods of one launch, including those created by a controller.
pub(super) struct Follow {
    bridge: Arc<Bridge>,
    parts: Vec<Part>,
    changes: Changes,
    told: BTreeMap<PodKey, String>,
    /// Container runs whose log is already being read: pod uid, container, restarts.
    read: BTreeSet<(String, String, u32)>,
    readers: JoinSet<()>,
    /// Already safe to show.
    lines: (mpsc::Sender<String>, mpsc::Receiver<String>),
    ready: bool,
    /// Whether the launch's record was seen.
    recorded: bool,
}

impl Follow {
    /// Follows the pods of `parts`.
    pub(super) fn new(bridge: Arc<Bridge>, parts: Vec<Part>) -> Self {
        let changes = bridge.model.changes();
        let mut follow = Self {
            bridge,
            parts,
            changes,
            told: BTreeMap::new(),
            read: BTreeSet::new(),
            readers: JoinSet::new(),
            lines: mpsc::channel(WAITING_LINES),
            ready: false,
            recorded: false,
        };
        follow.show(&follow.changes.seen().clone());
        follow
    }

    /// Returns when every pod has ended by itself.
    pub(super) async fn until_ended(&mut self) -> LaunchEnd {
        loop {
            match self.ended() {
                Some(end) if self.jobs_are_over().await && !self.is_restarted().await => {
                    self.drain().await;
                    return end;
                }
                // neither the end of a Job nor that of a restart is watched
                Some(_) => drop(tokio::time::timeout(LOOK_AGAIN, self.turn()).await),
                None => self.turn().await,
            }
        }
    }

    /// The pods whose last run failed.
    pub(super) fn failed(&self) -> Vec<String> {
        let last = self
            .parts
            .iter()
            .filter_map(|part| last_of(part, self.changes.seen()));
        let failed = last.filter(|report| report.pod.phase == Phase::Failed);
        failed
            .map(|report| format!("{} ({})", report.pod.key.name, report.health.message))
            .collect()
    }

    /// Keeps showing as long as it is polled.
    pub(super) async fn forever(&mut self) -> Infallible {
        loop {
            self.turn().await;
        }
    }

    /// Shows what the containers wrote before they ended.
    pub(super) async fn drain(&mut self) {
        while !self.readers.is_empty() {
            tokio::select! {
                _ = self.readers.join_next() => {}
                Some(line) = self.lines.1.recv() => out::ready(&line),
            }
        }
        while let Ok(line) = self.lines.1.try_recv() {
            out::ready(&line);
        }
    }

    async fn turn(&mut self) {
        tokio::select! {
            Some(step) = self.changes.next() => self.show(&step.snapshot),
            Some(line) = self.lines.1.recv() => out::ready(&line),
            Some(_) = self.readers.join_next() => {}
        }
    }

    fn show(&mut self, snapshot: &Snapshot) {
        for report in self.pods(snapshot) {
            self.progress(&report);
            self.read_logs(&report);
        }
        let ready = self.parts.iter().all(|part| is_ready(part, snapshot));
        if ready && !self.ready && !self.parts.is_empty() {
            let count = part::count(&self.parts);
            match self.parts.len() {
                1 => out::line(format_args!("[podbay] {count} is ready")),
                _ => out::line(format_args!("[podbay] everything is ready: {count}")),
            }
        }
        self.ready = ready;
        self.recorded |= self.is_recorded(snapshot);
    }

    /// The pods of all parts.
    fn pods(&self, snapshot: &Snapshot) -> Vec<Arc<PodReport>> {
        self.parts
            .iter()
            .flat_map(|part| pods_of(part, snapshot))
            .cloned()
            .collect()
    }

    fn is_recorded(&self, snapshot: &Snapshot) -> bool {
        let mut launches = self.parts.iter().map(|part| &part.launch);
        launches.any(|launch| snapshot.launches_called(launch).next().is_some())
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
        let (prefix, coloured) = (prefix(report, container), out::coloured());
        let (bridge, key, name) = (
            self.bridge.clone(),
            report.pod.key.clone(),
            container.name.clone(),
        );
        let lines = self.lines.0.clone();
        self.readers.spawn(async move {
            let mut log = match bridge.cluster.follow(&key, &name).await {
                Ok(log) => log,
                Err(error) => {
                    let text = shown::line(&format!("[podbay] no log of {key}: {error}")).into_owned();
                    return drop(lines.send(text).await);
                }
            };
            while let Some(line) = log.next().await {
                let text = match line {
                    Ok(line) => format!("[{}] {}", shown::line(&prefix), shown::log(&line, coloured)),
                    Err(error) => shown::line(&format!("[podbay] the log of {key} was interrupted: {error}"))
                        .into_owned(),
                };
                if lines.send(text).await.is_err() {
                    return;
                }
            }
        });
    }

    /// How it ended, once every pod has.
    fn ended(&self) -> Option<LaunchEnd> {
        let snapshot = self.changes.seen();
        let mut end = LaunchEnd::Succeeded;
        for part in &self.parts {
            match last_of(part, snapshot).map(|report| report.pod.phase) {
                Some(Phase::Succeeded) if part.can_end() => {}
                Some(Phase::Failed) if part.can_end() => end = LaunchEnd::Failed,
                // deleted by someone else: nothing to wait for
                None if part
                    .pod()
                    .is_some_and(|pod| part.can_end() && self.told.contains_key(&pod)) => {}
                None if self.recorded && !self.is_recorded(snapshot) => {}
                _ => return None,
            }
        }
        Some(end)
    }

    /// Whether no Job will create another pod.
    async fn jobs_are_over(&self) -> bool {
        for part in self
            .parts
            .iter()
            .filter(|part| part.workload.runs_to_completion())
        {
            match self.bridge.cluster.get(&part.object).await {
                Ok(job) if !is_over(&job) => return false,
                Ok(_) | Err(Error::NotFound(_)) => {}
                Err(_) => return false,
            }
        }
        true
    }

    /// Whether a pod that has ended is created again, or already was.
    async fn is_restarted(&self) -> bool {
        let cluster = &*self.bridge.cluster;
        let pods: Vec<_> = self.parts.iter().filter_map(Part::pod).collect();
        if self.bridge.restarts.concern(cluster, &pods).await.unwrap_or(true) {
            return true;
        }
        let snapshot = self.changes.seen();
        for pod in pods.iter().filter(|pod| snapshot.pod(pod).is_none()) {
            // the model may not have seen the next pod yet
            let next = cluster.get(&ObjectRef::pod(&pod.namespace, &pod.name)).await;
            if !matches!(next, Err(Error::NotFound(_))) {
                return true;
            }
        }
        false
    }
}

/// Whether a Job has ended.
fn is_over(job: &Object) -> bool {
    let conditions = job.0.pointer("/status/conditions").and_then(Value::as_array);
    let ends = |condition: &Value| {
        matches!(condition["type"].as_str(), Some("Complete" | "Failed")) && condition["status"] == "True"
    };
    conditions.is_some_and(|conditions| conditions.iter().any(ends))
}

fn pods_of<'a>(part: &'a Part, snapshot: &'a Snapshot) -> impl Iterator<Item = &'a Arc<PodReport>> {
    snapshot.pods().filter(|report| part.has(&report.pod))
}

/// The decisive pod: a Job may have failed before, and a Deployment's last pod may still be ending.
fn last_of<'a>(part: &'a Part, snapshot: &'a Snapshot) -> Option<&'a Arc<PodReport>> {
    pods_of(part, snapshot).max_by_key(|report| report.pod.created)
}

fn is_ready(part: &Part, snapshot: &Snapshot) -> bool {
    let is_well = |report: &Arc<PodReport>| report.health.level == Level::Ok;
    match part.workload.is_on_every_host() {
        true => {
            let mut pods = pods_of(part, snapshot).peekable();
            pods.peek().is_some() && pods.all(is_well)
        }
        false => last_of(part, snapshot).is_some_and(is_well),
    }
}

/// A container that never started has no log.
fn has_log(container: &Container) -> bool {
    match &container.state {
        ContainerState::Waiting { .. } => false,
        ContainerState::Running { .. } => true,
        ContainerState::Terminated(end) => !end.never_ran(),
    }
}

/// The node's name. Other containers, such as sidecars, are named after it; in a pod with several nodes, each
/// container is named after its node.
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
