//! Runs the commands of `$(command …)` where allowed, with a timeout and limited output. No process of a command
//! outlives it.

use std::io;
use std::sync::LazyLock;
use std::time::Duration;

use podbay_description::cancel::CANCELLED;
use podbay_embedded::Program;
use podbay_launch_file::{CommandLine, CommandOutput};
use tokio::runtime::{Builder, Runtime};

use podbay_config::unicode_environment;

/// Time limit of a command.
const DEADLINE: Duration = Duration::from_secs(60);
/// Bytes of output of a command.
const OUTPUT: usize = 4 << 20;

/// Runs the commands of all threads. podbay's own runtime may end while a command runs.
static RUNTIME: LazyLock<io::Result<Runtime>> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build());

/// Runs `line` to its end, unless its caller is gone or the time of its launch is over. Blocks, so it is for
/// threads outside podbay's runtime only.
pub(super) fn run(line: &CommandLine) -> Result<CommandOutput, String> {
    let mut env = unicode_environment();
    env.extend(line.environment.clone());
    let program = Program {
        argv: line.words.clone(),
        env,
        time: DEADLINE,
        output: OUTPUT,
        merged: line.merged,
        ..Program::default()
    };
    let runtime = RUNTIME
        .as_ref()
        .map_err(|error| format!("cannot run it: {error}"))?;
    let ended = runtime.block_on(async {
        tokio::select! {
            ended = program.run() => ended.map_err(|error| error.to_string()),
            () = line.cancel.cancelled() => Err(CANCELLED.to_owned()),
        }
    })?;
    Ok(CommandOutput {
        exit_code: ended.exit_code,
        output: utf8(ended.stdout)?,
        errors: utf8(ended.stderr)?,
    })
}

fn utf8(output: Vec<u8>) -> Result<String, String> {
    String::from_utf8(output).map_err(|_| "its output is not UTF-8 text".to_owned())
}
