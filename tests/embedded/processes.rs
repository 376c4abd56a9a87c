//! Processes of this machine, identified by a mark in their arguments.

use std::time::{Duration, Instant};

/// Processes that sleep for a number of seconds that no other process uses.
pub(crate) struct Marked {
    seconds: String,
}

/// Passes the mark to a process that is started for a test.
pub(crate) const MARK: &str = "PODBAY_TEST_MARK";

impl Marked {
    /// Number of processes that [`Self::daemons`] leaves running.
    pub(crate) const DAEMONS: usize = 3;

    pub(crate) fn new(test: &str) -> Self {
        let fresh = || {
            let number = test
                .bytes()
                .fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
            format!("{}.{number}", 100_000 + std::process::id())
        };
        Self {
            seconds: std::env::var(MARK).unwrap_or_else(|_| fresh()),
        }
    }

    pub(crate) fn mark(&self) -> &str {
        &self.seconds
    }

    /// A script that starts a child, one in its own session, and one that leaves its parent, and continues.
    pub(crate) fn daemons(&self, then: &str) -> String {
        let sleep = format!("sleep {}", self.seconds);
        format!("{sleep} & setsid {sleep} & (setsid {sleep} &); {then}")
    }

    /// Number of running ones.
    pub(crate) fn alive(&self) -> usize {
        let expected = format!("sleep\0{}\0", self.seconds);
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
        commands.filter(|command| command == expected.as_bytes()).count()
    }
}

/// Waits for a condition.
#[track_caller]
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
