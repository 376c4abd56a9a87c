//! Python's built-in functions for iterables.

use std::cmp::Ordering;

use ruff_python_ast::Operator;

use super::arguments::{Arguments, items};
use super::collections;
use super::functions::{bad_arguments, call};
use super::operators::{binary, compare, order};
use super::value::Value;
use super::work::Work;
use crate::place::Outcome;
use podbay_text::diagnostic::Code;

pub(super) fn collection(name: &str, values: &[Value], work: &Work) -> Outcome<Value> {
    let inside = match values {
        [] => Vec::new(),
        [values] => items(values, work)?,
        _ => return Err(bad_arguments(name, values)),
    };
    match name {
        "list" => Ok(Value::List(inside)),
        "tuple" => Ok(Value::Tuple(inside)),
        _ => collections::set(inside, work),
    }
}

pub(super) fn over(name: &str, values: &[Value], work: &Work) -> Outcome<Value> {
    let whole = |value: &Value| {
        value
            .int()
            .ok_or_else(|| bad_arguments(name, std::slice::from_ref(value)))
    };
    match (name, values) {
        ("all", [values]) => Ok(Value::Bool(items(values, work)?.iter().all(Value::truth))),
        ("any", [values]) => Ok(Value::Bool(items(values, work)?.iter().any(Value::truth))),
        ("sum", [values]) => sum(items(values, work)?, Value::Int(0), work),
        ("sum", [values, start]) => sum(items(values, work)?, start.clone(), work),
        ("enumerate", [values]) => Ok(numbered(items(values, work)?, 0)),
        ("enumerate", [values, start]) => Ok(numbered(items(values, work)?, whole(start)?)),
        ("reversed", [Value::Set(_) | Value::Iterator(..)]) => Err(bad_arguments(name, values)),
        ("reversed", [values]) => Ok(Value::Iterator(
            "reversed",
            items(values, work)?.into_iter().rev().collect(),
        )),
        ("range", [end]) => Ok(Value::Range(0, whole(end)?, 1)),
        ("range", [first, end]) => Ok(Value::Range(whole(first)?, whole(end)?, 1)),
        ("range", [first, end, step]) if whole(step)? != 0 => {
            Ok(Value::Range(whole(first)?, whole(end)?, whole(step)?))
        }
        _ => Err(bad_arguments(name, values)),
    }
}

fn apply(of: &'static str, values: Vec<Value>, work: &Work) -> Outcome<Value> {
    let named = Vec::new();
    call(of, Arguments { values, named }, work)
}

pub(super) fn map(of: &'static str, lists: &[Value], work: &Work) -> Outcome<Value> {
    let mapped: Outcome<Vec<_>> = rows(lists, work)?
        .into_iter()
        .map(|row| apply(of, row, work))
        .collect();
    Ok(Value::Iterator("map", mapped?))
}

/// Transposes lists, up to the length of the shortest.
fn rows(lists: &[Value], work: &Work) -> Outcome<Vec<Vec<Value>>> {
    let lists: Vec<_> = lists
        .iter()
        .map(|list| items(list, work))
        .collect::<Outcome<_>>()?;
    let length = lists.iter().map(Vec::len).min().unwrap_or(0);
    Ok((0..length)
        .map(|at| lists.iter().map(|list| list[at].clone()).collect())
        .collect())
}

pub(super) fn zip(arguments: &mut Arguments, work: &Work) -> Outcome<Value> {
    let strict = arguments.take("strict").is_some_and(|strict| strict.truth());
    let rows = rows(&arguments.values, work)?;
    for list in &arguments.values {
        if strict && items(list, work)?.len() != rows.len() {
            return Err(Code::ExpressionValue.says("the lists of zip(…) have different lengths"));
        }
    }
    Ok(Value::Iterator(
        "zip",
        rows.into_iter().map(Value::Tuple).collect(),
    ))
}

pub(super) fn filter(of: &Value, values: &Value, work: &Work) -> Outcome<Value> {
    let mut kept = Vec::new();
    for value in items(values, work)? {
        let keep = match of {
            Value::None => value.truth(),
            Value::Function(name) => apply(name, vec![value.clone()], work)?.truth(),
            other => {
                return Err(Code::ExpressionType.says(format!("{} cannot be called", other.what())));
            }
        };
        if keep {
            kept.push(value);
        }
    }
    Ok(Value::Iterator("filter", kept))
}

