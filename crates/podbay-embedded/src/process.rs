//! podbay's side of a shim: starts it, sends it orders, and receives how its process ended.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as StdStream;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

use super::open_files;
use super::orphans;
use super::shim::{self, Report, Spec, StartError};

/// Exit code for a process whose shim was killed.
const LOST: i32 = 128 + 9;

/// A running process. Dropping it kills it and everything it has started.
pub(super) struct Process {
    pid: i32,
    orders: OwnedWriteHalf,
    reports: Reports,
    shim: Child,
    title: String,
    /// Exit code, once the shim has reported it.
    code: Option<i32>,
}

/// The output of a process.
pub(super) struct Output {
    pub(super) stdout: ChildStdout,
    pub(super) stderr: ChildStderr,
}

type Reports = Lines<BufReader<OwnedReadHalf>>;

impl Process {
    /// Runs `spec` in a shim. `title` is its name in the process list.
    pub(super) async fn start(shim: &Path, title: &str, spec: &Spec) -> Result<(Self, Output), StartError> {
        let failed = |error: io::Error| StartError::Shim(format!("{}: {error}", shim.display()));
        let (mut process, output) = Self::launch(shim, title, spec).await.map_err(failed)?;
        match process.next_report().await {
            Some(Report::Started { pid }) => process.pid = pid,
            Some(Report::NotStarted(why)) => return Err(why),
            Some(Report::Ended { .. }) | None => return Err(failed(io::ErrorKind::UnexpectedEof.into())),
        }
        Ok((process, output))
    }

    async fn launch(shim: &Path, title: &str, spec: &Spec) -> io::Result<(Self, Output)> {
        let (ours, theirs) = StdStream::pair()?;
        ours.set_nonblocking(true)?;
        let mut shim = Command::new(shim)
            .arg0("podbay")
            .args([shim::COMMAND, title])
            .stdin(OwnedFd::from(theirs))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // podbay itself handles Ctrl-C at its terminal
            .process_group(0)
            .spawn()?;
        let (reports, mut orders) = UnixStream::from_std(ours)?.into_split();
        let mut line = serde_json::to_vec(&(open_files::before(), spec))?;
        line.push(b'\n');
        orders.write_all(&line).await?;
        let piped = || io::Error::from(io::ErrorKind::BrokenPipe);
        let stdout = shim.stdout.take().ok_or_else(piped)?;
        let stderr = shim.stderr.take().ok_or_else(piped)?;
        let reports = BufReader::new(reports).lines();
        let process = Self {
            pid: 0,
            orders,
            reports,
            shim,
            title: title.to_owned(),
            code: None,
        };
        Ok((process, Output { stdout, stderr }))
    }

    /// Process id of the program.
    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// Sends SIGTERM to the program.
    pub(super) async fn terminate(&mut self) {
        self.order(shim::TERMINATE).await;
    }

    /// Kills the program and everything it has started.
    pub(super) async fn kill(&mut self) {
        self.order(shim::KILL).await;
    }

    /// A shim that has ended needs no orders; [`Self::ended`] reports it.
    async fn order(&mut self, order: u8) {
        let _gone = self.orders.write_all(&[order]).await;
    }

    /// Exit code, once the program and everything it has started have ended. Cancel-safe.
    pub(super) async fn ended(&mut self) -> i32 {
        if self.code.is_none()
            && let Some(Report::Ended { code }) = self.next_report().await
        {
            self.code = Some(code);
        }
        let _reaped = self.shim.wait().await;
        if let Some(code) = self.code {
            return code;
        }
        let title = &self.title;
        match tokio::task::spawn_blocking(orphans::kill).await {
            Ok(Ok((killed, left))) => {
                tracing::warn!(
                    killed,
                    left,
                    "the shim of {title} was killed; podbay kills what it had started"
                );
            }
            Ok(Err(error)) => tracing::warn!(%error, "the shim of {title} was killed; processes may be left"),
            Err(_runtime_ends) => {}
        }
        LOST
    }

    async fn next_report(&mut self) -> Option<Report> {
        let line = self.reports.next_line().await.ok()??;
        serde_json::from_str(&line).ok()
    }
}

/// Reads the first `limit` bytes, or until the pipe breaks.
pub(super) async fn beginning(from: &mut (impl AsyncRead + Unpin), limit: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    let _broken = from.take(limit as u64).read_to_end(&mut kept).await;
    kept
}

/// Returns the first `limit` bytes, and reads the rest, so that the writer does not block.
pub(super) async fn drained(mut from: impl AsyncRead + Unpin, limit: usize) -> Vec<u8> {
    let kept = beginning(&mut from, limit).await;
    let _broken = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
    kept
}
