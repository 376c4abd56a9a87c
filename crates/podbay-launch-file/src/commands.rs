//! `$(command …)`. The function that runs commands is passed in, so this crate starts no processes.

use std::collections::BTreeMap;

use super::place::Outcome;
use super::python::shell_split;
use super::run::Run;
use podbay_description::cancel::Cancel;
use podbay_description::printed::{OnErrors, Printed};
use podbay_description::symbolic;
use podbay_text::diagnostic::{Code, Diagnostic};

/// A command to run.
#[derive(Clone, Debug)]
pub struct CommandLine {
    /// Program and arguments.
    pub words: Vec<String>,
    /// Variables to set in addition to podbay's own environment.
    pub environment: BTreeMap<String, String>,
    /// Whether standard error is merged into the output.
    pub merged: bool,
    /// Whether the caller still waits.
    pub cancel: Cancel,
}

/// The output of a finished command.
#[derive(Clone, Debug)]
pub struct CommandOutput {
    /// Its exit code.
    pub exit_code: i32,
    /// Standard output.
    pub output: String,
    /// Standard error, unless merged into the output.
    pub errors: String,
}

/// Runs a command to its end, unless it is cancelled. The error says why it could not be run, or was stopped.
pub type RunCommand = fn(&CommandLine) -> Result<CommandOutput, String>;

/// The only program that a container may run instead of podbay.
const LEFT: &str = "xacro";

/// What to do about standard error, by its name in launch files.
pub(super) fn on_errors(name: &str) -> Outcome<OnErrors> {
    OnErrors::named(name).ok_or_else(|| {
        Code::SubstitutionArguments.says(format!(
            "invalid handling of standard error '{name}': use fail, ignore, warn or capture"
        ))
    })
}

/// `command` for the container to run, if it is xacro. Paths into packages stay symbolic.
pub(super) fn for_container(command: &str, on_stderr: OnErrors) -> Outcome<Option<Printed>> {
    let words = symbolic::split(command).map_err(|why| failed(command, &why.to_string()))?;
    let program = words.first().and_then(|word| word.rsplit('/').next());
    if program != Some(LEFT) {
        return Ok(None);
    }
    if words.iter().any(|word| word.contains('\n')) {
        return Err(Code::CommandNotAllowed.says(format!(
            "$(command {command}): a command with a line break in an argument cannot run in the container"
        )));
    }
    Ok(Some(Printed {
        command: words,
        on_stderr,
    }))
}

/// The output of `command`, and a warning if there is one. Packages named in the command are looked up here;
/// those in its output are the container's.
pub(super) fn output(
    command: &str,
    on_errors: OnErrors,
    run: &Run<'_>,
) -> Outcome<(String, Option<Diagnostic>)> {
    let Some(run_command) = run.options.commands else {
        return Err(Code::CommandNotAllowed
            .says(format!("$(command {command}): {NOT_ALLOWED}"))
            .help(how_to_allow(run.options.readable.is_some())));
    };
    let resolved = run.packages.resolve(command)?;
    let words = shell_split(&resolved.to_string_lossy()).map_err(|why| failed(command, &why.to_string()))?;
    if words.is_empty() {
        return Err(Code::CommandFailed.says("$(command) requires a command line"));
    }
    let line = CommandLine {
        words,
        environment: run.scope.environment.own().to_map(),
        merged: on_errors == OnErrors::Capture,
        cancel: run.options.limits.cancel.clone(),
    };
    let ran = run_command(&line).map_err(|why| failed(command, &why))?;
    let (output, warning) = judged(command, on_errors, ran)?;
    Ok((run.packages.symbolic_again(output), warning))
}

const NOT_ALLOWED: &str = "launch files may not run commands";

/// The help. A ROS caller, whose launch files are `confined`, cannot set podbay's options.
fn how_to_allow(confined: bool) -> String {
    let key = match confined {
        true => "`allow_command: true` under `policy` in podbay's configuration would allow them",
        false => "allow them with --allow-command",
    };
    format!(
        "{key}, or pass the value as an <arg>. A node parameter whose whole value is $(command 'xacro …') needs no \
         permission: it is run in the node's container"
    )
}

fn failed(command: &str, why: &str) -> Diagnostic {
    Code::CommandFailed.says(format!("$(command {command}): {why}"))
}

fn judged(command: &str, on_errors: OnErrors, ran: CommandOutput) -> Outcome<(String, Option<Diagnostic>)> {
    let errors = ran.errors.trim_end();
    if ran.exit_code != 0 {
        let said = if errors.is_empty() {
            ran.output.trim_end()
        } else {
            errors
        };
        let code = format!("$(command {command}) failed with exit code {}", ran.exit_code);
        let what = if said.is_empty() {
            code
        } else {
            format!("{code}: {said}")
        };
        return Err(Code::CommandFailed.says(what));
    }
    match on_errors {
        OnErrors::Fail if !errors.is_empty() => Err(Code::CommandFailed.says(format!(
            "$(command {command}) wrote \
         to standard error (use 'ignore', 'warn' or 'capture' as second argument to allow that): {errors}"
        ))),
        OnErrors::Warn if !errors.is_empty() => {
            let what = format!("$(command {command}) wrote to standard error: {errors}");
            Ok((ran.output, Some(Code::CommandWarned.says(what))))
        }
        _ => Ok((ran.output, None)),
    }
}
