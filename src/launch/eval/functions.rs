//! Python's functions and `math`, which ROS makes known with and without its name.

use super::operators::{Number, order};
use super::run::truth;
use crate::launch::place::Outcome;
use crate::launch::python;
use crate::launch::value::Value;

/// The constant of that name.
pub(super) fn constant(name: &str) -> Outcome<Value> {
    Ok(Value::Float(match name {
        "pi" => std::f64::consts::PI,
        "e" => std::f64::consts::E,
        "tau" => std::f64::consts::TAU,
        "inf" => f64::INFINITY,
        "nan" => f64::NAN,
        "true" | "false" => {
            return Err(format!(
                "'{name}' is not a name in Python; put it in quotes, or write True or False"
            )
            .into());
        }
        _ => return Err(format!("'{name}' is not known; put it in quotes if it is a text").into()),
    }))
}

/// `name(arguments)`; `math` has its say before Python, as in ROS.
pub(super) fn call(name: &str, arguments: &[Value]) -> Outcome<Value> {
    match (name, arguments) {
        ("int", [value]) => to_int(value),
        ("float", [value]) => to_float(value),
        ("str", [value]) => Ok(Value::Text(python::text(value))),
        ("bool", [value]) => Ok(Value::Bool(truth(value))),
        ("len", [Value::Text(text)]) => Ok(length(text.chars().count())),
        ("len", [Value::List(items) | Value::Tuple(items)]) => Ok(length(items.len())),
        ("abs", [value]) => absolute(value),
        ("min", _) => extreme(arguments, std::cmp::Ordering::Less),
        ("max", _) => extreme(arguments, std::cmp::Ordering::Greater),
        ("round", [value]) => whole(value, f64::round_ties_even),
        ("round", [value, Value::Int(digits)]) => round_to(value, *digits),
        _ => math(name, arguments),
    }
}

/// `math.name(arguments)`.
pub(super) fn math(name: &str, arguments: &[Value]) -> Outcome<Value> {
    let numbers: Option<Vec<f64>> = arguments
        .iter()
        .map(|value| Number::of(value).map(Number::float))
        .collect();
    let numbers = numbers.ok_or_else(|| format!("{name}(…) is not known, or takes numbers only"))?;
    let result = match (name, numbers.as_slice()) {
        ("floor", [_]) => return whole(&arguments[0], f64::floor),
        ("ceil", [_]) => return whole(&arguments[0], f64::ceil),
        ("trunc", [_]) => return whole(&arguments[0], f64::trunc),
        ("sqrt", [x]) => x.sqrt(),
        ("fabs", [x]) => x.abs(),
        ("exp", [x]) => x.exp(),
        ("log", [x]) => x.ln(),
        ("log", [x, base]) => x.ln() / base.ln(),
        ("log10", [x]) => x.log10(),
        ("sin", [x]) => x.sin(),
        ("cos", [x]) => x.cos(),
        ("tan", [x]) => x.tan(),
        ("asin", [x]) => x.asin(),
        ("acos", [x]) => x.acos(),
        ("atan", [x]) => x.atan(),
        ("atan2", [y, x]) => y.atan2(*x),
        ("hypot", [x, y]) => x.hypot(*y),
        ("radians", [x]) => x.to_radians(),
        ("degrees", [x]) => x.to_degrees(),
        ("pow", [x, y]) => x.powf(*y),
        ("fmod", [x, y]) => x % y,
        _ => return Err(format!("{name}(…) with {} values is not known", arguments.len()).into()),
    };
    if !result.is_finite() && numbers.iter().all(|number| number.is_finite()) {
        return Err(format!("{name}(…) has no value here").into());
    }
    Ok(Value::Float(result))
}

fn length(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn absolute(value: &Value) -> Outcome<Value> {
    match Number::of(value) {
        Some(Number::Float(number)) => Ok(Value::Float(number.abs())),
        Some(Number::Int(number)) => match number.checked_abs() {
            Some(number) => Ok(Value::Int(number)),
            None => Err("a whole number grows beyond 64 bits".into()),
        },
        None => Err(format!("{} has no absolute value", value.what()).into()),
    }
}

fn to_int(value: &Value) -> Outcome<Value> {
    match value {
        Value::Text(text) => python::parse_int(text)
            .map(Value::Int)
            .ok_or_else(|| format!("'{text}' is not a whole number").into()),
        _ => whole(value, f64::trunc),
    }
}

fn to_float(value: &Value) -> Outcome<Value> {
    let number = match value {
        Value::Text(text) => python::parse_float(text),
        _ => Number::of(value).map(Number::float),
    };
    number
        .map(Value::Float)
        .ok_or_else(|| format!("{} is not a number", value.what()).into())
}

/// A whole number, made so by `rounding`.
fn whole(value: &Value, rounding: fn(f64) -> f64) -> Outcome<Value> {
    match Number::of(value) {
        Some(Number::Int(number)) => Ok(Value::Int(number)),
        Some(Number::Float(number)) if number.abs() < 9e18 => Ok(Value::Int(rounding(number) as i64)),
        _ => Err(format!("{} has no whole number", value.what()).into()),
    }
}

fn round_to(value: &Value, digits: i64) -> Outcome<Value> {
    let places = usize::try_from(digits).ok().filter(|places| *places <= 20);
    match (Number::of(value), places) {
        (Some(Number::Int(number)), Some(_)) => Ok(Value::Int(number)),
        (Some(Number::Float(number)), Some(places)) => {
            let text = format!("{number:.places$}");
            text.parse()
                .map(Value::Float)
                .map_err(|_| "it cannot be rounded".into())
        }
        _ => Err("round(…) takes a number and a count of digits from 0 to 20".into()),
    }
}

fn extreme(arguments: &[Value], wanted: std::cmp::Ordering) -> Outcome<Value> {
    let items = match arguments {
        [Value::List(items) | Value::Tuple(items)] => items.as_slice(),
        several => several,
    };
    let (first, rest) = items.split_first().ok_or("nothing to choose from")?;
    let mut best = first;
    for item in rest {
        if order(item, best)? == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}
