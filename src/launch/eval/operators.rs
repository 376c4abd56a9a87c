//! Python's operators.

use std::cmp::Ordering;

use super::expression::{Comparison, Operator};
use crate::launch::limits;
use crate::launch::place::Outcome;
use crate::launch::value::Value;

/// A number as Python computes with it: a truth value is 0 or 1.
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
}

/// `left operator right`.
pub(super) fn binary(operator: Operator, left: &Value, right: &Value) -> Outcome<Value> {
    match (Number::of(left), Number::of(right)) {
        (Some(Number::Int(left)), Some(Number::Int(right))) => integers(operator, left, right),
        (Some(left), Some(right)) => floats(operator, left.float(), right.float()),
        _ => sequences(operator, left, right),
    }
}

fn integers(operator: Operator, left: i64, right: i64) -> Outcome<Value> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Subtract => left.checked_sub(right),
        Operator::Multiply => left.checked_mul(right),
        Operator::Divide => return floats(operator, left as f64, right as f64),
        Operator::FloorDivide | Operator::Modulo if right == 0 => return Err(DIVISION.into()),
        Operator::FloorDivide => floor_divide(left, right),
        Operator::Modulo => left.checked_rem(right).map(|rest| {
            if rest != 0 && (rest < 0) != (right < 0) {
                rest + right
            } else {
                rest
            }
        }),
        Operator::Power if right < 0 => return floats(operator, left as f64, right as f64),
        Operator::Power => u32::try_from(right)
            .ok()
            .and_then(|power| left.checked_pow(power)),
    };
    result.map(Value::Int).ok_or_else(|| TOO_LARGE.into())
}

const DIVISION: &str = "division by zero";
const TOO_LARGE: &str = "a whole number grows beyond 64 bits";

fn floor_divide(left: i64, right: i64) -> Option<i64> {
    let quotient = left.checked_div(right)?;
    let exact = quotient.checked_mul(right) == Some(left);
    Some(if !exact && (left < 0) != (right < 0) {
        quotient - 1
    } else {
        quotient
    })
}

fn floats(operator: Operator, left: f64, right: f64) -> Outcome<Value> {
    let divides = matches!(
        operator,
        Operator::Divide | Operator::FloorDivide | Operator::Modulo
    );
    if divides && right == 0.0 {
        return Err(DIVISION.into());
    }
    Ok(Value::Float(match operator {
        Operator::Add => left + right,
        Operator::Subtract => left - right,
        Operator::Multiply => left * right,
        Operator::Divide => left / right,
        Operator::FloorDivide => (left / right).floor(),
        Operator::Modulo => modulo(left, right),
        Operator::Power => power(left, right)?,
    }))
}

fn power(base: f64, exponent: f64) -> Outcome<f64> {
    if base == 0.0 && exponent < 0.0 {
        return Err(DIVISION.into());
    }
    let result = base.powf(exponent);
    match base.is_finite() && exponent.is_finite() && !result.is_finite() {
        true if base < 0.0 && exponent.fract() != 0.0 => {
            Err("the root of a negative number is complex, which a launch file cannot use".into())
        }
        true => Err("a number grows too large".into()),
        false => Ok(result),
    }
}

fn modulo(left: f64, right: f64) -> f64 {
    let rest = left % right;
    if rest != 0.0 && (rest < 0.0) != (right < 0.0) {
        rest + right
    } else {
        rest
    }
}

fn sequences(operator: Operator, left: &Value, right: &Value) -> Outcome<Value> {
    match (operator, left, right) {
        (Operator::Add, Value::Text(left), Value::Text(right)) => bounded(left.clone() + right),
        (Operator::Add, Value::List(left), Value::List(right)) => {
            Ok(Value::List(left.iter().chain(right).cloned().collect()))
        }
        (Operator::Multiply, count, sequence) if Number::of(count).is_some() => repeat(sequence, count),
        (Operator::Multiply, sequence, count) => repeat(sequence, count),
        _ => Err(format!(
            "{} and {} cannot be combined so{}",
            left.what(),
            right.what(),
            hint(left, right)
        )
        .into()),
    }
}

fn hint(left: &Value, right: &Value) -> &'static str {
    match (left, right) {
        (Value::Text(_), _) | (_, Value::Text(_)) => "; int(…), float(…) and str(…) convert",
        _ => "",
    }
}

fn repeat(sequence: &Value, count: &Value) -> Outcome<Value> {
    let Some(Number::Int(count)) = Number::of(count) else {
        return Err(format!("{} can be repeated a whole number of times only", sequence.what()).into());
    };
    let count = usize::try_from(count).unwrap_or(0);
    match sequence {
        Value::Text(text) if text.len().saturating_mul(count) > limits::TEXT_BYTES => Err(TOO_LONG.into()),
        Value::Text(text) => Ok(Value::Text(text.repeat(count))),
        other => Err(format!("{} cannot be repeated here", other.what()).into()),
    }
}

