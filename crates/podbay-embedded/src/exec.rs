//! Commands that are run in a container: for `exec`, exec probes and preStop hooks.

use std::path::PathBuf;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::process::{Process, drained};
use super::shim::{Spec, StartError};
use super::volumes;
use podbay_core::cluster::ExecOutput;

/// Bytes of each stream that are kept; the rest is read and dropped.
const KEPT: usize = 1024 * 1024;

/// The context of a running container.
pub(super) struct ExecContext {
    /// Program that becomes a shim.
    pub(super) shim: PathBuf,
    /// How the container was started.
    pub(super) spec: Spec,
    /// Whether its mount paths were rewritten instead of mounted.
    pub(super) rewritten: bool,
    /// Its process.
    pub(super) pid: i32,
    /// Cancelled when the container has ended, which also ends commands in it.
    pub(super) gone: CancellationToken,
}

/// Why a command has no result.
#[derive(Debug, thiserror::Error)]
pub(super) enum ExecError {
    #[error("the command timed out after {} s and was stopped; increase the timeout", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error("the command was stopped because its container ended")]
    Gone,
    #[error("the command cannot be run: {0}")]
    Start(#[from] StartError),
}

impl ExecContext {
    /// Runs `command` with the container's environment, working directory and mounts.
    pub(super) async fn run(&self, command: &[String], timeout: Duration) -> Result<ExecOutput, ExecError> {
        tokio::select! {
            output = self.run_to_end(command) => output,
            () = tokio::time::sleep(timeout) => Err(ExecError::TimedOut(timeout)),
            () = self.gone.cancelled() => Err(ExecError::Gone),
        }
    }

    async fn run_to_end(&self, command: &[String]) -> Result<ExecOutput, ExecError> {
        let title = format!("exec {}", command.first().map_or("", String::as_str));
        let (mut process, output) = Process::start(&self.shim, &title, &self.spec_of(command)).await?;
        let (stdout, stderr) = tokio::join!(drained(output.stdout, KEPT), drained(output.stderr, KEPT));
        let exit_code = process.ended().await;
        Ok(ExecOutput {
            exit_code,
            stdout: String::from_utf8_lossy(&stdout).into_owned(),
            stderr: String::from_utf8_lossy(&stderr).into_owned(),
        })
    }

    fn spec_of(&self, command: &[String]) -> Spec {
        let mut spec = self.spec.clone();
        spec.argv = command.to_vec();
        if self.rewritten {
            return volumes::rewrite(spec);
        }
        if !spec.mounts.is_empty() {
            spec.mounts.clear();
            spec.join = Some(self.pid);
        }
        spec
    }
}
