//! Python's functions for numbers.

use super::functions::bad_arguments;
use super::math;
use super::operators::{TOO_LARGE, float_divide, floor_divide, modulo};
use super::value::{Number, Value};
use crate::place::{Outcome, shown};
use crate::python;
use podbay_text::diagnostic::Code;

/// `name(values)`.
pub(super) fn call(name: &str, values: &[Value]) -> Outcome<Value> {
    match (name, values) {
        ("int", []) => Ok(Value::Int(0)),
        ("int", [Value::Text(text)]) => based(text, 10),
        ("int", [Value::Text(text), base]) => match base.int().map(u32::try_from) {
            Some(Ok(base @ (0 | 2..=36))) => based(text, base),
            _ => Err(Code::ExpressionType.says("the base must be 0, or from 2 to 36")),
        },
        ("int", [value]) => math::whole(value, f64::trunc),
        ("float", []) => Ok(Value::Float(0.0)),
        ("float", [value]) => float(value),
        ("abs", [value]) => absolute(value),
        ("round", [value] | [value, Value::None]) => math::whole(value, f64::round_ties_even),
        ("round", [value, digits]) => rounded(value, digits),
        ("bin" | "oct" | "hex", [value]) => digits(name, value),
        ("divmod", [left, right]) => divided(left, right),
        _ => Err(bad_arguments(name, values)),
    }
}

fn absolute(value: &Value) -> Outcome<Value> {
    match Number::of(value) {
        Some(Number::Float(number)) => Ok(Value::Float(number.abs())),
        Some(Number::Int(number)) => number
            .checked_abs()
            .map(Value::Int)
            .ok_or_else(|| Code::ExpressionValue.says(TOO_LARGE)),
        None => Err(bad_arguments("abs", std::slice::from_ref(value))),
    }
}

fn float(value: &Value) -> Outcome<Value> {
    let number = match value {
        Value::Text(text) => python::parse_float(text),
        _ => Number::of(value).map(Number::float),
    };
    number
        .map(Value::Float)
        .ok_or_else(|| Code::ExpressionValue.says(format!("{} is not a number", value.what())))
}

/// `int(text, base)`; base 0 uses the prefix.
fn based(typed: &str, base: u32) -> Outcome<Value> {
    let wrong = || format!("'{}' is not an integer", shown(typed));
    let text = typed.trim_matches(super::strings::is_space);
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let prefixed = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, of)| {
            let rest = lower.strip_prefix(prefix).filter(|_| base == of || base == 0)?;
            Some((rest.strip_prefix('_').unwrap_or(rest), of))
        });
    let zeros = lower.chars().all(|digit| matches!(digit, '0' | '_'));
    if prefixed.is_none() && base == 0 && lower.starts_with('0') && !zeros {
        return Err(Code::ExpressionValue.says(wrong()));
    }
    let (digits, base) = prefixed.unwrap_or((&lower, if base == 0 { 10 } else { base }));
    let bare = digits.replace('_', "");
    let misplaced = digits.starts_with('_') || digits.ends_with('_') || digits.contains("__");
    if misplaced || bare.is_empty() || !bare.chars().all(|digit| digit.is_digit(base)) {
        return Err(Code::ExpressionValue.says(wrong()));
    }
    let sign = if text.starts_with('-') { "-" } else { "" };
    let number = i64::from_str_radix(&format!("{sign}{bare}"), base);
    number
        .map(Value::Int)
        .map_err(|_| Code::ExpressionValue.says(TOO_LARGE))
}

fn rounded(value: &Value, digits: &Value) -> Outcome<Value> {
    let places = digits
        .int()
        .ok_or_else(|| bad_arguments("round", std::slice::from_ref(digits)))?;
    match Number::of(value) {
        Some(Number::Int(number)) if places >= 0 => Ok(Value::Int(number)),
        Some(Number::Int(number)) => round_integer(number, places.unsigned_abs()),
        Some(Number::Float(number)) => match (usize::try_from(places), number.is_finite()) {
            (_, false) => Ok(Value::Float(number)),
            (Ok(places), _) if places > 300 => Ok(Value::Float(number)),
            (Ok(places), _) => Ok(Value::Float(
                format!("{number:.places$}").parse().unwrap_or(number),
            )),
            (Err(_), _) => round_float(number, places),
        },
        None => Err(bad_arguments("round", std::slice::from_ref(value))),
    }
}

fn round_integer(number: i64, places: u64) -> Outcome<Value> {
    let Some(unit) = u32::try_from(places)
        .ok()
        .and_then(|places| 10_i128.checked_pow(places))
    else {
        return Ok(Value::Int(0));
    };
    let number = i128::from(number);
    let below = number.div_euclid(unit);
    let twice = 2 * number.rem_euclid(unit);
    let up = twice > unit || (twice == unit && below % 2 != 0);
    let rounded = i64::try_from((below + i128::from(up)) * unit);
    rounded
        .map(Value::Int)
        .map_err(|_| Code::ExpressionValue.says(TOO_LARGE))
}

/// Rounds to places before the point, by the exact digits of the number.
fn round_float(number: f64, places: i64) -> Outcome<Value> {
    match (number.abs() < 1e18, number.fract() == 0.0) {
        (false, _) => Err(Code::ExpressionValue.says("the number is too large to be rounded")),
        (true, whole) => {
            // A fraction decides if the rest is exactly halfway. It is kept by doubling the number and making
            // it odd.
            let doubled = (number.trunc() as i64)
                .saturating_mul(2)
                .saturating_add(if whole { 0 } else { number.signum() as i64 });
            let unit = 10_i128.checked_pow(u32::try_from(places.unsigned_abs()).unwrap_or(u32::MAX));
            let Some(unit) = unit else {
                return Ok(Value::Float(0.0_f64.copysign(number)));
            };
            let below = i128::from(doubled).div_euclid(2 * unit);
            let rest = i128::from(doubled).rem_euclid(2 * unit);
            let up = rest > unit || (rest == unit && below % 2 != 0);
            let result = ((below + i128::from(up)) * unit) as f64;
            Ok(Value::Float(if result == 0.0 {
                result.copysign(number)
            } else {
                result
            }))
        }
    }
}

/// `bin`, `oct` and `hex`.
fn digits(name: &str, value: &Value) -> Outcome<Value> {
    let number = value
        .int()
        .ok_or_else(|| bad_arguments(name, std::slice::from_ref(value)))?;
    let size = number.unsigned_abs();
    let digits = match name {
        "bin" => format!("{size:#b}"),
        "oct" => format!("{size:#o}"),
        _ => format!("{size:#x}"),
    };
    Ok(Value::Text(if number < 0 {
        format!("-{digits}")
    } else {
        digits
    }))
}

fn divided(left: &Value, right: &Value) -> Outcome<Value> {
    let pair = match (Number::of(left), Number::of(right)) {
        (Some(_), Some(right)) if right.float() == 0.0 => {
            return Err(Code::ExpressionValue.says("division by zero"));
        }
        (Some(Number::Int(left)), Some(Number::Int(right))) => {
            let quotient = floor_divide(left, right).ok_or_else(|| Code::ExpressionValue.says(TOO_LARGE))?;
            vec![Value::Int(quotient), Value::Int(modulo(left, right))]
        }
        (Some(left), Some(right)) => {
            let (quotient, rest) = float_divide(left.float(), right.float());
            vec![Value::Float(quotient), Value::Float(rest)]
        }
        _ => return Err(bad_arguments("divmod", &[left.clone(), right.clone()])),
    };
    Ok(Value::Tuple(pair))
}
