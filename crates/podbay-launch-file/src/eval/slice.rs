//! `of[index]` and `of[first:end:step]`.

use super::arguments::items;
use super::value::{Value, get};
use super::work::Work;
use crate::place::Outcome;
use podbay_text::diagnostic::Code;

/// `of[index]`.
pub(super) fn index(of: &Value, index: &Value, work: &Work) -> Outcome<Value> {
    if let Value::Dict(entries) = of {
        super::collections::check_key(index)?;
        let found = get(entries, index).cloned();
        return found.ok_or_else(|| Code::ExpressionValue.says(format!("key not found: {}", index.what())));
    }
    let values = sequence(of, work)?;
    let Some(at) = index.int() else {
        return Err(Code::ExpressionType.says(format!("an index must be an integer, found {}", index.what())));
    };
    let length = i64::try_from(values.len()).unwrap_or(i64::MAX);
    let place = usize::try_from(if at < 0 { at + length } else { at }).ok();
    let found = place.and_then(|place| values.into_iter().nth(place));
    found.ok_or_else(|| Code::ExpressionValue.says(format!("the index {at} is out of range")))
}

/// `of[first:end:step]`.
pub(super) fn slice(of: &Value, bounds: [Option<Value>; 3], work: &Work) -> Outcome<Value> {
    let values = sequence(of, work)?;
    let [first, end, step] = bounds.map(bound);
    let (first, end, step) = (first?, end?, step?.unwrap_or(1));
    if step == 0 {
        return Err(Code::ExpressionValue.says("the step of a slice must not be 0"));
    }
    let taken: Vec<_> = places(values.len(), first, end, step)
        .into_iter()
        .filter_map(|place| values.get(place).cloned())
        .collect();
    Ok(match of {
        Value::Text(_) => Value::Text(taken.iter().map(letter).collect()),
        Value::Tuple(_) => Value::Tuple(taken),
        Value::List(_) => Value::List(taken),
        other => {
            return Err(Code::ExpressionType
                .says(format!("{} does not support slices", other.what()))
                .help("convert it with list(…)"));
        }
    })
}

fn sequence(of: &Value, work: &Work) -> Outcome<Vec<Value>> {
    match of {
        Value::Text(_) | Value::List(_) | Value::Tuple(_) | Value::Range(..) => items(of, work),
        other => Err(Code::ExpressionType.says(format!("{} cannot be indexed", other.what()))),
    }
}

fn letter(value: &Value) -> &str {
    match value {
        Value::Text(text) => text,
        _ => "",
    }
}

fn bound(value: Option<Value>) -> Outcome<Option<i64>> {
    match value {
        None | Some(Value::None) => Ok(None),
        Some(value) => match value.int() {
            Some(number) => Ok(Some(number)),
            None => Err(Code::ExpressionType.says(format!(
                "the bounds of a slice must be integers, found {}",
                value.what()
            ))),
        },
    }
}

/// The indices of a slice, with bounds clamped like in Python.
fn places(length: usize, first: Option<i64>, end: Option<i64>, step: i64) -> Vec<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let (lowest, highest) = if step > 0 { (0, length) } else { (-1, length - 1) };
    let cut = |at: i64| {
        let at = if at < 0 { at.saturating_add(length) } else { at };
        at.clamp(lowest, highest)
    };
    let (from, to) = if step > 0 {
        (lowest, highest)
    } else {
        (highest, lowest)
    };
    let (mut at, end) = (first.map_or(from, cut), end.map_or(to, cut));
    let mut places = Vec::new();
    while if step > 0 { at < end } else { at > end } {
        places.extend(usize::try_from(at).ok());
        at = at.saturating_add(step);
    }
    places
}