fn numbered(values: Vec<Value>, start: i64) -> Value {
    let pair = |(value, at)| Value::Tuple(vec![Value::Int(at), value]);
    Value::Iterator("enumerate", values.into_iter().zip(start..).map(pair).collect())
}

fn sum(values: Vec<Value>, start: Value, work: &Work) -> Outcome<Value> {
    if matches!(start, Value::Text(_)) {
        return Err(Code::ExpressionType
            .says("sum(…) does not join strings")
            .help("use ''.join(…)"));
    }
    values.into_iter().try_fold(start, |sum, value| {
        work.spend(sum.weight())?;
        binary(Operator::Add, &sum, &value, work)
    })
}

pub(super) fn dict(arguments: Arguments, work: &Work) -> Outcome<Value> {
    let mut pairs = Vec::new();
    match arguments.values.as_slice() {
        [] => {}
        [Value::Dict(entries)] => pairs.clone_from(entries),
        [values] => {
            for pair in items(values, work)? {
                match items(&pair, work)?.as_slice() {
                    [key, value] => pairs.push((key.clone(), value.clone())),
                    _ => return Err(Code::ExpressionType.says("dict(…) requires pairs")),
                }
            }
        }
        several => return Err(bad_arguments("dict", several)),
    }
    pairs.extend(
        arguments
            .named
            .into_iter()
            .map(|(name, value)| (Value::Text(name), value)),
    );
    collections::dict(pairs, work)
}

/// The values, each with its sort key.
fn keyed(values: Vec<Value>, key: Option<Value>, work: &Work) -> Outcome<Vec<(Value, Value)>> {
    let of = |value: Value| match &key {
        None | Some(Value::None) => Ok((value.clone(), value)),
        Some(Value::Function(name)) => Ok((apply(name, vec![value.clone()], work)?, value)),
        Some(other) => Err(Code::ExpressionType.says(format!("{} cannot be called", other.what()))),
    };
    values.into_iter().map(of).collect()
}

pub(super) fn sorted(mut arguments: Arguments, work: &Work) -> Outcome<Value> {
    let key = arguments.take("key");
    let reverse = arguments.take("reverse").is_some_and(|reverse| reverse.truth());
    let values = arguments.in_places("sorted")?;
    let [values] = values.as_slice() else {
        return Err(bad_arguments("sorted", &values));
    };
    let mut pairs = keyed(items(values, work)?, key, work)?;
    work.spend(pairs.len().saturating_mul(32))?;
    if reverse {
        pairs.reverse();
    }
    let mut error = None;
    pairs.sort_by(|(left, _), (right, _)| match order(left, right) {
        Ok(order) => order.unwrap_or(Ordering::Equal),
        Err(found) => {
            error.get_or_insert(found);
            Ordering::Equal
        }
    });
    if reverse {
        pairs.reverse();
    }
    match error {
        Some(error) => Err(error),
        None => Ok(Value::List(pairs.into_iter().map(|(_, value)| value).collect())),
    }
}

pub(super) fn extreme(name: &str, mut arguments: Arguments, work: &Work) -> Outcome<Value> {
    let key = arguments.take("key");
    let otherwise = arguments.take("default");
    let mut values = arguments.in_places(name)?;
    if let [only] = values.as_slice() {
        values = items(only, work)?;
    }
    let better = if name == "min" {
        ruff_python_ast::CmpOp::Lt
    } else {
        ruff_python_ast::CmpOp::Gt
    };
    let mut best: Option<(Value, Value)> = None;
    for (key, value) in keyed(values, key, work)? {
        let wins = match &best {
            None => true,
            Some((known, _)) => compare(better, &key, known, work)?,
        };
        if wins {
            best = Some((key, value));
        }
    }
    best.map(|(_, value)| value)
        .or(otherwise)
        .ok_or_else(|| Code::ExpressionType.says(format!("{name}(…) of an empty list")))
}
