//! Logs of containers, and commands in them.

use std::io;
use std::pin::pin;

use futures::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt as _};
use futures::{StreamExt, TryStreamExt, stream};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::Api;
use kube::api::{AttachParams, AttachedProcess, LogParams};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::KubeCluster;
use crate::errors::Asked;
use crate::kinds::checked;
use podbay_core::cluster::{Error, Exec, ExecOutput, LogLines, LogQuery, Result};
use podbay_core::names::PodKey;
use podbay_core::object::ObjectRef;

/// Bytes that are kept of each output of a command.
const OUTPUT_LIMIT: usize = 1 << 20;

/// Bytes that are kept of the end of a log, more than any caller gets.
const LOG_LIMIT: usize = 4 << 20;

/// Longer lines are split.
const LONGEST_LINE: u64 = 64 << 10;

/// Without a log, a kubelet returns this message with status 200, as if it were the log.
const LOG_GONE: &str = "unable to retrieve container logs for ";

impl KubeCluster {
    pub(super) async fn read_log(&self, query: &LogQuery) -> Result<String> {
        let (pods, what) = self.pods(&query.key)?;
        let options = LogParams {
            container: named(&query.container),
            previous: query.previous,
            tail_lines: (query.tail_lines > 0).then_some(query.tail_lines.into()),
            ..Default::default()
        };
        let read = async {
            let log = pods.log_stream(&query.key.name, &options).await?;
            let end = end_of(pin!(log)).await;
            end.map_err(|error| kube::Error::Service(error.into()))
        };
        let log = self.timed("logs", &what, read).await?;
        match log.strip_prefix(LOG_GONE) {
            Some(id) if !id.contains(char::is_whitespace) => Err(Error::Refused(format!(
                "the log of {what} is gone: its host no longer has that of container {id}"
            ))),
            _ => Ok(log),
        }
    }

    pub(super) async fn follow_log(&self, pod: &PodKey, container: &str) -> Result<LogLines> {
        let (pods, what) = self.pods(pod)?;
        let options = LogParams {
            container: named(container),
            follow: true,
            ..Default::default()
        };
        let log = self
            .timed("logs", &what, pods.log_stream(&pod.name, &options))
            .await?;
        let server = self.server.clone();
        let broken = move |error: io::Error| Error::Unreachable {
            server: server.clone(),
            message: format!("the log of {what} was interrupted: {error}"),
        };
        let lines = stream::try_unfold(Box::pin(log), |mut log| async move {
            let line = next_line(&mut log).await?;
            Ok(line.map(|line| (line, log)))
        });
        Ok(lines.map_err(broken).boxed())
    }

    pub(super) async fn run_command(&self, command: &Exec) -> Result<ExecOutput> {
        let (pods, what) = self.pods(&command.key)?;
        let mut options = AttachParams::default().stdout(true).stderr(true).stdin(false);
        options.container = named(&command.container);
        let started = pods.exec(&command.key.name, command.command.clone(), &options);
        let process = self.timed("exec", &what, started).await?;
        match tokio::time::timeout(command.timeout, finish(process)).await {
            Ok(Some((status, stdout, stderr))) => {
                let exit_code = exit_code(&status).map_err(|why| cannot_run(&what, &why))?;
                Ok(ExecOutput {
                    exit_code,
                    stdout,
                    stderr,
                })
            }
            Ok(None) => {
                let asked = Asked {
                    server: &self.server,
                    verb: "exec",
                    what: &what,
                };
                Err(asked.unreachable("the connection was lost before the command ended".to_owned()))
            }
            Err(_) => {
                let seconds = command.timeout.as_secs_f64();
                let why = format!(
                    "timed out after {seconds} s; the command may still be running; increase the timeout"
                );
                Err(cannot_run(&what, &why))
            }
        }
    }

    fn pods(&self, key: &PodKey) -> Result<(Api<Pod>, ObjectRef)> {
        let what = ObjectRef::pod(&key.namespace, &key.name);
        checked(&key.name, "name", &what)?;
        let namespace = checked(&key.namespace, "namespace", &what)?;
        Ok((Api::namespaced(self.requests.clone(), namespace), what))
    }
}

fn named(container: &str) -> Option<String> {
    (!container.is_empty()).then(|| container.to_owned())
}

fn cannot_run(what: &ObjectRef, why: &str) -> Error {
    Error::Refused(format!("cannot run the command in {what}: {why}"))
}

/// Status and output of a finished command; `None` if the connection was lost.
async fn finish(mut process: AttachedProcess) -> Option<(Status, String, String)> {
    let status = process.take_status()?;
    let (stdout, stderr) = (process.stdout(), process.stderr());
    let (status, stdout, stderr) = tokio::join!(status, capture(stdout), capture(stderr));
    Some((status?, stdout, stderr))
}

