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
            growth = Growth::from(resident());
        }
    }
}

/// Growth, in KiB, between two looks that is none.
const STEADY: u64 = 1024;

/// What podbay grew since free memory was given back.
#[derive(Debug, Default)]
struct Growth {
    /// KiB after the last time.
    then: u64,
    /// KiB when last looked.
    last: u64,
}

impl Growth {
    fn from(then: u64) -> Self {
        Self { then, last: then }
    }

    /// Whether podbay has grown much and does not grow any more: then what it grew by may be free.
    fn is_over(&mut self, now: u64) -> bool {
        let grows = now > self.last + STEADY;
        self.last = now;
        // It may have become smaller by itself.
        self.then = self.then.min(now);
        !grows && now - self.then > GROWTH
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

    #[test]
    fn memory_is_given_back_once_growth_is_over() {
        let mut growth = Growth::from(50_000);
        let over: Vec<_> = [50_000, 90_000, 90_500, 60_000, 60_000, 50_000]
            .map(|now| growth.is_over(now))
            .into();
        assert_eq!(over, [false, false, true, false, false, false]);
    }

    #[test]
    fn what_became_smaller_by_itself_is_measured_from_there() {
        let mut growth = Growth::from(90_000);
        assert!(![40_000, 60_000].iter().any(|now| growth.is_over(*now)));
        assert!(growth.is_over(60_000));
    }
}
