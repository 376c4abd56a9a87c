//! `if` and `unless`.

use super::super::markup::Entity;
use super::super::place::Outcome;
use super::super::run::Run;
use super::super::substitution::{Template, perform};
use crate::domain::description::Problem;

/// When an action takes place.
#[derive(Clone, Debug)]
pub(super) struct Condition {
    wanted: bool,
    expression: Template,
}

impl Condition {
    /// Reads `if` or `unless` of an element.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Option<Self>, Problem> {
        let when = entity.template("if")?;
        let unless = entity.template("unless")?;
        let of = |wanted| move |expression| Self { wanted, expression };
        match (when, unless) {
            (Some(_), Some(_)) => {
                Err(entity.problem("'if' and 'unless' exclude each other; join them in one 'if'"))
            }
            (when, unless) => Ok(when.map(of(true)).or(unless.map(of(false)))),
        }
    }

    /// Whether it holds now.
    pub(super) fn holds(&self, run: &mut Run<'_>) -> Outcome<bool> {
        let text = perform(&self.expression, run)?;
        let value = match text.trim().to_lowercase().as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            other => {
                let what = format!("a condition must become true, 1, false or 0; this becomes '{other}'");
                return Err(what.into());
            }
        };
        Ok(value == self.wanted)
    }
}
