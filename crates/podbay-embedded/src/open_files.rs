//! How many files and sockets podbay may hold open. Many systems start programs with 1,024, for the sake of old ones
//! that use `select`; who can do with more is expected to ask for it.

use std::io;
use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Enough for any use of podbay; more would only make it slow for children that close every number there may be.
const ENOUGH: u64 = 65_536;

/// The soft limit that podbay was started with.
static BEFORE: OnceLock<u64> = OnceLock::new();

/// Raises the soft limit as far as the hard one lets it. To be called once, at the start. Returns the limit that
/// counts now.
pub fn raise() -> u64 {
    let soft = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    BEFORE.get_or_init(|| soft);
    if soft < ENOUGH {
        let _unchanged = set(ENOUGH);
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// What containers of the embedded cluster start with, as if podbay had never asked for more.
pub(crate) fn before() -> Option<u64> {
    BEFORE.get().copied()
}

/// Sets the soft limit of this process, as far as the hard one lets it.
pub(crate) fn set(soft: u64) -> io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = Some(soft.min(maximum.unwrap_or(u64::MAX)));
    Ok(setrlimit(Resource::Nofile, Rlimit { current, maximum })?)
}
