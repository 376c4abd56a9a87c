//! The number of files and sockets that podbay may open. Many systems start programs with a limit of 1,024,
//! because of old ones that use `select`; a program that can handle more should raise it.

use std::io;
use std::sync::OnceLock;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Sufficient for any use of podbay; more would slow down children that close every possible number.
const ENOUGH: u64 = 65_536;

/// The soft limit at podbay's start.
static BEFORE: OnceLock<u64> = OnceLock::new();

/// Raises the soft limit as far as the hard limit permits. Call once, at the start. Returns the new limit.
pub fn raise() -> u64 {
    let soft = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    BEFORE.get_or_init(|| soft);
    if soft < ENOUGH {
        let _unchanged = set(ENOUGH);
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The limit for containers of the embedded cluster, as if podbay had not raised it.
pub(crate) fn before() -> Option<u64> {
    BEFORE.get().copied()
}

/// Sets the soft limit of this process, as far as the hard limit permits.
pub(crate) fn set(soft: u64) -> io::Result<()> {
    let maximum = getrlimit(Resource::Nofile).maximum;
    let current = Some(soft.min(maximum.unwrap_or(u64::MAX)));
    Ok(setrlimit(Resource::Nofile, Rlimit { current, maximum })?)
}
