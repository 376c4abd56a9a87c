//! A pod as podbay sees it: the fields of a Kubernetes pod that health, ROS messages and metrics need.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::names::{ANNOTATION_NODES, LABEL_LAUNCH, PodKey, listed_nodes};

/// The known state of one pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Pod {
    /// Namespace and name.
    pub key: PodKey,
    /// `metadata.uid`; another uid under the same key is another pod.
    pub uid: String,
    /// `metadata.labels`.
    pub labels: BTreeMap<String, String>,
    /// `metadata.annotations`: only those podbay reads, within limits.
    pub annotations: BTreeMap<String, String>,
    /// `metadata.creationTimestamp`.
    pub created: SystemTime,
    /// `metadata.deletionTimestamp` of a pod that is being deleted: the end of its grace period.
    pub deleting: Option<SystemTime>,
    /// `metadata.finalizers`, which delay the deletion.
    pub finalizers: Vec<String>,
    /// Message of the `DisruptionTarget` condition: why Kubernetes itself deletes the pod.
    pub disruption: Option<String>,
    /// `status.phase`.
    pub phase: Phase,
    /// `status.reason`, such as `Evicted`; "" if unset.
    pub reason: String,
    /// `status.message`; "" if unset.
    pub message: String,
    /// The `Ready` condition.
    pub ready: bool,
    /// Reason of the `Ready` condition while it is false (`ContainersNotReady`, `ReadinessGatesNotReady`).
    /// Empty if there is none, which is how Kubernetes marks pods of a host that is not responding.
    pub not_ready: String,
    /// Why the scheduler finds no host (`PodScheduled=False, Unschedulable`).
    pub unschedulable: Option<Unschedulable>,
    /// Progress of volumes and network.
    pub setup: Setup,
    /// What prevents the start, according to the cluster's events; set by the model.
    pub warning: Option<String>,
    /// `spec.nodeName`: the host; "" until scheduled.
    pub host: String,
    /// `status.podIP`; "" until known.
    pub ip: String,
    /// Containers in the order of the spec; init containers first.
    pub containers: Vec<Container>,
}

/// Generates the phases and their names from one list.
macro_rules! phases {
    ($($phase:ident),*) => {
        /// `status.phase` of a pod.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs)]
        pub enum Phase {
            $($phase,)*
        }

        impl Phase {
            /// All phases.
            pub const ALL: &[Self] = &[$(Self::$phase,)*];

            /// The name in Kubernetes.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$phase => stringify!($phase),)*
                }
            }
        }
    };
}

phases! { Pending, Running, Succeeded, Failed, Unknown }

/// The scheduler's report that it finds no host.
#[derive(Clone, Debug, PartialEq)]
pub struct Unschedulable {
    /// The scheduler's reason, for a person.
    pub message: String,
    /// Since when.
    pub since: SystemTime,
}

/// Whether volumes and network of a pod are ready (`PodReadyToStartContainers`); images are pulled
/// afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The host does not report it. The time is when the host accepted the pod, if it did.
    Unreported(Option<SystemTime>),
    /// Not ready since that time.
    Missing(SystemTime),
    /// Ready.
    Done,
}

/// One container of a pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Container {
    /// Name in the pod's spec.
    pub name: String,
    /// Image in the pod's spec.
    pub image: String,
    /// Whether it is an init container.
    pub init: bool,
    /// Whether it is an init container that runs alongside the others (`restartPolicy: Always`).
    pub sidecar: bool,
    /// `status.containerStatuses[].ready`.
    pub ready: bool,
    /// `status.containerStatuses[].restartCount`.
    pub restarts: u32,
    /// Current state.
    pub state: ContainerState,
    /// How it ended before the last restart.
    pub last: Option<Termination>,
}

/// `status.containerStatuses[].state`.
#[derive(Clone, Debug, PartialEq)]
pub enum ContainerState {
    /// Not running; `reason` as Kubernetes spells it (`ContainerCreating`, `CrashLoopBackOff`, …).
    Waiting {
        /// One CamelCase word; "" if unset.
        reason: String,
        /// Details for a person; may be empty.
        message: String,
    },
    /// Running since `started`.
    Running {
        /// `startedAt`.
        started: SystemTime,
    },
    /// Ended, and not restarted (yet).
    Terminated(Termination),
}

impl Container {
    /// Whether it runs as long as the pod, and therefore counts for readiness.
    pub fn stays(&self) -> bool {
        !self.init || self.sidecar
    }
}

/// How a container ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Termination {
    /// Exit code; 128 + signal if ended by a signal.
    pub exit_code: i32,
    /// `Completed`, `Error`, `OOMKilled`, `StartError`, …
    pub reason: String,
    /// Details for a person; may be empty.
    pub message: String,
    /// `finishedAt`.
    pub finished: SystemTime,
}

impl Termination {
    /// `reason` of a container that was killed because it needed more memory than it may have.
    pub const OUT_OF_MEMORY: &str = "OOMKilled";
    /// `reason` of a container whose program could not be started.
    pub const START_ERROR: &str = "StartError";

    /// Whether it was killed because it needed more memory than it may have.
    pub fn was_out_of_memory(&self) -> bool {
        self.reason == Self::OUT_OF_MEMORY
    }

    /// Whether its program could not be started, so that it has no log.
    pub fn never_ran(&self) -> bool {
        self.reason == Self::START_ERROR
    }
}

impl Pod {
    /// Id of the launch this pod belongs to, or "".
    pub fn launch(&self) -> &str {
        self.labels.get(LABEL_LAUNCH).map_or("", String::as_str)
    }

    /// Fully qualified names of the ROS nodes that are expected from this pod.
    pub fn expected_nodes(&self) -> impl Iterator<Item = &str> {
        let list = self.annotations.get(ANNOTATION_NODES).map_or("", String::as_str);
        listed_nodes(list)
    }

    /// Restarts of all containers.
    pub fn restarts(&self) -> u32 {
        self.containers.iter().map(|container| container.restarts).sum()
    }
}

impl Pod {
    /// A running pod with defaults otherwise.
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
