//! Refusals, messages and problems -> responses, within size limits.

use crate::ros::backend::podbay_msgs::msg;
use podbay_core::request::Refusal;
use podbay_text::diagnostic::{Diagnostic, Place, Severity};
use podbay_text::shown;

/// Limit in bytes for a message, a problem, and the file name of a problem.
const MESSAGE: usize = 16 * 1024;
const PROBLEM: usize = 4096;
const FILE: usize = 1024;

/// Limits for the problems of a launch: their number, and their bytes.
const PROBLEMS: usize = 200;
pub(super) const PROBLEM_BYTES: usize = 256 * 1024;

/// Overhead of a text or a list in a serialized response.
pub(super) const TEXT: usize = 8;

/// A response that can report a refusal.
pub(crate) trait Refusable: Default {
    /// Why the request failed; all other fields are empty.
    fn refused(refusal: Refusal) -> Self;
}

/// Every response begins with `success` and `message`; those about launch files also have `problems`.
macro_rules! refusable {
    ($service:ident $(, $problems:ident)?) => {
        impl Refusable for srv::$service::Response {
            #[allow(clippy::needless_update)] // some responses have nothing else
            fn refused(refusal: Refusal) -> Self {
                Self {
                    success: false,
                    message: message(&refusal.message),
                    $($problems: limited(&refusal.problems, PROBLEM_BYTES),)?
                    ..Default::default()
                }
            }
        }
    };
}
pub(super) use refusable;

/// A message, shortened and escaped: it can quote the request or the cluster.
pub(super) fn message(text: &str) -> String {
    shown::fitting(text, MESSAGE)
}

/// The first of `problems`, up to `most` bytes, and the number of the others.
pub(super) fn limited(problems: &[Diagnostic], most: usize) -> Vec<msg::Problem> {
    let first = problems.iter().take(PROBLEMS).map(problem);
    let mut limited = within(most, first, |problem| {
        3 * TEXT + problem.file.len() + problem.text.len()
    });
    let others = &problems[limited.len()..];
    let worst = others.iter().map(|problem| problem.severity).max();
    let more = worst.map(|worst| msg::Problem {
        severity: severity(worst),
        text: format!("and {} more; `podbay translate` prints all", others.len()),
        ..msg::Problem::default()
    });
    limited.extend(more);
    limited
}

/// The first of `items` that take at most `most` bytes together.
pub(super) fn within<T>(most: usize, items: impl Iterator<Item = T>, bytes: impl Fn(&T) -> usize) -> Vec<T> {
    let mut left = most;
    let fits = |item: T| {
        left = left.checked_sub(bytes(&item))?;
        Some(item)
    };
    items.map_while(fits).collect()
}

fn problem(problem: &Diagnostic) -> msg::Problem {
    // the message has no field for the column
    let position = match &problem.place {
        Place { column: 0, .. } => String::new(),
        Place { line, column, .. } => format!("{line}:{column}: "),
    };
    let text = format!("{position}{}: {}", problem.label(), problem.text());
    msg::Problem {
        file: shown::line(&shown::fitting(&problem.place.file, FILE)).into_owned(),
        line: problem.place.line,
        severity: severity(problem.severity),
        text: shown::fitting(&text, PROBLEM),
    }
}

fn severity(severity: Severity) -> u8 {
    // each constant has a type of its own in the r2r backend
    match severity {
        Severity::Warning => msg::Problem::WARNING as u8,
        Severity::Error => msg::Problem::ERROR as u8,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use podbay_text::diagnostic::Code;

    #[test]
    fn a_problem_has_its_own_severity_and_its_column_in_the_text() {
        let place = Place {
            column: 17,
            ..Place::file("/l/a.launch.xml").at_line(3)
        };
        let wrong = Code::UnexpectedAttribute
            .says("unexpected attribute 'exe'")
            .at(&place);
        let of_line = Code::NoImage.says("no image").at(&place.at_line(4));
        let problems = limited(&[wrong, of_line], PROBLEM_BYTES);
        let fields: Vec<_> = problems
            .iter()
            .map(|it| (it.file.as_str(), it.line, it.severity, it.text.as_str()))
            .collect();
        let (error, warning) = (msg::Problem::ERROR as u8, msg::Problem::WARNING as u8);
        let file = "/l/a.launch.xml";
        assert_eq!(
            fields,
            [
                (file, 3, error, "3:17: error[PB0203]: unexpected attribute 'exe'"),
                (file, 4, warning, "warning[PB0508]: no image"),
            ]
        );
    }

    #[test]
    fn the_number_of_omitted_problems_has_the_severity_of_the_worst() {
        let mut problems = vec![Code::NoImage.says("no image"); PROBLEMS + 1];
        problems.push(Code::NotXml.says("broken"));
        let limited = limited(&problems, PROBLEM_BYTES);
        let last = limited.last().unwrap();
        assert_eq!(limited.len(), PROBLEMS + 1);
        assert_eq!(last.severity, msg::Problem::ERROR as u8);
        assert!(last.text.starts_with("and 2 more"), "{}", last.text);
    }
}
