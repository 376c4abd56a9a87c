//! `$(eval …)`: Python's expressions as far as launch files use them, evaluated without Python.
//!
//! ```text
//!   text --parse (ruff's parser)--> syntax tree --run--> value --str()--> text
//! ```
//!
//! There are numbers, texts, lists, tuples, sets, dicts, comprehensions, f-strings, comparisons and their chains,
//! `and`, `or`, `not`, `in`, `… if … else …`, indexing and slicing, the usual functions and methods, and `math`. No
//! name leads outside, nothing can be changed, all work is bounded. What is not there says so and shows where.

mod arguments;
mod collections;
mod format;
mod functions;
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

/// The text Python's `str(eval(expression))` gives, for some of what is left of `work`.
pub(super) fn evaluate(expression: &str, work: &Work) -> Outcome<String> {
    work.begin(expression.len())?;
    let parsed = parse::parse(expression)?;
    let value = run::run(&parsed, expression, work)?;
    value::text(&value)
}
