//! `if` and `unless`.

use super::super::markup::Entity;
use super::super::place::{At, Outcome, shown};
use super::super::run::Run;
use super::super::substitution::{Template, perform};
use podbay_text::diagnostic::{Code, Diagnostic};

/// The condition of an action.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    wanted: bool,
    expression: Template,
}

impl Condition {
    /// Reads `if` or `unless` of an element.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Option<Self>, Diagnostic> {
        let when = entity.template("if")?;
        let unless = entity.template("unless")?;
        let of = |wanted| move |expression| Self { wanted, expression };
        match (when, unless) {
            (Some(_), Some(_)) => Err(entity
                .problem_in("unless", Code::Conflict, "'if' and 'unless' exclude each other")
                .help("combine them in one 'if'")),
            (when, unless) => Ok(when.map(of(true)).or(unless.map(of(false)))),
        }
    }

    /// Whether it holds now.
    pub(super) fn holds(&self, run: &mut Run<'_>) -> Outcome<bool> {
        let text = perform(&self.expression, run)?;
        let value = truth(&text).ok_or_else(|| not_boolean(&text));
        Ok(value.in_template(&self.expression)? == self.wanted)
    }
}

fn not_boolean(text: &str) -> Diagnostic {
    let found = text.trim().to_lowercase();
    let what = format!(
        "the condition must evaluate to true, false, 1 or 0, found '{}'",
        shown(&found)
    );
    Code::Condition
        .says(what)
        .help("compare with $(equals LEFT RIGHT) or $(eval 'EXPRESSION')")
}

/// The result of a condition with this text.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}