/// Reads to the end, so that the command never blocks, and keeps the first [`OUTPUT_LIMIT`] bytes.
async fn capture(output: Option<impl AsyncRead + Unpin>) -> String {
    let Some(mut output) = output else {
        return String::new();
    };
    let mut kept = Vec::new();
    let mut chunk = vec![0; 8192];
    let mut dropped = 0;
    while let Ok(read @ 1..) = output.read(&mut chunk).await {
        let keep = read.min(OUTPUT_LIMIT - kept.len());
        kept.extend_from_slice(&chunk[..keep]);
        dropped += read - keep;
    }
    let mut text = String::from_utf8_lossy(&kept).into_owned();
    if dropped > 0 {
        text.push_str(&format!("\n[podbay: {dropped} more bytes omitted]\n"));
    }
    text
}

/// The last [`LOG_LIMIT`] bytes of a log. Logs need not be UTF-8.
async fn end_of(mut log: impl AsyncBufRead + Unpin) -> io::Result<String> {
    let mut end = Vec::new();
    while (&mut log).take(LOG_LIMIT as u64).read_to_end(&mut end).await? > 0 {
        end.drain(..end.len().saturating_sub(LOG_LIMIT));
    }
    Ok(String::from_utf8_lossy(&end).into_owned())
}

/// The next line without its line break, in pieces of at most [`LONGEST_LINE`] bytes; `None` after the last.
async fn next_line(log: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    if log.take(LONGEST_LINE).read_until(b'\n', &mut line).await? == 0 {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&line);
    let text = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Some(text.strip_suffix('\r').unwrap_or(text).to_owned()))
}

/// The exit code in the status that ends the exec protocol, or why the command did not run.
fn exit_code(status: &Status) -> std::result::Result<i32, String> {
    if status.status.as_deref() == Some("Success") {
        return Ok(0);
    }
    let causes = status
        .details
        .iter()
        .flat_map(|details| details.causes.iter().flatten());
    causes
        .filter(|cause| cause.reason.as_deref() == Some("ExitCode"))
        .find_map(|cause| cause.message.as_deref()?.parse().ok())
        .ok_or_else(|| {
            status
                .message
                .clone()
                .unwrap_or_else(|| "no reason given".to_owned())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(status: &str, expected: std::result::Result<i32, &str>) {
        let status: Status = serde_json::from_str(status).unwrap();
        assert_eq!(exit_code(&status), expected.map_err(str::to_owned));
    }

    #[test]
    fn exit_codes() {
        check(r#"{"status":"Success"}"#, Ok(0));
        check(
            r#"{"status":"Failure","message":"command terminated with non-zero exit code: exit status 7","reason":"NonZeroExitCode","details":{"causes":[{"reason":"ExitCode","message":"7"}]}}"#,
            Ok(7),
        );
        check(
            r#"{"status":"Failure","message":"exec: \"nope\": executable file not found in $PATH","reason":"InternalError","code":500}"#,
            Err("exec: \"nope\": executable file not found in $PATH"),
        );
        check(r#"{"status":"Failure"}"#, Err("no reason given"));
    }

    #[tokio::test]
    async fn output_is_bounded_and_says_so() {
        let big = vec![b'x'; OUTPUT_LIMIT + 5];
        let text = capture(Some(big.as_slice())).await;
        assert!(text.ends_with("xx\n[podbay: 5 more bytes omitted]\n"));
        assert_eq!(capture(Some(&b"hi\n"[..])).await, "hi\n");
    }

    #[tokio::test]
    async fn logs_need_not_be_utf8_and_only_their_end_is_held() {
        assert_eq!(end_of(&b"a\xffb\n"[..]).await.unwrap(), "a\u{fffd}b\n");
        let mut long = vec![b'a'; LOG_LIMIT + 5];
        long.push(b'z');
        let end = end_of(long.as_slice()).await.unwrap();
        assert!(end.len() == LOG_LIMIT && end.ends_with("az"));
    }

    #[tokio::test]
    async fn lines_need_not_be_utf8_and_long_ones_come_in_pieces() {
        let long = "x".repeat(usize::try_from(LONGEST_LINE).unwrap() + 1);
        let log = [b"a\xff\r\n\n", long.as_bytes(), b"\nend"].concat();
        let (mut log, mut lines) = (log.as_slice(), Vec::new());
        while let Some(line) = next_line(&mut log).await.unwrap() {
            lines.push(line);
        }
        assert_eq!(lines, ["a\u{fffd}", "", &long[1..], "x", "end"]);
    }
}
