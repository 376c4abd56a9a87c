//! `$(command …)`. What runs a command is given from outside, so that nothing here starts anything.

use std::collections::BTreeMap;

use super::place::Outcome;
use super::python::shell_split;
use super::run::Run;

/// A command to run, the program first.
#[derive(Clone, Debug)]
pub struct CommandLine {
    /// Program and arguments.
    pub words: Vec<String>,
    /// Variables to set besides those of podbay's own environment.
    pub environment: BTreeMap<String, String>,
    /// Whether what it writes to standard error belongs to its output.
    pub merged: bool,
}

/// What a command that ended has written.
#[derive(Clone, Debug)]
pub struct CommandOutput {
    /// Whether it ended well.
    pub success: bool,
    /// Standard output.
    pub output: String,
    /// Standard error, unless it belongs to the output.
    pub errors: String,
}

/// Runs a command to its end. The error says why it could not be run, or was stopped.
pub type RunCommand = fn(&CommandLine) -> Result<CommandOutput, String>;

/// What to do about standard error.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum OnErrors {
    Fail,
    Ignore,
    Warn,
    Capture,
}

impl OnErrors {
    /// By its name in launch files.
    pub(super) fn named(name: &str) -> Outcome<Self> {
        Ok(match name {
            "fail" => Self::Fail,
            "ignore" => Self::Ignore,
            "warn" => Self::Warn,
            "capture" => Self::Capture,
            _ => {
                let what =
                    format!("standard error is handled by fail, ignore, warn or capture, not by '{name}'");
                return Err(what.into());
            }
        })
    }
}

/// What `command` prints; packages it names are looked up here. Beside it what is worth a note.
pub(super) fn output(command: &str, on_errors: OnErrors, run: &Run<'_>) -> Outcome<(String, Option<String>)> {
    let Some(run_command) = run.options.commands else {
        return Err(format!("$(command {command}): {NOT_ALLOWED}").into());
    };
    let resolved = run.packages.resolve(command)?;
    let words =
        shell_split(&resolved.to_string_lossy()).map_err(|what| format!("$(command {command}): {what}"))?;
    if words.is_empty() {
        return Err("$(command) is given nothing to run".into());
    }
    let line = CommandLine {
        words,
        environment: run.scope.environment.own().clone(),
        merged: on_errors == OnErrors::Capture,
    };
    let ran = run_command(&line).map_err(|what| format!("$(command {command}): {what}"))?;
    judged(command, on_errors, ran)
}

const NOT_ALLOWED: &str = "a launch file may not run commands here; allow it with --allow-command (for callers from \
                           the ROS graph, `allow_command` under `policy`), give the value as an <arg>, or leave the \
                           work to the node";

fn judged(command: &str, on_errors: OnErrors, ran: CommandOutput) -> Outcome<(String, Option<String>)> {
    let errors = ran.errors.trim_end();
    if !ran.success {
        let said = if errors.is_empty() {
            ran.output.trim_end()
        } else {
            errors
        };
        return Err(format!("$(command {command}) failed: {said}").into());
    }
    match on_errors {
        OnErrors::Fail if !errors.is_empty() => Err(format!(
            "$(command {command}) wrote to standard error, which 'ignore', 'warn' or 'capture' as second argument \
             allows: {errors}"
        )
        .into()),
        OnErrors::Warn if !errors.is_empty() => {
            let note = format!("$(command {command}) wrote to standard error: {errors}");
            Ok((ran.output, Some(note)))
        }
        _ => Ok((ran.output, None)),
    }
}
