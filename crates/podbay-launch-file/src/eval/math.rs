//! The module `math`.

use super::arguments::items;
use super::operators::{floor_divide, modulo, power};
use super::value::{Number, Value};
use super::work::Work;
use crate::place::Outcome;
use crate::python::is_close;
use podbay_text::diagnostic::Code;

/// The error for a number that exceeds the range of a float.
pub(super) const TOO_LARGE: &str = "the number is too large";

const NAMES: &[&str] = &[
    "acos",
    "asin",
    "atan",
    "atan2",
    "cbrt",
    "ceil",
    "comb",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "dist",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "factorial",
    "floor",
    "fmod",
    "fsum",
    "gcd",
    "hypot",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isqrt",
    "lcm",
    "log",
    "log10",
    "log1p",
    "log2",
    "modf",
    "perm",
    "pow",
    "prod",
    "radians",
    "remainder",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "trunc",
];

/// The constant or function `name`.
pub(super) fn name(name: &str) -> Option<Value> {
    Some(Value::Float(match name {
        "pi" => std::f64::consts::PI,
        "e" => std::f64::consts::E,
        "tau" => std::f64::consts::TAU,
        "inf" => f64::INFINITY,
        "nan" => f64::NAN,
        _ => {
            return NAMES
                .iter()
                .find(|known| **known == name)
                .map(|name| Value::Function(name));
        }
    }))
}

/// Whether `name` is a function of this module.
pub(super) fn knows(name: &str) -> bool {
    NAMES.contains(&name)
}

/// `math.name(arguments)`.
pub(super) fn call(name: &str, arguments: &[Value], work: &Work) -> Outcome<Value> {
    match (name, arguments) {
        ("floor", [value]) => return whole(value, f64::floor),
        ("ceil", [value]) => return whole(value, f64::ceil),
        ("trunc", [value]) => return whole(value, f64::trunc),
        ("factorial" | "isqrt" | "comb" | "perm" | "gcd" | "lcm", _) => {
            return of_integers(name, arguments, work);
        }
        ("fsum", [values]) => return Ok(Value::Float(exact_sum(&floats(&items(values, work)?)?))),
        ("prod", [values]) => return product(&items(values, work)?, Value::Int(1), work),
        ("prod", [values, start]) => return product(&items(values, work)?, start.clone(), work),
        ("dist", [from, to]) => {
            let (from, to) = (floats(&items(from, work)?)?, floats(&items(to, work)?)?);
            let apart: Vec<_> = from.iter().zip(&to).map(|(from, to)| from - to).collect();
            return Ok(Value::Float(length(&apart)));
        }
        _ => {}
    }
    let numbers = floats(arguments)?;
    of_floats(name, &numbers)
}

fn floats(values: &[Value]) -> Outcome<Vec<f64>> {
    let float = |value: &Value| match Number::of(value) {
        Some(number) => Ok(number.float()),
        None => Err(Code::ExpressionType.says(format!("expected a number, found {}", value.what()))),
    };
    values.iter().map(float).collect()
}

/// An integer, rounded by `rounding`.
pub(super) fn whole(value: &Value, rounding: fn(f64) -> f64) -> Outcome<Value> {
    match Number::of(value) {
        Some(Number::Int(number)) => Ok(Value::Int(number)),
        Some(Number::Float(number)) if number.abs() < 9e18 => Ok(Value::Int(rounding(number) as i64)),
        _ => Err(Code::ExpressionValue.says(format!("{} cannot be converted to an integer", value.what()))),
    }
}

