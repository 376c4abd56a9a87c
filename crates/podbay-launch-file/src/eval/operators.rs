//! Python's operators.

use std::cmp::Ordering;

use ruff_python_ast::{CmpOp, Operator, UnaryOp};

use super::value::{Number, Value, equal, get, has};
use super::work::Work;
use super::{collections, math, template};
use crate::place::Outcome;
use podbay_text::diagnostic::{Code, Diagnostic};

/// `left operator right`.
pub(super) fn binary(operator: Operator, left: &Value, right: &Value, work: &Work) -> Outcome<Value> {
    if let (Value::Bool(left), Value::Bool(right)) = (left, right) {
        match operator {
            Operator::BitAnd => return Ok(Value::Bool(left & right)),
            Operator::BitOr => return Ok(Value::Bool(left | right)),
            Operator::BitXor => return Ok(Value::Bool(left ^ right)),
            _ => {}
        }
    }
    match (Number::of(left), Number::of(right)) {
        (Some(Number::Int(left)), Some(Number::Int(right))) => integers(operator, left, right),
        (Some(left), Some(right)) => floats(operator, left.float(), right.float()),
        _ => sequences(operator, left, right, work),
    }
}

fn integers(operator: Operator, left: i64, right: i64) -> Outcome<Value> {
    let result = match operator {
        Operator::Add => left.checked_add(right),
        Operator::Sub => left.checked_sub(right),
        Operator::Mult => left.checked_mul(right),
        Operator::Div => return floats(operator, left as f64, right as f64),
        Operator::FloorDiv | Operator::Mod if right == 0 => {
            return Err(Code::ExpressionValue.says(DIVISION));
        }
        Operator::FloorDiv => floor_divide(left, right),
        Operator::Mod => Some(modulo(left, right)),
        Operator::Pow if right < 0 => return floats(operator, left as f64, right as f64),
        Operator::Pow => power_of_integer(left, right),
        Operator::BitAnd => Some(left & right),
        Operator::BitOr => Some(left | right),
        Operator::BitXor => Some(left ^ right),
        Operator::LShift | Operator::RShift if right < 0 => {
            return Err(Code::ExpressionValue.says("negative shift count"));
        }
        Operator::LShift => shift_left(left, right),
        Operator::RShift => Some(left >> right.min(63)),
        Operator::MatMult => {
            return Err(Code::UnsupportedPython.says("'@' is not supported"));
        }
    };
    result
        .map(Value::Int)
        .ok_or_else(|| Code::ExpressionValue.says(TOO_LARGE))
}

const DIVISION: &str = "division by zero";
/// The error for an integer that podbay cannot represent.
pub(super) const TOO_LARGE: &str = "the integer exceeds 64 bits";

/// `left // right`; `right` is not 0.
pub(super) fn floor_divide(left: i64, right: i64) -> Option<i64> {
    let quotient = left.checked_div(right)?;
    let exact = quotient.wrapping_mul(right) == left;
    Some(if !exact && (left < 0) != (right < 0) {
        quotient - 1
    } else {
        quotient
    })
}

/// `left % right`, with the sign of `right`, which is not 0.
pub(super) fn modulo(left: i64, right: i64) -> i64 {
    let rest = left.wrapping_rem(right);
    if rest != 0 && (rest < 0) != (right < 0) {
        rest + right
    } else {
        rest
    }
}

