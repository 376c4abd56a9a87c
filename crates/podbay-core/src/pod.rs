//! A pod as podbay sees it: the few fields of a Kubernetes pod that health, the ROS messages and the
//! metrics are made of.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::names::{ANNOTATION_NODES, LABEL_LAUNCH, PodKey, listed_nodes};

/// What is known of one pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Namespace and name.
    pub key: PodKey,
    /// `metadata.uid`; another uid under the same key is another pod.
    pub uid: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`, only what podbay reads of them, within bounds.
    pub annotations: BTreeMap<String, String>,
    /// `metadata.creationTimestamp`.
    pub created: SystemTime,
    /// `metadata.deletionTimestamp`, once it is being deleted: when its grace period ends.
    pub deleting: Option<SystemTime>,
    /// `metadata.finalizers`: who has to agree before a deleted pod goes.
    pub finalizers: Vec<String>,
    /// Message of the `DisruptionTarget` condition: why Kubernetes itself ends it, if it does.
    pub disruption: Option<String>,
    /// `status.phase`.
    pub phase: Phase,
    /// `status.reason`, such as `Evicted`; empty when unset.
    pub reason: String,
    /// `status.message`; empty when unset.
    pub message: String,
    /// The `Ready` condition.
    pub ready: bool,
    /// Reason of the `Ready` condition while it is false (`ContainersNotReady`, `ReadinessGatesNotReady`); empty when
    /// it gives none, which is how Kubernetes marks the pods of a host that is not responding.
    pub not_ready: String,
    /// Why the scheduler finds no host (`PodScheduled=False, Unschedulable`), if it does not.
    pub unschedulable: Option<Unschedulable>,
    /// How far its host has come with volumes and network.
    pub setup: Setup,
    /// What stands in the way of its start, as the cluster's events tell; the model adds it.
    pub warning: Option<String>,
    /// `spec.nodeName`: the host; empty until scheduled.
    pub host: String,
    /// `status.podIP`; empty until known.
    pub ip: String,
    /// Containers in the order of the spec; init containers first.
    pub containers: Vec<Container>,
}

/// `status.phase` of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Unknown,
}

/// What the scheduler says of a pod that it finds no host for.
#[derive(Clone, Debug, PartialEq)]
pub struct Unschedulable {
    /// Its reason, for a person.
    pub message: String,
    /// Since when it finds none.
    pub since: SystemTime,
}

/// Whether volumes and network of a pod are there (`PodReadyToStartContainers`); images are pulled afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The host does not tell; it took the pod then, if it did at all.
    Untold(Option<SystemTime>),
    /// Not yet, since then.
    Missing(SystemTime),
    /// They are.
    Done,
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Name in the pod's spec.
    pub name: String,
    /// Image in the pod's spec.
    pub image: String,
    /// True for an init container.
    pub init: bool,
    /// True for an init container that runs along with the others (`restartPolicy: Always`).
    pub sidecar: bool,
    /// `status.containerStatuses[].ready`.
    pub ready: bool,
    /// `status.containerStatuses[].restartCount`.
    pub restarts: u32,
    /// What it does now.
    pub state: ContainerState,
    /// How it ended the last time, if it was restarted.
    pub last: Option<Termination>,
}

/// `status.containerStatuses[].state`.
#[derive(Clone, Debug, PartialEq)]
pub enum ContainerState {
    /// Not running; `reason` as Kubernetes spells it (`ContainerCreating`, `CrashLoopBackOff`, …).
    Waiting {
        /// One CamelCase word; empty when unset.
        reason: String,
        /// Detail for a person; may be empty.
        message: String,
    },
    /// Running since `started`.
    Running {
        /// `startedAt`.
        started: SystemTime,
    },
    /// Ended and not started again (yet).
    Terminated(Termination),
}

impl Container {
    /// True for one that runs as long as the pod does, and so counts for its being ready.
    pub fn stays(&self) -> bool {
        !self.init || self.sidecar
    }
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Termination {
    /// Exit code; 128 + signal for a process ended by a signal.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, …
    pub reason: String,
    /// Detail for a person; may be empty.
    pub message: String,
    /// `finishedAt`.
    pub finished: SystemTime,
}

impl Pod {
    /// Id of the launch this pod belongs to, or "".
    pub fn launch(&self) -> &str {
        self.labels.get(LABEL_LAUNCH).map_or("", String::as_str)
    }

    /// Fully qualified names of the ROS nodes this pod should bring into the graph.
    pub fn expected_nodes(&self) -> impl Iterator<Item = &str> {
        let list = self.annotations.get(ANNOTATION_NODES).map_or("", String::as_str);
        listed_nodes(list)
    }

    /// Restarts of all its containers together.
    pub fn restarts(&self) -> u32 {
        self.containers.iter().map(|container| container.restarts).sum()
    }
}

impl Phase {
    /// As Kubernetes spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }
}

impl Pod {
    /// One that runs, of which nothing else is known.
    pub fn running(namespace: &str, name: &str) -> Self {
        Self {
            key: PodKey::new(namespace, name),
            uid: String::new(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            created: SystemTime::UNIX_EPOCH,
            deleting: None,
            finalizers: Vec::new(),
            disruption: None,
            phase: Phase::Running,
            reason: String::new(),
            message: String::new(),
            ready: true,
            not_ready: String::new(),
            unschedulable: None,
            setup: Setup::Done,
            warning: None,
            host: String::new(),
            ip: String::new(),
            containers: Vec::new(),
        }
    }
}