const TOO_LONG: &str = "a text grows too long";

/// A text, unless it is too long.
pub(super) fn bounded(text: String) -> Outcome<Value> {
    if text.len() > limits::TEXT_BYTES {
        return Err(TOO_LONG.into());
    }
    Ok(Value::Text(text))
}

/// `+value` or `-value`.
pub(super) fn sign(plus: bool, value: &Value) -> Outcome<Value> {
    match Number::of(value) {
        Some(Number::Int(number)) if plus => Ok(Value::Int(number)),
        Some(Number::Int(number)) => number
            .checked_neg()
            .map(Value::Int)
            .ok_or_else(|| TOO_LARGE.into()),
        Some(Number::Float(number)) => Ok(Value::Float(if plus { number } else { -number })),
        None => Err(format!("{} has no sign", value.what()).into()),
    }
}

/// `left comparison right`.
pub(super) fn compare(comparison: Comparison, left: &Value, right: &Value) -> Outcome<bool> {
    Ok(match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::Different => !equal(left, right),
        Comparison::In => contains(right, left)?,
        Comparison::NotIn => !contains(right, left)?,
        Comparison::Is => is(left, right)?,
        Comparison::IsNot => !is(left, right)?,
        Comparison::Less => order(left, right)? == Some(Ordering::Less),
        Comparison::Greater => order(left, right)? == Some(Ordering::Greater),
        Comparison::LessOrEqual => matches!(order(left, right)?, Some(Ordering::Less | Ordering::Equal)),
        Comparison::GreaterOrEqual => {
            matches!(order(left, right)?, Some(Ordering::Greater | Ordering::Equal))
        }
    })
}

/// `left == right`.
pub(super) fn equal(left: &Value, right: &Value) -> bool {
    match (Number::of(left), Number::of(right)) {
        (Some(Number::Int(left)), Some(Number::Int(right))) => left == right,
        (Some(left), Some(right)) => left.float() == right.float(),
        _ => match (left, right) {
            (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| equal(left, right))
            }
            _ => left == right,
        },
    }
}

fn is(left: &Value, right: &Value) -> Outcome<bool> {
    match (left, right) {
        (Value::Null | Value::Bool(_), _) | (_, Value::Null | Value::Bool(_)) => Ok(left == right),
        _ => Err("'is' compares with None, True and False only; use ==".into()),
    }
}

/// Which is greater; unset beside a value that is not a number.
pub(super) fn order(left: &Value, right: &Value) -> Outcome<Option<Ordering>> {
    match (Number::of(left), Number::of(right)) {
        (Some(Number::Int(left)), Some(Number::Int(right))) => return Ok(Some(left.cmp(&right))),
        (Some(left), Some(right)) => return Ok(left.float().partial_cmp(&right.float())),
        _ => {}
    }
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Ok(Some(left.cmp(right))),
        _ => Err(format!(
            "{} and {} have no order{}",
            left.what(),
            right.what(),
            hint(left, right)
        )
        .into()),
    }
}

fn contains(whole: &Value, part: &Value) -> Outcome<bool> {
    match (whole, part) {
        (Value::Text(whole), Value::Text(part)) => Ok(whole.contains(part.as_str())),
        (Value::List(items) | Value::Tuple(items), _) => Ok(items.iter().any(|item| equal(item, part))),
        _ => Err(format!("{} cannot be in {}", part.what(), whole.what()).into()),
    }
}

/// `of[index]`.
pub(super) fn index(of: &Value, index: &Value) -> Outcome<Value> {
    let Some(Number::Int(at)) = Number::of(index).filter(|_| !matches!(index, Value::Float(_))) else {
        return Err(format!("an index is a whole number, not {}", index.what()).into());
    };
    let place = |length: usize| {
        let length = i64::try_from(length).ok()?;
        let at = if at < 0 { at + length } else { at };
        usize::try_from(at).ok().filter(|_| at < length)
    };
    let found = match of {
        Value::Text(text) => place(text.chars().count())
            .and_then(|at| text.chars().nth(at))
            .map(|c| Value::Text(c.to_string())),
        Value::List(items) | Value::Tuple(items) => place(items.len()).and_then(|at| items.get(at).cloned()),
        _ => return Err(format!("{} has no index", of.what()).into()),
    };
    found.ok_or_else(|| format!("the index {at} is out of range").into())
}
