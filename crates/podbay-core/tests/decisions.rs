//! Cases of decisions: the files of `tests/health` and `tests/policy`.

#![allow(clippy::unwrap_used)]

#[path = "decisions/health.rs"]
mod health;
#[path = "decisions/manifest.rs"]
mod manifest;
#[path = "decisions/pod.rs"]
#[allow(dead_code, reason = "shared with tests/core.rs")]
mod pod;
#[path = "decisions/policy.rs"]
mod policy;

use std::process::ExitCode;

use podbay_testing::Cases;

fn main() -> ExitCode {
    podbay_testing::run([
        Cases::files("tests/health", 86, health::output),
        Cases::files("tests/policy", 72, policy::output),
    ])
}
