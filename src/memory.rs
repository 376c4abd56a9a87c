//! Returns free memory to the system.

use std::time::Duration;

/// Interval of checks.
const LOOK: Duration = Duration::from_secs(5);

/// Growth, in KiB, after which returning memory is worth it.
const GROWTH: u64 = 16 * 1024;

/// Smallest block, in bytes, that is returned to the system as soon as it is free.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 128 * 1024;

/// Makes the allocator return free memory. Call once, at the start.
///
/// By default, glibc returns large blocks as soon as they are free only until the first one is freed: from
/// then on it takes blocks of that size (up to 32 MiB) from memory shared by all blocks, of which it returns
/// only the end. After one large request, every further one would then leave holes. A fixed threshold does
/// not change.
///
/// By default, threads also have arenas of their own, and `malloc_trim` does not return the end of these:
/// what a thread that evaluates a large launch leaves there would stay until another thread gets its arena.
/// With a single arena, everything is returned.
pub fn configure_allocator() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: sets numbers in the allocator, before other threads exist.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
        libc::mallopt(libc::M_ARENA_MAX, 1);
    }
}

/// Returns free memory after heavy work, since glibc keeps small blocks for reuse. Never ends.
pub(crate) async fn give_back() {
    let mut growth = Growth::from(resident());
    loop {
        tokio::time::sleep(LOOK).await;
        if growth.is_over(resident()) {
            // this may take a while
            let _ = tokio::task::spawn_blocking(return_free).await;
            growth.given_back(resident());
        }
    }
}

/// Maximum number of checks, one minute's worth, before memory in use is tried again.
const LONGEST_PAUSE: u32 = 12;

/// Growth between two checks, in KiB, that counts as none.
const STEADY: u64 = 1024;

/// podbay's growth since free memory was returned.
#[derive(Debug)]
struct Growth {
    /// KiB after the last time.
    then: u64,
    /// KiB at the last check.
    last: u64,
    /// Checks to skip: the additional memory is in use.
    pause: u32,
    /// Skipped checks since the last time.
    paused: u32,
}

impl From<u64> for Growth {
    fn from(now: u64) -> Self {
        Self {
            then: now,
            last: now,
            pause: 0,
            paused: 0,
        }
    }
}

impl Growth {
    /// Whether podbay has grown much and stopped growing, so that the additional memory may be free.
    fn is_over(&mut self, now: u64) -> bool {
        let grows = now > self.last + STEADY;
        self.last = now;
        // it may also have shrunk by itself
        self.then = self.then.min(now);
        if grows {
            // the next time does not wait for what was in use the last time
            (self.pause, self.paused) = (0, 0);
        }
        if grows || now - self.then <= GROWTH {
            return false;
        }
        self.paused += 1;
        self.paused > self.pause
    }

    /// Records what remains. If that is much, it may become free later without growth, so it is tried again
    /// at increasing intervals.
    fn given_back(&mut self, now: u64) {
        let in_use = now - now.min(self.then) > GROWTH;
        self.pause = match in_use {
            true if self.pause >= LONGEST_PAUSE => {
                // it is what podbay needs now
                self.then = now;
                0
            }
            true => (2 * self.pause + 1).min(LONGEST_PAUSE),
            false => 0,
        };
        self.paused = 0;
        self.last = now;
    }
}

/// Resident memory of this process in KiB; 0 if unknown.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}

fn return_free() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: may be called at any time, by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_podbay_begins_with_is_no_growth() {
        let mut growth = Growth::from(50_000);
        assert!(![50_000, 60_000, 60_000].iter().any(|now| growth.is_over(*now)));
    }

    #[test]
    fn memory_is_given_back_once_growth_is_over() {
        let mut growth = Growth::from(50_000);
        let over = [50_000, 90_000, 90_500, 60_000, 60_000, 50_000].map(|now| growth.is_over(now));
        assert_eq!(over, [false, false, true, false, false, false]);
    }

    #[test]
    fn what_became_smaller_by_itself_is_measured_from_there() {
        let mut growth = Growth::from(90_000);
        assert!(![40_000, 60_000].iter().any(|now| growth.is_over(*now)));
        assert!(growth.is_over(60_000));
    }

    #[test]
    fn growth_after_a_try_in_vain_is_given_back_as_soon_as_any_other() {
        let mut growth = Growth::from(50_000);
        assert!(!growth.is_over(250_000));
        for _ in 0..4 {
            growth.given_back(250_000);
        }
        assert!(!growth.is_over(250_000), "it pauses");
        let over = [260_000, 260_000].map(|now| growth.is_over(now));
        assert_eq!(over, [false, true]);
    }

    #[test]
    fn what_is_in_use_is_tried_again_more_and_more_seldom() {
        let mut growth = Growth::from(50_000);
        assert!(!growth.is_over(250_000));
        let mut tries = |looks: usize| {
            let tried = (0..looks).filter(|_| {
                let over = growth.is_over(250_000);
                if over {
                    growth.given_back(250_000);
                }
                over
            });
            tried.count()
        };
        assert_eq!([tries(1), tries(2), tries(4), tries(8)], [1, 1, 1, 1]);
        // the last time; from then on it is what podbay needs
        assert_eq!(tries(LONGEST_PAUSE as usize * 10), 1);
        growth.given_back(60_000);
        assert!(!growth.is_over(60_000));
    }
}
