//! Arguments of a function call.

use super::value::{Value, range_length};
use super::work::Work;
use crate::place::{Outcome, shown};
use podbay_text::diagnostic::Code;

/// Parameters that may also be given by name.
const NAMED: &[(&str, &[&str])] = &[
    ("enumerate", &["iterable", "start"]),
    ("int", &["", "base"]),
    ("isclose", &["", "", "rel_tol", "abs_tol"]),
    ("prod", &["", "start"]),
    ("round", &["number", "ndigits"]),
    ("rsplit", &["sep", "maxsplit"]),
    ("split", &["sep", "maxsplit"]),
    ("splitlines", &["keepends"]),
    ("sum", &["", "start"]),
];

/// Arguments of a call.
#[derive(Default)]
pub(super) struct Arguments {
    /// Positional arguments.
    pub(super) values: Vec<Value>,
    /// Keyword arguments.
    pub(super) named: Vec<(String, Value)>,
}

impl Arguments {
    /// The argument `name` of `function`.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.named.iter().position(|(known, _)| known == name)?;
        Some(self.named.remove(at).1)
    }

    /// All arguments by position, `None` for omitted ones.
    pub(super) fn in_places(mut self, function: &str) -> Outcome<Vec<Value>> {
        let names = NAMED.iter().find(|(known, _)| *known == function);
        for (place, name) in names.map_or(&[][..], |(_, names)| names).iter().enumerate() {
            if let Some(value) = self.take(name) {
                if place < self.values.len() {
                    return Err(
                        Code::ExpressionType.says(format!("{function}(…) got '{}' twice", shown(name)))
                    );
                }
                self.values.resize(place, Value::None);
                self.values.push(value);
            }
        }
        match self.named.first() {
            Some((name, _)) => {
                Err(Code::ExpressionType.says(format!("{function}(…) has no argument '{}'", shown(name))))
            }
            None => Ok(self.values),
        }
    }
}

/// The items of an iterable `value`.
pub(super) fn items(value: &Value, work: &Work) -> Outcome<Vec<Value>> {
    Ok(match value {
        Value::Text(text) => {
            work.spend(text.len())?;
            text.chars().map(Value::text).collect()
        }
        Value::List(items) | Value::Tuple(items) | Value::Set(items) | Value::Iterator(_, items) => {
            work.spend(value.weight())?;
            items.clone()
        }
        Value::Dict(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
        &Value::Range(first, end, step) => {
            let length = range_length(first, end, step);
            work.spend(length)?;
            (0..length as i64)
                .map(|at| Value::Int(first.wrapping_add(at.wrapping_mul(step))))
                .collect()
        }
        other => {
            return Err(Code::ExpressionType.says(format!("{} is not iterable", other.what())));
        }
    })
}
