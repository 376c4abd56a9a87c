//! Python's built-in functions.

use std::cmp::Ordering;

use ruff_python_ast::Operator;

use super::arguments::{Arguments, items};
use super::operators::{binary, compare, order};
use super::value::{Value, repr, text};
use super::work::Work;
use super::{collections, format, math, numbers};
use crate::place::Outcome;
use podbay_text::diagnostic::{Code, Diagnostic};

const NAMES: &[&str] = &[
    "abs",
    "all",
    "any",
    "ascii",
    "bin",
    "bool",
    "chr",
    "dict",
    "divmod",
    "enumerate",
    "filter",
    "float",
    "format",
    "hex",
    "int",
    "isinstance",
    "len",
    "list",
    "map",
    "max",
    "min",
    "oct",
    "ord",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
    "type",
    "zip",
];

/// The built-in function `name`.
pub(super) fn name(name: &str) -> Option<Value> {
    NAMES
        .iter()
        .find(|known| **known == name)
        .map(|name| Value::Function(name))
}

/// `name(arguments)`.
pub(super) fn call(name: &str, mut arguments: Arguments, work: &Work) -> Outcome<Value> {
    match name {
        "min" | "max" => return extreme(name, arguments, work),
        "sorted" => return sorted(arguments, work),
        "dict" => return dict(arguments, work),
        "zip" => return zip(&mut arguments, work),
        _ => {}
    }
    let values = arguments.in_places(name)?;
    match math::knows(name) {
        true => math::call(name, &values, work),
        false => plain(name, &values, work),
    }
}

fn plain(name: &str, values: &[Value], work: &Work) -> Outcome<Value> {
    match (name, values) {
        ("str", []) => Ok(Value::text("")),
        ("str", [value]) => text(value).map(Value::Text),
        ("repr", [value]) => repr(value).map(Value::Text),
        ("ascii", [value]) => format::convert(value.clone(), Some('a')),
        ("format", [value]) => format::format(value, "", work).map(Value::Text),
        ("format", [value, Value::Text(form)]) => format::format(value, form, work).map(Value::Text),
        ("bool", []) => Ok(Value::Bool(false)),
        ("bool", [value]) => Ok(Value::Bool(value.truth())),
        ("len", [value]) => length(value),
        ("type", [value]) => type_of(value),
        ("isinstance", [value, of]) => is_instance(value, of),
        ("ord" | "chr", [value]) => letter(name, value),
        ("map", [Value::Function(of), values @ ..]) if !values.is_empty() => map(of, values, work),
        ("filter", [of, values]) => filter(of, values, work),
        ("list" | "tuple" | "set", _) => collection(name, values, work),
        ("all" | "any" | "sum" | "enumerate" | "reversed" | "range", _) => over(name, values, work),
        _ => numbers::call(name, values),
    }
}

fn collection(name: &str, values: &[Value], work: &Work) -> Outcome<Value> {
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

fn over(name: &str, values: &[Value], work: &Work) -> Outcome<Value> {
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

/// The error for a call with wrong arguments.
pub(super) fn bad_arguments(name: &str, values: &[Value]) -> Diagnostic {
    let kinds: Vec<_> = values.iter().map(Value::what).collect();
    match kinds.is_empty() {
        true => Code::ExpressionType.says(format!("{name}() requires an argument")),
        false => Code::ExpressionType.says(format!("{name}(…) does not accept {}", kinds.join(" and "))),
    }
}

/// `len(value)`.
fn length(value: &Value) -> Outcome<Value> {
    Ok(Value::count(match value {
        Value::Text(text) => text.chars().count(),
        Value::List(items) | Value::Tuple(items) | Value::Set(items) => items.len(),
        Value::Dict(entries) => entries.len(),
        Value::Iterator(kind, items) if kind.starts_with("dict_") => items.len(),
        Value::Range(first, end, step) => super::value::range_length(*first, *end, *step),
        other => {
            return Err(Code::ExpressionType.says(format!("{} has no length", other.what())));
        }
    }))
}

fn type_of(value: &Value) -> Outcome<Value> {
    let found = name(value.type_name());
    found.ok_or_else(|| Code::UnsupportedPython.says(format!("type(…) of {} is not supported", value.what())))
}

fn is_instance(value: &Value, of: &Value) -> Outcome<Value> {
    match of {
        Value::Tuple(kinds) => {
            for kind in kinds {
                if is_instance(value, kind)?.truth() {
                    return Ok(Value::Bool(true));
                }
            }
            Ok(Value::Bool(false))
        }
        Value::Function("int") => Ok(Value::Bool(value.int().is_some())),
        Value::Function(name) => Ok(Value::Bool(value.type_name() == *name)),
        other => Err(Code::ExpressionType.says(format!("{} is not a type", other.what()))),
    }
}

fn letter(name: &str, value: &Value) -> Outcome<Value> {
    match value {
        Value::Text(text) if name == "ord" && text.chars().count() == 1 => {
            Ok(Value::Int(text.chars().next().map_or(0, u32::from).into()))
        }
        Value::Int(number) if name == "chr" => {
            let letter = u32::try_from(*number).ok().and_then(char::from_u32);
            letter
                .map(Value::text)
                .ok_or_else(|| Code::ExpressionValue.says(format!("{number} is not the code of a character")))
        }
        other => Err(bad_arguments(name, std::slice::from_ref(other))),
    }
}

fn apply(of: &'static str, values: Vec<Value>, work: &Work) -> Outcome<Value> {
    let named = Vec::new();
    call(of, Arguments { values, named }, work)
}

fn map(of: &'static str, lists: &[Value], work: &Work) -> Outcome<Value> {
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

fn zip(arguments: &mut Arguments, work: &Work) -> Outcome<Value> {
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

fn filter(of: &Value, values: &Value, work: &Work) -> Outcome<Value> {
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

fn dict(arguments: Arguments, work: &Work) -> Outcome<Value> {
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

fn sorted(mut arguments: Arguments, work: &Work) -> Outcome<Value> {
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

fn extreme(name: &str, mut arguments: Arguments, work: &Work) -> Outcome<Value> {
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
