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
    Code::Condition.says(what).help(instead_of(&found))
}

/// What is probably meant by `found`, which is not a boolean.
fn instead_of(found: &str) -> &'static str {
    let is_expression = |c: char| c.is_whitespace() || "=<>!".contains(c);
    match found {
        "" | "yes" | "no" | "on" | "off" | "y" | "n" => "use true or false",
        number if number.parse::<f64>().is_ok() => "use true or false",
        expression if expression.contains(is_expression) => {
            "compare with $(equals LEFT RIGHT) or $(eval 'EXPRESSION')"
        }
        _ => "use true or false, or compare with $(equals LEFT RIGHT)",
    }
}

/// The result of a condition with this text.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_expression_or_a_word_is_to_be_compared() {
        for (found, expected) in [
            ("", "use true or false"),
            ("yes", "use true or false"),
            ("2", "use true or false"),
            ("sim", "use true or false, or compare with $(equals LEFT RIGHT)"),
            (
                "sim == real",
                "compare with $(equals LEFT RIGHT) or $(eval 'EXPRESSION')",
            ),
            (
                "a!=b",
                "compare with $(equals LEFT RIGHT) or $(eval 'EXPRESSION')",
            ),
        ] {
            assert_eq!(instead_of(found), expected, "{found:?}");
        }
    }
}
