//! How many files and sockets podbay may hold open. Many systems start programs with 1,024, for the sake of old ones
//! that use `select`; who can do with more is expected to ask for it.

use std::sync::OnceLock;

/// Enough for any use of podbay; more would only make it slow for children that close every number there may be.
const ENOUGH: u64 = 65_536;

/// The soft limit that podbay was started with.
static BEFORE: OnceLock<u64> = OnceLock::new();

/// Raises the soft limit as far as the hard one lets it. To be called once, at the start. Returns the limit that
/// counts now.
pub fn raise() -> u64 {
    let (soft, hard) = limits();
    BEFORE.get_or_init(|| soft);
    let wanted = hard.min(ENOUGH);
    if soft >= wanted || !set(wanted, hard) {
        return soft;
    }
    wanted
}

/// What containers of the embedded cluster start with, as if podbay had never asked for more.
pub(crate) fn before() -> Option<u64> {
    BEFORE.get().copied()
}

/// Sets the soft limit of this process to one that it had.
pub(crate) fn restore(soft: u64) {
    let (_, hard) = limits();
    set(soft.min(hard), hard);
}

#[allow(unsafe_code)]
fn limits() -> (u64, u64) {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: writes to `limit`, which outlives the call; what it cannot write stays 0.
    unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    (limit.rlim_cur, limit.rlim_max)
}

#[allow(unsafe_code)]
fn set(soft: u64, hard: u64) -> bool {
    let limit = libc::rlimit {
        rlim_cur: soft,
        rlim_max: hard,
    };
    // SAFETY: only reads `limit`.
    unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) == 0 }
}
