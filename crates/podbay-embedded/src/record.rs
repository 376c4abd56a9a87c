//! One container of a pod: what it does, how it ended before, and when it may be started again.

use std::time::{Duration, Instant};

use k8s_openapi::jiff::Timestamp;

use super::backoff::Backoff;

/// `spec.restartPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    Always,
    OnFailure,
    Never,
}

/// What a container does now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Waiting { reason: &'static str, message: String },
    Running { since: Timestamp },
    Ended(Ended),
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) code: i32,
    pub(super) reason: &'static str,
    pub(super) message: String,
    pub(super) started: Timestamp,
    pub(super) finished: Timestamp,
}

/// One container.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) name: String,
    pub(super) state: State,
    pub(super) last: Option<Ended>,
    pub(super) restarts: i32,
    /// The startup probe, if any, has succeeded in this run.
    pub(super) started: bool,
    pub(super) ready: bool,
    /// Process id of the latest run; 0 before the first.
    pub(super) pid: i32,
    /// Somebody is starting, watching or stopping a process for it.
    pub(super) busy: bool,
    runs: u32,
    pub(super) not_before: Option<Instant>,
    pub(super) backoff: Backoff,
}

impl Ended {
    pub(super) fn with_code(code: i32, started: Timestamp) -> Self {
        let reason = if code == 0 { "Completed" } else { "Error" };
        Self {
            code,
            reason,
            message: String::new(),
            started,
            finished: Timestamp::now(),
        }
    }

    /// A program that could not be run, as containerd tells it.
    pub(super) fn start_error(message: String) -> Self {
        let now = Timestamp::now();
        Self {
            code: 128,
            reason: "StartError",
            message,
            started: now,
            finished: now,
        }
    }

    /// How long it ran.
    pub(super) fn ran(&self) -> Duration {
        self.finished.duration_since(self.started).unsigned_abs()
    }
}

impl Record {
    /// A container that was not started yet, and waits for this reason.
    pub(super) fn new(name: &str, reason: &'static str) -> Self {
        Self {
            name: name.to_owned(),
            state: State::Waiting {
                reason,
                message: String::new(),
            },
            last: None,
            restarts: 0,
            started: false,
            ready: false,
            pid: 0,
            busy: false,
            runs: 0,
            not_before: None,
            backoff: Backoff::default(),
        }
    }

    /// True when its last run ended with code 0 and no other has begun.
    pub(super) fn succeeded(&self) -> bool {
        matches!(&self.state, State::Ended(ended) if ended.code == 0)
    }

    /// True when it waits to be started, and may be from `not_before` on.
    pub(super) fn wants_start(&self, restart: Restart) -> bool {
        !self.busy
            && match &self.state {
                State::Waiting { .. } => true,
                State::Running { .. } => false,
                State::Ended(ended) => restarts_after(restart, ended.code),
            }
    }

    /// A run begins: what ended before moves to `last`.
    pub(super) fn count_run(&mut self) {
        if let State::Ended(ended) = &self.state {
            self.last = Some(ended.clone());
        }
        self.restarts = i32::try_from(self.runs).unwrap_or(i32::MAX);
        self.runs += 1;
        (self.started, self.ready) = (false, false);
    }
}

/// Whether a container with this policy is started again after it ended with `code`.
pub(super) fn restarts_after(restart: Restart, code: i32) -> bool {
    match restart {
        Restart::Always => true,
        Restart::OnFailure => code != 0,
        Restart::Never => false,
    }
}
