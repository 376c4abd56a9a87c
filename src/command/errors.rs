//! How commands report errors.

use super::out;
use crate::config;
use crate::ros::arguments;
use crate::telemetry;
use podbay_core::request::Refusal;
use podbay_text::diagnostic::Diagnostic;
use podbay_text::shown;

/// Errors in the user's files.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
struct Problems(Vec<Diagnostic>);

/// The command line is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Misuse(pub(super) String);

/// The words that name the launch file and its arguments are wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Malformed(pub(super) Diagnostic);

/// The exit code for an error that ends podbay: 2 for a wrong command line, as with clap.
pub fn exit_code(error: &anyhow::Error) -> u8 {
    let misuse = error.is::<Misuse>()
        || error.is::<Malformed>()
        || error.is::<telemetry::Error>()
        || matches!(error.downcast_ref(), Some(arguments::Error::Arguments(error)) if error.is_of_command_line())
        || matches!(error.downcast_ref(), Some(arguments::Error::UseSimTime(_)));
    if misuse { 2 } else { 1 }
}

/// A refusal as an error, with all problems.
pub(super) fn explain(refusal: Refusal) -> anyhow::Error {
    if refusal.problems.is_empty() {
        return anyhow::anyhow!(refusal.message);
    }
    Problems(refusal.problems).into()
}

/// A configuration error.
pub(super) fn unsettled(error: config::Error) -> anyhow::Error {
    match error {
        config::Error::Invalid(problem) => Problems(vec![problem]).into(),
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
        _ => shown::lines(&format!("podbay: {error:#}")).into_owned(),
    }
}
