//! Pauses between attempts.

use std::time::Duration;

/// Doubles from [`Backoff::FIRST`] to [`Backoff::LAST`]. Each pause is shortened by a random part of up to
/// half, so that many podbays do not return in step. A success that did not last does not count.
pub(super) struct Backoff(Duration);

impl Backoff {
    const FIRST: Duration = Duration::from_millis(250);
    const LAST: Duration = Duration::from_secs(8);
    /// An attempt that lasted this long was a success, whatever ended it.
    const STEADY: Duration = Duration::from_secs(10);

    pub(super) fn new() -> Self {
        Self(Self::FIRST)
    }

    /// The next pause, after an attempt that lasted for `lived`.
    pub(super) fn next(&mut self, lived: Duration) -> Duration {
        if lived >= Self::STEADY {
            *self = Self::new();
        }
        let full = self.0;
        self.0 = (full * 2).min(Self::LAST);
        full.mul_f64(1.0 - fastrand::f64() / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        let mut backoff = Backoff::new();
        let waits: Vec<_> = (0..8).map(|_| backoff.next(Duration::ZERO)).collect();
        assert!(waits[0] <= Backoff::FIRST && waits[0] >= Backoff::FIRST / 2);
        assert!(waits[7] <= Backoff::LAST && waits[7] >= Backoff::LAST / 2);
        assert_ne!(Backoff::new().next(Duration::ZERO), waits[0]);
    }

    #[test]
    fn only_a_success_that_lasts_starts_afresh() {
        let mut backoff = Backoff::new();
        let brief = Backoff::STEADY / 2;
        let longest = (0..8).map(|_| backoff.next(brief)).max();
        assert!(longest > Some(Backoff::LAST / 2));
        assert!(backoff.next(Backoff::STEADY) <= Backoff::FIRST);
    }
}
