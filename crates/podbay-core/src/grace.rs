//! Grace periods of pods.

use std::time::Duration;

/// The longest grace period. Kubernetes accepts any number of seconds, but one year is practically unlimited,
/// and clocks cannot represent much later times.
pub const LONGEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

/// Converts `seconds` of a manifest to a grace period between zero and [`LONGEST`].
pub fn of_seconds(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or(0)).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grace_periods_are_clamped() {
        let grace = [i64::MIN, -1, 0, 30, i64::MAX].map(of_seconds);
        let (none, some) = (Duration::ZERO, Duration::from_secs(30));
        assert_eq!(grace, [none, none, none, some, LONGEST]);
    }
}
