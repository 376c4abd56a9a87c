//! How commands report errors.

use std::io::ErrorKind;

use super::out;
use crate::ros::arguments;
use crate::telemetry;
use podbay_config as config;
use podbay_core::request::Refusal;
use podbay_text::diagnostic::Diagnostic;
use podbay_text::{files, shown};

/// Errors in the user's files.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
struct Problems(Vec<Diagnostic>);

/// The command line, or a variable, is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Misuse(pub String);

/// The words of the command line are wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) Diagnostic);

/// The exit code of clap for a wrong command line.
const MISUSE: u8 = 2;

/// The exit code for an error that ends podbay: 2 for a wrong command line or variable, as with clap. A file
/// that cannot be read is another error, whatever names it.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    let of_node = error.downcast_ref::<arguments::Error>();
    let misuse = error.is::<Misuse>()
        || error.is::<Malformed>()
        || error.is::<telemetry::Error>()
        || of_node.is_some_and(|error| !matches!(error, arguments::Error::File(_)));
    if misuse { MISUSE } else { 1 }
}

/// A refusal as an error, with all problems.
pub(super) fn explain(refusal: Refusal) -> anyhow::Error {
    if refusal.problems.is_empty() {
        return anyhow::anyhow!(refusal.message);
    }
    Problems(refusal.problems).into()
}

/// A file or folder that `named_by` names and that cannot be read.
pub(super) fn unreadable(error: files::Error, named_by: &str) -> anyhow::Error {
    Problems(vec![Diagnostic::from(error).about(named_by)]).into()
}

/// A configuration error.
pub(super) fn unsettled(error: config::Error) -> anyhow::Error {
    match error {
        config::Error::Invalid(problem) => Problems(vec![problem]).into(),
        config::Error::CommandLine(problem) => Malformed(problem).into(),
        error => error.into(),
    }
}

/// The text of an error that ends podbay.
pub fn last_words(error: &anyhow::Error) -> String {
    if let Some(Problems(problems)) = error.downcast_ref() {
        return out::reports(problems);
    }
    if let Some(Malformed(problem)) = error.downcast_ref() {
        return out::reports([problem]);
    }
    // not yet explained, if it ended podbay at its start
    if let Some(Refusal { problems, .. }) = error.downcast_ref()
        && !problems.is_empty()
    {
        return out::reports(problems);
    }
    match error.downcast_ref() {
        Some(arguments::Error::File(problem)) => out::reports([problem]),
        _ => shown::lines(&format!("error: {error:#}")).into_owned(),
    }
}

/// Prints the help, or what is wrong with the command line, and returns the exit code. Help that cannot be
/// written is an error.
pub fn usage(error: &clap::Error) -> anyhow::Result<u8> {
    match error.print() {
        Err(failed) if !error.use_stderr() && failed.kind() != ErrorKind::BrokenPipe => {
            Err(out::unwritten(&failed))
        }
        _ => Ok(u8::try_from(error.exit_code()).unwrap_or(MISUSE)),
    }
}
