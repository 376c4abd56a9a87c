//! Python's built-in functions.

use super::arguments::Arguments;
use super::iterables::{collection, dict, extreme, filter, map, over, sorted, zip};
use super::value::{Value, repr, text};
use super::work::Work;
use super::{format, math, numbers};
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
