//! One container of a pod: its state, how it ended before, and when it may be started again.

use std::time::{Duration, Instant};

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::object::text;

/// One container.
#[derive(Clone, Debug, Default)]
pub(super) struct Container {
    /// Its part of the pod's status.
    pub(super) status: k8s::ContainerStatus,
    /// Whether a process for it is being started, watched or stopped.
    pub(super) busy: bool,
    runs: i32,
    pub(super) not_before: Option<Instant>,
    /// Next pause before a restart.
    pub(super) backoff: Duration,
}

impl Container {
    pub(super) fn new(spec: &k8s::Container, reason: &str) -> Self {
        Self {
            status: k8s::ContainerStatus {
                name: spec.name.clone(),
                image: text(&spec.image).to_owned(),
                started: Some(false),
                state: Some(waiting(reason, String::new())),
                ..k8s::ContainerStatus::default()
            },
            ..Self::default()
        }
    }

    fn state(&self) -> Option<&k8s::ContainerState> {
        self.status.state.as_ref()
    }

    pub(super) fn waits(&self) -> Option<&k8s::ContainerStateWaiting> {
        self.state()?.waiting.as_ref()
    }

    pub(super) fn is_running(&self) -> bool {
        self.state().is_some_and(|state| state.running.is_some())
    }

    /// Exit code of its last run, unless another has begun or is scheduled.
    pub(super) fn exit_code(&self) -> Option<i32> {
        Some(self.state()?.terminated.as_ref()?.exit_code)
    }

    /// Sets a new state; a terminated one becomes the last state.
    pub(super) fn turn(&mut self, now: k8s::ContainerState) {
        let before = self.status.state.replace(now);
        let ended = before.filter(|before| before.terminated.is_some());
        self.status.last_state = ended.or(self.status.last_state.take());
    }

    /// Counts a run that begins.
    pub(super) fn count_run(&mut self) {
        self.status.restart_count = self.runs;
        self.runs = self.runs.saturating_add(1);
        (self.status.started, self.status.ready) = (Some(false), false);
    }
}

/// The state of waiting for `reason`; `message` has the details.
pub(super) fn waiting(reason: &str, message: String) -> k8s::ContainerState {
    k8s::ContainerState {
        waiting: Some(k8s::ContainerStateWaiting {
            reason: Some(reason.to_owned()),
            message: Some(message).filter(|message| !message.is_empty()),
        }),
        ..k8s::ContainerState::default()
    }
}

/// The end of a run that began at `started`.
pub(super) fn ended(code: i32, started: Timestamp) -> k8s::ContainerStateTerminated {
    let reason = if code == 0 { "Completed" } else { "Error" };
    k8s::ContainerStateTerminated {
        exit_code: code,
        signal: Some(code - 128).filter(|&signal| signal > 0),
        reason: Some(reason.to_owned()),
        started_at: Some(Time(started)),
        finished_at: Some(Time(Timestamp::now())),
        ..k8s::ContainerStateTerminated::default()
    }
}

/// Duration of the run.
pub(super) fn ran(ended: &k8s::ContainerStateTerminated) -> Duration {
    let times = ended.started_at.as_ref().zip(ended.finished_at.as_ref());
    times.map_or(Duration::ZERO, |(from, to)| {
        to.0.duration_since(from.0).unsigned_abs()
    })
}
