//! Methods of values.

use ruff_python_ast::Operator;

use super::arguments::{Arguments, items};
use super::value::{Value, equal, get};
use super::work::Work;
use super::{collections, strings, template};
use crate::place::{Outcome, shown};
use podbay_text::diagnostic::Code;

/// `of.name(arguments)`.
pub(super) fn call(of: &Value, name: &str, arguments: Arguments, work: &Work) -> Outcome<Value> {
    if let (Value::Text(form), "format") = (of, name) {
        return template::fill(form, &arguments, work).map(Value::Text);
    }
    let values = arguments.in_places(name)?;
    let found = match of {
        Value::Text(text) => strings::call(text, name, &values, work)?,
        Value::List(items) | Value::Tuple(items) => of_list(items, name, &values)?,
        Value::Dict(entries) => of_dict(entries, name, &values),
        Value::Set(items) => of_set(items, name, &values, work)?,
        _ => None,
    };
    match found {
        Some(value) => Ok(value),
        None if name == "copy" && values.is_empty() && !matches!(of, Value::Text(_) | Value::Tuple(_)) => {
            Ok(of.clone())
        }
        None => Err(Code::UnsupportedPython.says(format!(
            "unsupported method '{}', or unsupported arguments, for {}",
            shown(name),
            of.what()
        ))),
    }
}

fn of_list(items: &[Value], name: &str, values: &[Value]) -> Outcome<Option<Value>> {
    match (name, values) {
        ("count", [value]) => Ok(Some(Value::count(
            items.iter().filter(|item| equal(item, value)).count(),
        ))),
        ("index", [value]) => match items.iter().position(|item| equal(item, value)) {
            Some(at) => Ok(Some(Value::count(at))),
            None => Err(Code::ExpressionValue.says(format!("{} is not in the list", value.what()))),
        },
        _ => Ok(None),
    }
}

fn of_dict(entries: &[(Value, Value)], name: &str, values: &[Value]) -> Option<Value> {
    Some(match (name, values) {
        ("get", [key]) => get(entries, key).cloned().unwrap_or(Value::None),
        ("get", [key, otherwise]) => get(entries, key).unwrap_or(otherwise).clone(),
        ("keys", []) => Value::Iterator("dict_keys", entries.iter().map(|(key, _)| key.clone()).collect()),
        ("values", []) => Value::Iterator(
            "dict_values",
            entries.iter().map(|(_, value)| value.clone()).collect(),
        ),
        ("items", []) => {
            let pair = |(key, value): &(Value, Value)| Value::Tuple(vec![key.clone(), value.clone()]);
            Value::Iterator("dict_items", entries.iter().map(pair).collect())
        }
        _ => return None,
    })
}

fn of_set(own: &[Value], name: &str, values: &[Value], work: &Work) -> Outcome<Option<Value>> {
    let operator = match name {
        "union" => Operator::BitOr,
        "intersection" => Operator::BitAnd,
        "difference" => Operator::Sub,
        "symmetric_difference" => Operator::BitXor,
        "issubset" | "issuperset" | "isdisjoint" => return compare(own, name, values, work),
        _ => return Ok(None),
    };
    let mut result = own.to_vec();
    for value in values {
        let Value::Set(other) = collections::set(items(value, work)?, work)? else {
            continue;
        };
        if let Value::Set(next) = collections::combine(operator, &result, &other, work)? {
            result = next;
        }
    }
    Ok(Some(Value::Set(result)))
}

fn compare(own: &[Value], name: &str, values: &[Value], work: &Work) -> Outcome<Option<Value>> {
    let [other] = values else {
        return Ok(None);
    };
    let other = items(other, work)?;
    work.spend(own.len().saturating_mul(other.len()))?;
    let within = |of: &[Value], all: &[Value]| of.iter().all(|item| super::value::has(all, item));
    Ok(Some(Value::Bool(match name {
        "issubset" => within(own, &other),
        "issuperset" => within(&other, own),
        _ => !own.iter().any(|item| super::value::has(&other, item)),
    })))
}
