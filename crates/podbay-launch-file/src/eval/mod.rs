//! `$(eval …)`: the Python expressions that launch files use, evaluated without Python.
//!
//! ```text
//!   text --parse (ruff's parser)--> syntax tree --run--> value --str()--> text
//! ```
//!
//! Supported are numbers, strings, lists, tuples, sets, dicts, comprehensions, f-strings, comparisons and
//! their chains, `and`, `or`, `not`, `in`, `… if … else …`, indexing and slicing, common functions and
//! methods, and `math`. Expressions have no access to anything outside, values are immutable, and all work is
//! limited. Unsupported syntax is an error with its place.

mod arguments;
mod collections;
mod format;
mod functions;
mod iterables;
mod math;
mod methods;
mod numbers;
mod operators;
mod parse;
mod run;
mod slice;
mod strings;
mod template;
mod value;
mod work;

use super::place::Outcome;

pub(super) use work::Work;

/// The text of Python's `str(eval(expression))`; spends part of `work`.
pub(super) fn evaluate(expression: &str, work: &Work) -> Outcome<String> {
    work.begin(expression.len())?;
    let parsed = parse::parse(expression)?;
    let value = run::run(&parsed, expression, work)?;
    value::text(&value)
}
