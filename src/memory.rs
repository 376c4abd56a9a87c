//! What becomes of memory that is free again.

use std::time::Duration;

/// How often it is looked whether there is memory to give back.
const LOOK: Duration = Duration::from_secs(5);

/// Growth, in KiB, after which it is worth it.
const GROWTH: u64 = 16 * 1024;

/// Smallest block, in bytes, that is given back to the system as soon as it is free.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE: libc::c_int = 128 * 1024;

/// Has large blocks given back as soon as they are free. To be called once, at the start.
///
/// glibc gives them back too, until it sees the first one freed: from then on it takes blocks of that size (up to
/// 32 MiB) from memory that all kinds of blocks share, of which it gives back only the end. So after one large request
/// every further one would leave holes that stay podbay's. A bound that is set stays where it is.
pub fn return_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: sets a number of the allocator, before there are other threads.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE);
    }
}

/// Gives free memory back after much work: glibc keeps small blocks for more of the kind. Never ends.
pub async fn give_back() {
    let mut growth = Growth::default();
    loop {
        tokio::time::sleep(LOOK).await;
        if growth.is_over(resident()) {
            // It may take a while.
            let _ = tokio::task::spawn_blocking(return_free).await;
            growth.given_back(resident());
        }
    }
}

/// Looks, a minute's, that are passed over at most before what is in use is tried again.
const LONGEST_PAUSE: u32 = 12;

/// Growth, in KiB, between two looks that is none.
const STEADY: u64 = 1024;

/// What podbay grew since free memory was given back.
#[derive(Debug, Default)]
struct Growth {
    /// KiB after the last time.
    then: u64,
    /// KiB when last looked.
    last: u64,
    /// Looks to pass over: what podbay grew by is in use.
    pause: u32,
    /// Looks that were passed over after the last time.
    paused: u32,
}

impl Growth {
    /// Whether podbay has grown much and does not grow any more: then what it grew by may be free.
    fn is_over(&mut self, now: u64) -> bool {
        let grows = now > self.last + STEADY;
        self.last = now;
        // It may have become smaller by itself.
        self.then = self.then.min(now);
        if grows || now - self.then <= GROWTH {
            return false;
        }
        self.paused += 1;
        self.paused > self.pause
    }

    /// Notes what is left. While that is much, it may become free later without growth: so it is tried again, more and
    /// more seldom.
    fn given_back(&mut self, now: u64) {
        let in_use = now - now.min(self.then) > GROWTH;
        self.pause = if in_use {
            (2 * self.pause + 1).min(LONGEST_PAUSE)
        } else {
            0
        };
        self.paused = 0;
        self.last = now;
    }
}

/// Resident memory of this process in KiB, 0 where that cannot be known.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}

fn return_free() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[allow(unsafe_code)]
    // SAFETY: the allocator may be asked to at any time, by any thread.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn growth(then: u64) -> Growth {
        Growth {
            then,
            last: then,
            ..Growth::default()
        }
    }

    #[test]
    fn memory_is_given_back_once_growth_is_over() {
        let mut growth = growth(50_000);
        let over = [50_000, 90_000, 90_500, 60_000, 60_000, 50_000].map(|now| growth.is_over(now));
        assert_eq!(over, [false, false, true, false, false, false]);
    }

    #[test]
    fn what_became_smaller_by_itself_is_measured_from_there() {
        let mut growth = growth(90_000);
        assert!(![40_000, 60_000].iter().any(|now| growth.is_over(*now)));
        assert!(growth.is_over(60_000));
    }

    #[test]
    fn what_is_in_use_is_tried_again_more_and_more_seldom() {
        let mut growth = growth(50_000);
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
        assert_eq!(tries(LONGEST_PAUSE as usize * 10), 9);
        growth.given_back(60_000);
        assert!(!growth.is_over(60_000));
    }
}
