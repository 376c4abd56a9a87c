//! Whether a container that has ended is restarted, and the pause before.

use std::time::Duration;

use k8s_openapi::api::core::v1::PodSpec;

/// `spec.restartPolicy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Restart {
    Always,
    OnFailure,
    Never,
}

impl Restart {
    pub(super) fn of(spec: &PodSpec) -> Self {
        match spec.restart_policy.as_deref() {
            Some("Never") => Self::Never,
            Some("OnFailure") => Self::OnFailure,
            _ => Self::Always,
        }
    }

    /// Whether a container that ended with `code` is restarted. An init container that succeeded is not, even
    /// under `Always`.
    pub(super) fn after(self, code: i32, init: bool) -> bool {
        match self {
            Self::Always => code != 0 || !init,
            Self::OnFailure => code != 0,
            Self::Never => false,
        }
    }
}

/// The kubelet's default: 10 s, doubled up to 5 min, reset after running for 10 min.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackoffRule {
    /// Pause before the second restart; the first is immediate.
    pub initial: Duration,
    /// Longest pause.
    pub max: Duration,
    /// A run of this length resets the pause.
    pub reset_after: Duration,
}

impl Default for BackoffRule {
    fn default() -> Self {
        Self {
            initial: Duration::from_secs(10),
            max: Duration::from_secs(300),
            reset_after: Duration::from_secs(600),
        }
    }
}

impl BackoffRule {
    /// The pause after a run of length `ran`; zero for none. `next` is the state for one container, initially
    /// zero.
    pub(super) fn after(&self, next: &mut Duration, ran: Duration) -> Duration {
        let wait = if ran >= self.reset_after {
            Duration::ZERO
        } else {
            *next
        };
        *next = (wait * 2).max(self.initial).min(self.max);
        wait
    }
}

/// A duration as in the kubelet's messages, which are Go's: `1m20s`.
pub(super) fn go_duration(duration: Duration) -> String {
    match (duration.as_secs() / 60, duration.as_secs() % 60) {
        (0, 0) => format!("{}ms", duration.as_millis()),
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_a_long_run_resets_them() {
        let (rule, mut next) = (BackoffRule::default(), Duration::ZERO);
        let mut wait = |ran| rule.after(&mut next, ran).as_secs();
        let waits = [0; 8].map(|_| wait(Duration::ZERO));
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!([rule.reset_after, Duration::ZERO].map(wait), [0, 10]);
    }

    #[test]
    fn durations_read_as_in_go() {
        let texts = [0.1, 10.0, 80.0, 300.0].map(|seconds| go_duration(Duration::from_secs_f64(seconds)));
        assert_eq!(texts, ["100ms", "10s", "1m20s", "5m0s"]);
    }
}
