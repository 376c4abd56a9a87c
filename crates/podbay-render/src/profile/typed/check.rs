//! Checks a part of a Kubernetes object against its type, value by value.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::along::{self, Step};
use super::{QUANTITIES, choices};
use crate::profile::check::{Found, not_a_quantity};
use podbay_core::quantity::is_quantity;
use podbay_text::diagnostic::Code;
use podbay_text::near::instead;

/// The first value in `part`, a `T` at `key` of the profile, that has no place in a `T`.
pub(in crate::profile) fn check<T: DeserializeOwned>(key: &str, part: &Value) -> Result<(), Found> {
    match part.is_null() {
        true => Ok(()),
        false => each(&mut Vec::new(), part, &|path, value| one::<T>(key, path, value)),
    }
}

/// Checks a value at a path.
type Check<'a> = dyn Fn(&[Step], &Value) -> Result<(), Found> + 'a;

/// Calls `check` for every value that contains no others.
fn each(path: &mut Vec<Step>, value: &Value, check: &Check<'_>) -> Result<(), Found> {
    let mut below = |step: Step, value: &Value| {
        path.push(step);
        each(path, value, check)?;
        path.pop();
        Ok(())
    };
    match value {
        Value::Object(fields) if !fields.is_empty() => fields
            .iter()
            .try_for_each(|(name, value)| below(Step::Field(name.clone()), value)),
        Value::Array(entries) if !entries.is_empty() => {
            let mut entries = entries.iter().enumerate();
            entries.try_for_each(|(index, entry)| below(Step::Entry(index), entry))
        }
        value => check(path, value),
    }
}

fn one<T: DeserializeOwned>(key: &str, path: &[Step], value: &Value) -> Result<(), Found> {
    let Some(text) = value.as_str() else {
        return along::fits::<T>(key, path, value);
    };
    let place = || along::written(key, path);
    if is_of_quantity(path) && !is_quantity(text) {
        return Err(Found::value(place(), not_a_quantity(&place(), text)));
    }
    along::fits::<T>(key, path, value)?;
    match choices::of(key, path) {
        Some(choices) if !choices.contains(&text) => {
            let named = choices.iter().copied().filter(|choice| !choice.is_empty());
            let error = Code::KeyValue
                .says(format!("`{}` cannot be {text:?}", place()))
                .help(instead(text, named));
            Err(Found::value(place(), error))
        }
        _ => Ok(()),
    }
}

/// Whether `path` is that of a quantity.
fn is_of_quantity(path: &[Step]) -> bool {
    let mut last = path.iter().rev().take(2);
    last.any(|step| matches!(step, Step::Field(name) if QUANTITIES.contains(&name.as_str())))
}
