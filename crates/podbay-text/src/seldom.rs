//! Rate limit for log lines about events that others can cause at any rate.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Interval between two lines about the same event.
const APART: Duration = Duration::from_secs(5);

/// An event that is logged only now and then.
#[derive(Debug, Default)]
pub struct Seldom(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    said: Option<Instant>,
    left_out: u64,
}

impl Seldom {
    /// For a static.
    pub const fn new() -> Self {
        Self(Mutex::new(State {
            said: None,
            left_out: 0,
        }))
    }

    /// Whether to log it `now`; if so, how often it was omitted since the last time.
    pub fn due(&self, now: Instant) -> Option<u64> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |said: Instant| now.saturating_duration_since(said) < APART;
        if state.said.is_some_and(waiting) {
            state.left_out += 1;
            return None;
        }
        state.said = Some(now);
        Some(std::mem::take(&mut state.left_out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_happens_often_is_said_now_and_then_and_counted() {
        let (seldom, start) = (Seldom::new(), Instant::now());
        let due = |millis: u64| seldom.due(start + Duration::from_millis(millis));
        assert_eq!(due(0), Some(0));
        assert_eq!((due(1), due(4999)), (None, None));
        assert_eq!(due(5000), Some(2));
        assert_eq!(due(10_000), Some(0));
    }
}
