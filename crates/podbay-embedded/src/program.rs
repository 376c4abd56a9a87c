//! Runs a program outside of pods: to its end, within limits, and without leaving processes behind.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::process::{Process, beginning, drained};
use super::shim::Spec;

/// What to run.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The podbay binary, which runs again as the parent of the program; by default, that of this process.
    pub podbay: Option<PathBuf>,
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The complete environment.
    pub env: BTreeMap<String, String>,
    /// Time limit.
    pub time: Duration,
    /// Limit of standard output, in bytes. Standard error is truncated to it.
    pub output: usize,
    /// Whether standard error is merged into standard output.
    pub merged: bool,
}

/// The output of a program that has ended.
#[derive(Clone, Debug)]
pub struct ProgramOutput {
    /// Exit code.
    pub exit_code: i32,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error, unless merged into standard output.
    pub stderr: Vec<u8>,
}

/// Why a program did not end by itself. Retrying unchanged may help only if the machine was busy.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum ProgramError {
    #[error("{0}")]
    NotStarted(String),
    #[error("it timed out after {} s and was killed", .0.as_secs())]
    TooLong(Duration),
    #[error("its output exceeds the limit of {0} bytes; it was killed")]
    TooMuch(usize),
}

impl Program {
    /// Runs it. When this ends or is dropped, or podbay ends in any way, every process of the program is killed.
    pub async fn run(&self) -> Result<ProgramOutput, ProgramError> {
        let run = timeout(self.time, self.to_end()).await;
        run.unwrap_or(Err(ProgramError::TooLong(self.time)))
    }

    async fn to_end(&self) -> Result<ProgramOutput, ProgramError> {
        let spec = Spec {
            argv: self.argv.clone(),
            env: self.env.clone(),
            merged: self.merged,
            ..Spec::default()
        };
        let own = Path::new("/proc/self/exe");
        let shim = self.podbay.as_deref().unwrap_or(own);
        let started = Process::start(shim, "evaluate", &spec).await;
        let (mut process, mut output) =
            started.map_err(|error| ProgramError::NotStarted(error.to_string()))?;
        let stdout = async {
            let text = beginning(&mut output.stdout, self.output).await;
            match output.stdout.read_u8().await {
                Ok(_) => Err(ProgramError::TooMuch(self.output)),
                Err(_) => Ok(text),
            }
        };
        let stderr = async { Ok(drained(output.stderr, self.output).await) };
        let ended = async { Ok(process.ended().await) };
        let (stdout, stderr, exit_code) = tokio::try_join!(stdout, stderr, ended)?;
        Ok(ProgramOutput {
            exit_code,
            stdout,
            stderr,
        })
    }
}
