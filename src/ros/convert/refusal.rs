//! Refusals, messages and problems -> responses, within size limits.

use crate::ros::backend::podbay_msgs::msg;
use podbay_core::request::Refusal;
use podbay_text::diagnostic::Diagnostic;
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
                    $($problems: errors(&refusal.problems),)?
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

/// Problems that did not stop a launch.
pub(super) fn warnings(problems: &[Diagnostic], most: usize) -> Vec<msg::Problem> {
    limited(problems, msg::Problem::WARNING as u8, most)
}

/// Problems that stopped it.
pub(super) fn errors(problems: &[Diagnostic]) -> Vec<msg::Problem> {
    limited(problems, msg::Problem::ERROR as u8, PROBLEM_BYTES)
}

/// The first of `problems`, up to `most` bytes, and the number of the others.
fn limited(problems: &[Diagnostic], severity: u8, most: usize) -> Vec<msg::Problem> {
    let first = problems.iter().take(PROBLEMS).map(|it| problem(it, severity));
    let mut limited = within(most, first, |problem| {
        3 * TEXT + problem.file.len() + problem.text.len()
    });
    let more = problems.len() - limited.len();
    let more = (more > 0).then(|| msg::Problem {
        severity,
        text: format!("and {more} more; `podbay translate` prints all"),
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

fn problem(problem: &Diagnostic, severity: u8) -> msg::Problem {
    msg::Problem {
        file: shown::line(&shown::fitting(&problem.place.file, FILE)).into_owned(),
        line: problem.place.line,
        severity,
        text: shown::fitting(&format!("{}: {}", problem.label(), problem.text()), PROBLEM),
    }
}
