//! The podbay command.

use std::process::ExitCode;

fn main() -> ExitCode {
    // The embedded cluster runs podbay again as the parent of each container; nothing may come before this.
    podbay::cluster::embedded::run_if_asked().unwrap_or(ExitCode::SUCCESS)
}
