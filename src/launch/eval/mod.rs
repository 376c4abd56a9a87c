//! `$(eval …)`: Python's expressions as far as launch files use them, evaluated without Python.
//!
//! ```text
//!   text --lex--> tokens --parse--> expression --run--> value --str()--> text
//! ```
//!
//! There are numbers, texts, lists, comparisons and their chains, `and`, `or`, `not`, `in`, `… if … else …`,
//! indexing, the usual functions and text methods, and `math`. No name leads outside; all work is bounded.

mod expression;
mod functions;
mod lex;
mod methods;
mod operators;
mod parse;
mod run;

use super::place::Outcome;
use super::python;

/// The text Python's `str(eval(expression))` gives.
pub(super) fn evaluate(expression: &str) -> Outcome<String> {
    let tokens = lex::tokens(expression)?;
    let expression = parse::parse(tokens)?;
    let value = run::run(&expression)?;
    Ok(python::text(&value))
}
