//! How long a container that keeps ending waits before it is started again.

use std::time::Duration;

/// The kubelet's rule by default: 10 s, doubled up to 5 min, forgotten after 10 min of running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackoffRule {
    /// Wait before the second restart; the first is at once.
    pub initial: Duration,
    /// Longest wait.
    pub max: Duration,
    /// A run this long starts the rule anew.
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

/// Back-off of one container.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    /// How long to wait after a run of length `ran`; zero for at once.
    pub(super) fn after(&mut self, rule: &BackoffRule, ran: Duration) -> Duration {
        if ran >= rule.reset_after {
            self.next = Duration::ZERO;
        }
        let wait = self.next;
        self.next = if wait.is_zero() {
            rule.initial
        } else {
            (wait * 2).min(rule.max)
        };
        wait
    }
}

/// A duration as Go prints it, which is how the kubelet's messages have it: `1m20s`.
pub(super) fn go_duration(duration: Duration) -> String {
    let (minutes, seconds) = (duration.as_secs() / 60, duration.as_secs() % 60);
    if duration < Duration::from_secs(1) {
        format!("{}ms", duration.as_millis())
    } else if minutes > 0 {
        format!("{minutes}m{seconds}s")
    } else {
        format!("{seconds}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit_and_a_long_run_resets_them() {
        let rule = BackoffRule::default();
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8)
            .map(|_| backoff.after(&rule, Duration::ZERO).as_secs())
            .collect();
        assert_eq!(waits, [0, 10, 20, 40, 80, 160, 300, 300]);
        assert_eq!(backoff.after(&rule, rule.reset_after), Duration::ZERO);
        assert_eq!(backoff.after(&rule, Duration::ZERO), rule.initial);
    }

    #[test]
    fn durations_read_as_in_go() {
        let texts = [0.1, 10.0, 80.0, 300.0].map(|seconds| go_duration(Duration::from_secs_f64(seconds)));
        assert_eq!(texts, ["100ms", "10s", "1m20s", "5m0s"]);
    }
}