fn of_floats(name: &str, numbers: &[f64]) -> Outcome<Value> {
    let truth = match (name, numbers) {
        ("isnan", [x]) => Some(x.is_nan()),
        ("isinf", [x]) => Some(x.is_infinite()),
        ("isfinite", [x]) => Some(x.is_finite()),
        ("isclose", [x, y]) => Some(is_close(*x, *y, 1e-9, 0.0)),
        ("isclose", [x, y, relative]) => Some(is_close(*x, *y, *relative, 0.0)),
        ("isclose", [x, y, relative, absolute]) => Some(is_close(*x, *y, *relative, *absolute)),
        ("modf", [x]) => {
            let parts = [
                if x.is_infinite() {
                    0.0_f64.copysign(*x)
                } else {
                    x.fract().copysign(*x)
                },
                x.trunc(),
            ];
            return Ok(Value::Tuple(parts.map(Value::Float).to_vec()));
        }
        _ => None,
    };
    if let Some(truth) = truth {
        return Ok(Value::Bool(truth));
    }
    let result = match numbers {
        [x] => one(name, *x),
        [x, y] => two(name, *x, *y)?,
        _ if name == "hypot" => Some(length(numbers)),
        _ => None,
    };
    let Some(result) = result else {
        return Err(
            Code::ExpressionType.says(format!("{name}(…) does not accept {} arguments", numbers.len()))
        );
    };
    let finite = numbers.iter().all(|number| number.is_finite());
    match result {
        result if result.is_nan() && !numbers.iter().any(|number| number.is_nan()) => {
            Err(Code::ExpressionValue.says(NO_VALUE))
        }
        result if result.is_infinite() && finite => Err(Code::ExpressionValue.says(TOO_LARGE)),
        result => Ok(Value::Float(result)),
    }
}

const NO_VALUE: &str = "the function is not defined for these values";

fn one(name: &str, x: f64) -> Option<f64> {
    Some(match name {
        "acos" => x.acos(),
        "asin" => x.asin(),
        "atan" => x.atan(),
        "cbrt" => x.cbrt(),
        "cos" => x.cos(),
        "cosh" => x.cosh(),
        "degrees" => x * (180.0 / std::f64::consts::PI),
        "exp" => x.exp(),
        "exp2" => x.exp2(),
        "expm1" => x.exp_m1(),
        "fabs" | "hypot" => x.abs(),
        "log" => logarithm(x, f64::ln),
        "log10" => logarithm(x, f64::log10),
        "log1p" => x.ln_1p(),
        "log2" => logarithm(x, f64::log2),
        "radians" => x * (std::f64::consts::PI / 180.0),
        "sin" => x.sin(),
        "sinh" => x.sinh(),
        "sqrt" => x.sqrt(),
        "tan" => x.tan(),
        "tanh" => x.tanh(),
        _ => return None,
    })
}

/// Python has no logarithm of 0.
fn logarithm(x: f64, of: fn(f64) -> f64) -> f64 {
    if x == 0.0 { f64::NAN } else { of(x) }
}

fn two(name: &str, x: f64, y: f64) -> Outcome<Option<f64>> {
    Ok(Some(match name {
        "atan2" => x.atan2(y),
        "copysign" => x.copysign(y),
        "fmod" => x % y,
        "hypot" => x.hypot(y),
        "log" if y == 1.0 => return Err(Code::ExpressionValue.says("division by zero")),
        "log" => logarithm(x, f64::ln) / logarithm(y, f64::ln),
        "pow" if x == 0.0 && y < 0.0 || x < 0.0 && y.is_finite() && y.fract() != 0.0 => {
            return Err(Code::ExpressionValue.says(NO_VALUE));
        }
        "pow" => power(x, y)?,
        "remainder" => remainder(x, y),
        _ => return Ok(None),
    }))
}

/// IEEE remainder of `x` and `y`, as CPython computes it.
fn remainder(x: f64, y: f64) -> f64 {
    if x.is_finite() && y.is_infinite() {
        return x;
    }
    let (size, of) = (x.abs(), y.abs());
    let rest = size % of;
    let over = of - rest;
    let nearest = match rest.partial_cmp(&over) {
        Some(std::cmp::Ordering::Less) => rest,
        Some(std::cmp::Ordering::Greater) => -over,
        _ => rest - 2.0 * ((0.5 * (size - rest)) % of),
    };
    1_f64.copysign(x) * nearest
}

