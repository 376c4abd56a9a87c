//! The values of expressions: those of Python.

use std::cmp::Ordering;

use crate::place::{Outcome, shown};
use crate::python::{float_text, quoted};
use podbay_text::diagnostic::Code;

/// An immutable value; values of the same content are identical.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// `None`
    None,
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i64),
    /// `float`
    Float(f64),
    /// `str`
    Text(String),
    /// `list`
    List(Vec<Value>),
    /// `tuple`
    Tuple(Vec<Value>),
    /// `set`, in the order of insertion.
    Set(Vec<Value>),
    /// `dict`
    Dict(Vec<(Value, Value)>),
    /// `range`: first, end, step.
    Range(i64, i64, i64),
    /// An iterator, such as `map(…)` or a generator, with its type. It has no text.
    Iterator(&'static str, Vec<Value>),
    /// A function or a type, by name.
    Function(&'static str),
}

/// A number as Python computes with it: booleans are 0 and 1.
#[derive(Clone, Copy)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// The number a value is.
    pub(super) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Int((*value).into())),
            Value::Int(value) => Some(Self::Int(*value)),
            Value::Float(value) => Some(Self::Float(*value)),
            _ => None,
        }
    }

    /// As a float.
    pub(super) fn float(self) -> f64 {
        match self {
            Self::Int(value) => value as f64,
            Self::Float(value) => value,
        }
    }

    /// The exact order; `None` for NaN.
    pub(super) fn order(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => Some(left.cmp(&right)),
            (Self::Float(left), Self::Float(right)) => left.partial_cmp(&right),
            (Self::Int(left), Self::Float(right)) => order_mixed(left, right),
            (Self::Float(left), Self::Int(right)) => order_mixed(right, left).map(Ordering::reverse),
        }
    }
}

fn order_mixed(left: i64, right: f64) -> Option<Ordering> {
    if right.is_nan() {
        return None;
    }
    let whole = right.trunc();
    match i128::from(left).cmp(&(whole as i128)) {
        Ordering::Equal => whole.partial_cmp(&right),
        other => Some(other),
    }
}

impl Value {
    /// A text.
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A length or count.
    pub(super) fn count(count: usize) -> Self {
        Self::Int(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// The cost of creating it.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Text(text) => 1 + text.len(),
            Self::List(items) | Self::Tuple(items) | Self::Set(items) | Self::Iterator(_, items) => {
                items.iter().fold(1, |sum, item| sum + item.weight())
            }
            Self::Dict(entries) => entries
                .iter()
                .fold(1, |sum, (key, value)| sum + key.weight() + value.weight()),
            _ => 1,
        }
    }

    /// The value of an integer or boolean.
    pub(super) fn int(&self) -> Option<i64> {
        match Number::of(self) {
            Some(Number::Int(number)) => Some(number),
            _ => None,
        }
    }

    /// Its truth value in Python.
    pub(super) fn truth(&self) -> bool {
        match self {
            Self::None => false,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != 0,
            Self::Float(value) => *value != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(items) | Self::Tuple(items) | Self::Set(items) => !items.is_empty(),
            Self::Iterator(kind, items) => !(kind.starts_with("dict_") && items.is_empty()),
            Self::Dict(entries) => !entries.is_empty(),
            Self::Range(first, end, step) => range_length(*first, *end, *step) != 0,
            Self::Function(_) => true,
        }
    }

    /// Description for a person.
    pub(super) fn what(&self) -> String {
        match self {
            Self::None => "None".to_owned(),
            Self::Bool(value) => format!("the boolean {value}"),
            Self::Int(value) => format!("the integer {value}"),
            Self::Float(value) => format!("the float {}", float_text(*value)),
            Self::Text(text) => format!("the string '{}'", shown(text)),
            Self::Function(name) => format!("the function {name}"),
            other => format!("a {}", other.type_name()),
        }
    }

