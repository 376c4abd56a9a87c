//! Runs the commands of `$(command …)` where allowed, with a timeout and limited output.

use std::io::{PipeReader, Read, pipe};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use podbay_launch_file::{CommandLine, CommandOutput};

/// Time limit of a command.
const DEADLINE: Duration = Duration::from_secs(60);
/// Bytes of output of a command.
const OUTPUT: u64 = 4 << 20;

/// Runs `line` to its end. Blocks.
pub(super) fn run(line: &CommandLine) -> Result<CommandOutput, String> {
    run_within(line, DEADLINE)
}

fn run_within(line: &CommandLine, limit: Duration) -> Result<CommandOutput, String> {
    let deadline = Instant::now() + limit;
    let (mut child, output, errors) =
        start(line).map_err(|error| format!("cannot run {}: {error}", line.words[0]))?;
    let written =
        gather(&output, deadline, limit).and_then(|output| Ok((output, gather(&errors, deadline, limit)?)));
    match written {
        Ok((output, errors)) => Ok(CommandOutput {
            success: ended(&mut child)?.success(),
            output,
            errors,
        }),
        Err(why) => {
            // it may already have ended
            let _ = child.kill();
            ended(&mut child)?;
            Err(why)
        }
    }
}

fn ended(child: &mut Child) -> Result<ExitStatus, String> {
    child
        .wait()
        .map_err(|error| format!("cannot wait for its end: {error}"))
}

type Written = Receiver<std::io::Result<Vec<u8>>>;

fn start(line: &CommandLine) -> std::io::Result<(Child, Written, Written)> {
    let ((output, output_end), (errors, errors_end)) = (pipe()?, pipe()?);
    let mut command = Command::new(&line.words[0]);
    command
        .args(&line.words[1..])
        .envs(&line.environment)
        .stdin(Stdio::null());
    match line.merged {
        true => command.stderr(output_end.try_clone()?),
        false => command.stderr(errors_end),
    };
    command.stdout(output_end);
    let child = command.spawn()?;
    Ok((child, reader(output), reader(errors)))
}

/// Reads `from` on a separate thread, so that no pipe fills up, up to one byte more than allowed.
fn reader(from: PipeReader) -> Written {
    let (sender, written) = sync_channel(1);
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let read = from.take(OUTPUT + 1).read_to_end(&mut bytes);
        // the receiver is gone after a timeout
        let _ = sender.send(read.map(|_| bytes));
    });
    written
}

fn gather(written: &Written, deadline: Instant, limit: Duration) -> Result<String, String> {
    let left = deadline.saturating_duration_since(Instant::now());
    let bytes = match written.recv_timeout(left) {
        Ok(bytes) => bytes.map_err(|error| format!("cannot read its output: {error}"))?,
        Err(RecvTimeoutError::Timeout) => return Err(format!("timed out after {} s", limit.as_secs())),
        Err(RecvTimeoutError::Disconnected) => return Err("its output was lost".to_owned()),
    };
    if bytes.len() as u64 > OUTPUT {
        return Err(format!("its output exceeds the limit of {OUTPUT} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "its output is not UTF-8 text".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, merged: bool) -> CommandLine {
        CommandLine {
            words: ["sh", "-c", script].map(str::to_owned).to_vec(),
            environment: [("GREETING".to_owned(), "hello".to_owned())].into(),
            merged,
        }
    }

    #[test]
    fn output_and_errors_are_kept_apart_unless_they_belong_together() {
        let script = "echo $GREETING; echo oops >&2; exit 3";
        let apart = run(&shell(script, false)).unwrap();
        assert_eq!(
            (apart.success, apart.output.as_str(), apart.errors.as_str()),
            (false, "hello\n", "oops\n")
        );
        let merged = run(&shell(script, true)).unwrap();
        assert_eq!(
            (merged.output.as_str(), merged.errors.as_str()),
            ("hello\noops\n", "")
        );
    }

    #[test]
    fn what_never_ends_or_writes_without_end_is_stopped() {
        let slow = run_within(&shell("exec sleep 1000", false), Duration::from_secs(1));
        assert_eq!(slow.unwrap_err(), "timed out after 1 s");
        let endless = run(&shell("exec cat /dev/zero", false));
        assert_eq!(
            endless.unwrap_err(),
            format!("its output exceeds the limit of {OUTPUT} bytes")
        );
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let mut line = shell("", false);
        line.words = vec!["/no/such/program".to_owned()];
        let error = run(&line).unwrap_err();
        assert!(error.contains("/no/such/program"), "{error}");
    }
}