fn length(of: &[f64]) -> f64 {
    match of {
        [x, y] => x.hypot(*y),
        _ => of.iter().map(|x| x * x).sum::<f64>().sqrt(),
    }
}

/// A sum without rounding errors of the single additions (Shewchuk's partial sums).
fn exact_sum(numbers: &[f64]) -> f64 {
    let mut partials: Vec<f64> = Vec::new();
    for &number in numbers {
        let mut carried = number;
        let mut kept = Vec::new();
        for partial in partials {
            let (large, small) = if carried.abs() < partial.abs() {
                (partial, carried)
            } else {
                (carried, partial)
            };
            carried = large + small;
            let lost = small - (carried - large);
            if lost != 0.0 {
                kept.push(lost);
            }
        }
        kept.push(carried);
        partials = kept;
    }
    partials.iter().sum()
}

fn product(values: &[Value], start: Value, work: &Work) -> Outcome<Value> {
    values.iter().try_fold(start, |product, value| {
        super::operators::binary(ruff_python_ast::Operator::Mult, &product, value, work)
    })
}

fn of_integers(name: &str, arguments: &[Value], work: &Work) -> Outcome<Value> {
    let numbers: Option<Vec<i64>> = arguments.iter().map(Value::int).collect();
    let numbers =
        numbers.ok_or_else(|| Code::ExpressionType.says(format!("{name}(…) accepts only integers")))?;
    let result = match (name, numbers.as_slice()) {
        (_, []) if name == "gcd" => Some(0),
        (_, []) if name == "lcm" => Some(1),
        ("gcd", many) => many.iter().try_fold(0, |all, number| divisor(all, *number)),
        ("lcm", many) => many.iter().try_fold(1, |all, number| multiple(all, *number)),
        (_, many) if many.iter().any(|number| *number < 0) => {
            return Err(Code::ExpressionValue.says(NO_VALUE));
        }
        ("isqrt", [of]) => Some(of.isqrt()),
        ("factorial" | "perm", [of]) => falling(*of, *of, work)?,
        ("perm", [of, count]) => falling(*of, *count, work)?,
        ("comb", [of, count]) => choices(*of, *count, work)?,
        (_, many) => {
            return Err(
                Code::ExpressionType.says(format!("{name}(…) does not accept {} arguments", many.len()))
            );
        }
    };
    let result = result.map(Value::Int);
    result.ok_or_else(|| Code::ExpressionValue.says(super::operators::TOO_LARGE))
}

fn divisor(left: i64, right: i64) -> Option<i64> {
    match right {
        0 => left.checked_abs(),
        _ => divisor(right, modulo(left, right)),
    }
}

fn multiple(left: i64, right: i64) -> Option<i64> {
    match divisor(left, right)? {
        0 => Some(0),
        common => floor_divide(left, common)?.checked_mul(right)?.checked_abs(),
    }
}

/// `of · (of - 1) · …`, `count` factors.
fn falling(of: i64, count: i64, work: &Work) -> Outcome<Option<i64>> {
    if count > of {
        return Ok(Some(0));
    }
    let mut product = 1_i64;
    for factor in 0..count {
        work.spend(1)?;
        match product.checked_mul(of - factor) {
            Some(next) => product = next,
            None => return Ok(None),
        }
    }
    Ok(Some(product))
}

fn choices(of: i64, count: i64, work: &Work) -> Outcome<Option<i64>> {
    let count = count.min(of.saturating_sub(count));
    if count < 0 {
        return Ok(Some(0));
    }
    let mut product = 1_i128;
    for factor in 0..i128::from(count) {
        work.spend(1)?;
        product = product * (i128::from(of) - factor) / (factor + 1);
        if product > i128::from(i64::MAX) {
            return Ok(None);
        }
    }
    Ok(i64::try_from(product).ok())
}