    /// Name of its Python type.
    pub(super) fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Text(_) => "str",
            Self::List(_) => "list",
            Self::Tuple(_) => "tuple",
            Self::Set(_) => "set",
            Self::Dict(_) => "dict",
            Self::Range(..) => "range",
            Self::Iterator(name, _) => name,
            Self::Function(_) => "function",
        }
    }
}

/// Length of a range.
pub(super) fn range_length(first: i64, end: i64, step: i64) -> usize {
    let (first, end, step) = (i128::from(first), i128::from(end), i128::from(step));
    let span = if step > 0 { end - first } else { first - end };
    let count = (span + step.abs() - 1) / step.abs().max(1);
    usize::try_from(count.max(0)).unwrap_or(usize::MAX)
}

/// `left == right`.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return left.order(right) == Some(Ordering::Equal);
    }
    match (left, right) {
        (Value::None, Value::None) => true,
        (Value::Text(left), Value::Text(right)) => left == right,
        (Value::Function(left), Value::Function(right)) => left == right,
        (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
        }
        (Value::Set(left), Value::Set(right)) => {
            left.len() == right.len() && left.iter().all(|item| has(right, item))
        }
        (Value::Dict(left), Value::Dict(right)) => {
            let same =
                |(key, value): &(Value, Value)| get(right, key).is_some_and(|found| equal(value, found));
            left.len() == right.len() && left.iter().all(same)
        }
        (Value::Range(..), Value::Range(..)) => range_parts(left) == range_parts(right),
        _ => false,
    }
}

/// The normalized content of a range, for comparison.
fn range_parts(range: &Value) -> Option<(usize, i64, i64)> {
    let Value::Range(first, end, step) = *range else {
        return None;
    };
    Some(match range_length(first, end, step) {
        0 => (0, 0, 0),
        1 => (1, first, 0),
        length => (length, first, step),
    })
}

/// Whether `item` is among `items`.
pub(super) fn has(items: &[Value], item: &Value) -> bool {
    items.iter().any(|known| equal(known, item))
}

/// The value of `key`.
pub(super) fn get<'a>(entries: &'a [(Value, Value)], key: &Value) -> Option<&'a Value> {
    let found = entries.iter().find(|(known, _)| equal(known, key));
    found.map(|(_, value)| value)
}

/// `str(value)`.
pub(super) fn text(value: &Value) -> Outcome<String> {
    match value {
        Value::Text(text) => Ok(text.clone()),
        other => repr(other),
    }
}

/// `repr(value)`.
pub(super) fn repr(value: &Value) -> Outcome<String> {
    Ok(match value {
        Value::None => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => float_text(*value),
        Value::Text(text) => quoted(text),
        Value::List(items) => format!("[{}]", reprs(items)?),
        Value::Tuple(items) if items.len() == 1 => format!("({},)", reprs(items)?),
        Value::Tuple(items) => format!("({})", reprs(items)?),
        Value::Set(items) if items.is_empty() => "set()".to_owned(),
        Value::Set(items) => format!("{{{}}}", reprs(items)?),
        Value::Dict(entries) => format!("{{{}}}", pairs(entries)?),
        Value::Range(first, end, 1) => format!("range({first}, {end})"),
        Value::Range(first, end, step) => format!("range({first}, {end}, {step})"),
        Value::Iterator(kind, items) if kind.starts_with("dict_") => format!("{kind}([{}])", reprs(items)?),
        Value::Iterator(..) | Value::Function(_) => {
            return Err(Code::ExpressionType
                .says(format!("{} cannot be converted to a string", value.what()))
                .help("convert it with list(…)"));
        }
    })
}

fn reprs(items: &[Value]) -> Outcome<String> {
    let texts: Vec<_> = items.iter().map(repr).collect::<Outcome<_>>()?;
    Ok(texts.join(", "))
}

fn pairs(entries: &[(Value, Value)]) -> Outcome<String> {
    let pair = |(key, value): &(Value, Value)| Ok(format!("{}: {}", repr(key)?, repr(value)?));
    let texts: Vec<_> = entries.iter().map(pair).collect::<Outcome<_>>()?;
    Ok(texts.join(", "))
}
