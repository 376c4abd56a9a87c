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

impl BackoffRule {
    /// How long to wait after a run of length `ran`; zero for at once. `next` is what the rule keeps
    /// of a container, at first zero.
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
}
