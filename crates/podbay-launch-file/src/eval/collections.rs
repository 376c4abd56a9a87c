//! Sets and dicts.

use std::cmp::Ordering;

use ruff_python_ast::Operator;

use super::value::{Value, equal, has};
use super::work::Work;
use crate::place::Outcome;
use podbay_text::diagnostic::Code;

/// Checks that `value` is hashable, so that it may be a dict key or in a set.
pub(super) fn check_key(value: &Value) -> Outcome<()> {
    match value {
        Value::List(_) | Value::Set(_) | Value::Dict(_) => {
            Err(Code::ExpressionType.says(format!("{} cannot be a dict key or in a set", value.what())))
        }
        Value::Tuple(items) => items.iter().try_for_each(check_key),
        _ => Ok(()),
    }
}

/// A set; the first of equal values is kept.
pub(super) fn set(values: impl IntoIterator<Item = Value>, work: &Work) -> Outcome<Value> {
    let mut items: Vec<Value> = Vec::new();
    for value in values {
        check_key(&value)?;
        work.spend(items.len())?;
        if !has(&items, &value) {
            items.push(value);
        }
    }
    Ok(Value::Set(items))
}

/// A dict; of equal keys, the first is kept with the last value.
pub(super) fn dict(pairs: impl IntoIterator<Item = (Value, Value)>, work: &Work) -> Outcome<Value> {
    let mut entries: Vec<(Value, Value)> = Vec::new();
    for (key, value) in pairs {
        check_key(&key)?;
        work.spend(entries.len())?;
        match entries.iter_mut().find(|(known, _)| equal(known, &key)) {
            Some(entry) => entry.1 = value,
            None => entries.push((key, value)),
        }
    }
    Ok(Value::Dict(entries))
}

/// `left operator right` of sets.
pub(super) fn combine(operator: Operator, left: &[Value], right: &[Value], work: &Work) -> Outcome<Value> {
    work.spend(left.len().saturating_mul(right.len()))?;
    let only = |of: &[Value], other: &[Value]| -> Vec<Value> {
        of.iter().filter(|item| !has(other, item)).cloned().collect()
    };
    let items = match operator {
        Operator::BitOr => [left.to_vec(), only(right, left)].concat(),
        Operator::BitAnd => left.iter().filter(|item| has(right, item)).cloned().collect(),
        Operator::Sub => only(left, right),
        Operator::BitXor => [only(left, right), only(right, left)].concat(),
        other => {
            return Err(Code::ExpressionType.says(format!("sets do not support '{}'", other.as_str())));
        }
    };
    Ok(Value::Set(items))
}

/// A set is less than a proper superset.
pub(super) fn order(left: &[Value], right: &[Value]) -> Option<Ordering> {
    let within = |of: &[Value], other: &[Value]| of.iter().all(|item| has(other, item));
    match left.len().cmp(&right.len()) {
        Ordering::Greater if within(right, left) => Some(Ordering::Greater),
        order if order != Ordering::Greater && within(left, right) => Some(order),
        _ => None,
    }
}