fn power_of_integer(base: i64, exponent: i64) -> Option<i64> {
    match base {
        0 | 1 if exponent > 0 => Some(base),
        -1 => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

fn shift_left(number: i64, bits: i64) -> Option<i64> {
    if number == 0 {
        return Some(0);
    }
    let factor = 1_i64
        .checked_shl(u32::try_from(bits).ok()?)
        .filter(|_| bits < 63)?;
    number.checked_mul(factor)
}

fn floats(operator: Operator, left: f64, right: f64) -> Outcome<Value> {
    let divides = matches!(operator, Operator::Div | Operator::FloorDiv | Operator::Mod);
    if divides && right == 0.0 {
        return Err(Code::ExpressionValue.says(DIVISION));
    }
    Ok(Value::Float(match operator {
        Operator::Add => left + right,
        Operator::Sub => left - right,
        Operator::Mult => left * right,
        Operator::Div => left / right,
        Operator::FloorDiv => float_divide(left, right).0,
        Operator::Mod => float_divide(left, right).1,
        Operator::Pow => power(left, right)?,
        other => {
            return Err(Code::ExpressionType.says(format!("'{}' accepts only integers", other.as_str())));
        }
    }))
}

/// Quotient and remainder as CPython computes them; `right` is not 0.
pub(super) fn float_divide(left: f64, right: f64) -> (f64, f64) {
    let mut rest = left % right;
    let mut quotient = (left - rest) / right;
    if rest == 0.0 {
        rest = rest.copysign(right);
    } else if (right < 0.0) != (rest < 0.0) {
        rest += right;
        quotient -= 1.0;
    }
    if quotient == 0.0 {
        return ((left / right).signum() * 0.0, rest);
    }
    let floor = quotient.floor();
    (
        if quotient - floor > 0.5 {
            floor + 1.0
        } else {
            floor
        },
        rest,
    )
}

/// `base ** exponent`.
pub(super) fn power(base: f64, exponent: f64) -> Outcome<f64> {
    if base == 0.0 && exponent < 0.0 {
        return Err(Code::ExpressionValue.says(DIVISION));
    }
    if base < 0.0 && base.is_finite() && exponent.is_finite() && exponent.fract() != 0.0 {
        return Err(Code::ExpressionValue
            .says("the root of a negative number is complex; complex numbers are not supported"));
    }
    let result = base.powf(exponent);
    match base.is_finite() && exponent.is_finite() && !result.is_finite() {
        true => Err(Code::ExpressionValue.says(math::TOO_LARGE)),
        false => Ok(result),
    }
}

fn sequences(operator: Operator, left: &Value, right: &Value, work: &Work) -> Outcome<Value> {
    match (operator, left, right) {
        (Operator::Add, Value::Text(left), Value::Text(right)) => Ok(Value::Text(left.clone() + right)),
        (Operator::Add, Value::List(left), Value::List(right)) => Ok(Value::List(joined(left, right))),
        (Operator::Add, Value::Tuple(left), Value::Tuple(right)) => Ok(Value::Tuple(joined(left, right))),
        (Operator::Mult, count, sequence) if Number::of(count).is_some() => repeat(sequence, count, work),
        (Operator::Mult, sequence, count) if Number::of(count).is_some() => repeat(sequence, count, work),
        (Operator::Mod, Value::Text(form), values) => template::percent(form, values, work),
        (Operator::BitOr, Value::Dict(left), Value::Dict(right)) => {
            collections::dict(left.iter().chain(right).cloned(), work)
        }
        (_, Value::Set(left), Value::Set(right)) => collections::combine(operator, left, right, work),
        _ => Err(cannot("combine", left, right)),
    }
}

fn joined(left: &[Value], right: &[Value]) -> Vec<Value> {
    left.iter().chain(right).cloned().collect()
}

fn cannot(what: &str, left: &Value, right: &Value) -> Diagnostic {
    let help = match (left, right) {
        (Value::Text(_), _) | (_, Value::Text(_)) => "convert with int(…), float(…) or str(…)",
        _ => "",
    };
    let what = format!("cannot {what} {} and {}", left.what(), right.what());
    Code::ExpressionType.says(what).help(help)
}

fn repeat(sequence: &Value, count: &Value, work: &Work) -> Outcome<Value> {
    let Some(count) = count.int() else {
        return Err(Code::ExpressionType.says(format!(
            "{} can be repeated only an integer number of times",
            sequence.what()
        )));
    };
    let count = usize::try_from(count).unwrap_or(0);
    work.spend_copies(sequence, count)?;
    let items = |items: &[Value]| items.iter().cycle().take(items.len() * count).cloned().collect();
    match sequence {
        Value::Text(text) => Ok(Value::Text(text.repeat(count))),
        Value::List(of) => Ok(Value::List(items(of))),
        Value::Tuple(of) => Ok(Value::Tuple(items(of))),
        other => Err(Code::ExpressionType.says(format!("{} cannot be repeated", other.what()))),
    }
}

/// `operator value`.
pub(super) fn unary(operator: UnaryOp, value: &Value) -> Outcome<Value> {
    match (operator, Number::of(value)) {
        (UnaryOp::Not, _) => Ok(Value::Bool(!value.truth())),
        (UnaryOp::UAdd, Some(Number::Int(number))) => Ok(Value::Int(number)),
        (UnaryOp::UAdd, Some(Number::Float(number))) => Ok(Value::Float(number)),
        (UnaryOp::USub, Some(Number::Int(number))) => {
            let negative = number.checked_neg().map(Value::Int);
            negative.ok_or_else(|| Code::ExpressionValue.says(TOO_LARGE))
        }
        (UnaryOp::USub, Some(Number::Float(number))) => Ok(Value::Float(-number)),
        (UnaryOp::Invert, Some(Number::Int(number))) => Ok(Value::Int(!number)),
        _ => Err(Code::ExpressionType.says(format!(
            "'{}' cannot be applied to {}",
            operator.as_str(),
            value.what()
        ))),
    }
}

/// `left comparison right`.
pub(super) fn compare(comparison: CmpOp, left: &Value, right: &Value, work: &Work) -> Outcome<bool> {
    work.spend(left.weight().min(right.weight()))?;
    let order = || order(left, right);
    Ok(match comparison {
        CmpOp::Eq => equal(left, right),
        CmpOp::NotEq => !equal(left, right),
        CmpOp::In => contains(right, left, work)?,
        CmpOp::NotIn => !contains(right, left, work)?,
        CmpOp::Is => is(left, right)?,
        CmpOp::IsNot => !is(left, right)?,
        CmpOp::Lt => order()? == Some(Ordering::Less),
        CmpOp::Gt => order()? == Some(Ordering::Greater),
        CmpOp::LtE => matches!(order()?, Some(Ordering::Less | Ordering::Equal)),
        CmpOp::GtE => matches!(order()?, Some(Ordering::Greater | Ordering::Equal)),
    })
}

fn is(left: &Value, right: &Value) -> Outcome<bool> {
    match (left, right) {
        (Value::None, other) | (other, Value::None) => Ok(matches!(other, Value::None)),
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        (Value::Function(left), Value::Function(right)) => Ok(left == right),
        (Value::Bool(_), _) | (_, Value::Bool(_)) => Ok(false),
        _ => Err(Code::UnsupportedPython
            .says("'is' supports only None, True and False")
            .help("use ==")),
    }
}

/// Their order; `None` if neither is greater.
pub(super) fn order(left: &Value, right: &Value) -> Outcome<Option<Ordering>> {
    if let (Some(left), Some(right)) = (Number::of(left), Number::of(right)) {
        return Ok(left.order(right));
    }
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Ok(Some(left.cmp(right))),
        (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => {
            match left.iter().zip(right).find(|(left, right)| !equal(left, right)) {
                Some((left, right)) => order(left, right),
                None => Ok(Some(left.len().cmp(&right.len()))),
            }
        }
        (Value::Set(left), Value::Set(right)) => Ok(collections::order(left, right)),
        _ => Err(cannot("compare", left, right)),
    }
}

fn contains(whole: &Value, part: &Value, work: &Work) -> Outcome<bool> {
    work.spend(whole.weight())?;
    match (whole, part) {
        (Value::Text(whole), Value::Text(part)) => Ok(whole.contains(part.as_str())),
        (Value::List(items) | Value::Tuple(items) | Value::Iterator(_, items), _) => Ok(has(items, part)),
        (Value::Set(items), _) => collections::check_key(part).map(|()| has(items, part)),
        (Value::Dict(entries), _) => collections::check_key(part).map(|()| get(entries, part).is_some()),
        (Value::Range(..), _) => Ok(has(&super::arguments::items(whole, work)?, part)),
        _ => Err(Code::ExpressionType.says(format!("{} cannot be in {}", part.what(), whole.what()))),
    }
}
