//! Printing and parsing of values as in Python, where that is visible in ROS.

use super::value::Value;
use podbay_description::python::without_underscores;
pub(super) use podbay_description::python::{parse_float, shell_split};

/// `str(value)`.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => repr(other),
    }
}

/// `repr(value)`.
pub(super) fn repr(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => float_text(*value),
        Value::Text(text) => quoted(text),
        Value::List(items) => format!("[{}]", reprs(items)),
        Value::Tuple(items) if items.len() == 1 => format!("({},)", reprs(items)),
        Value::Tuple(items) => format!("({})", reprs(items)),
        Value::Other(what) => format!("<{what}>"),
    }
}

fn reprs(items: &[Value]) -> String {
    items.iter().map(repr).collect::<Vec<_>>().join(", ")
}

/// `repr` of a text.
pub(super) fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') {
        '"'
    } else {
        '\''
    };
    let mut out = String::from(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() || c == '\u{ad}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c if c.is_whitespace() && c != ' ' => match u32::from(c) {
                code @ ..=0xff => out.push_str(&format!("\\x{code:02x}")),
                code => out.push_str(&format!("\\u{code:04x}")),
            },
            c if c == quote => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

/// `repr` of a float: the shortest digits that parse to the same value, with an exponent below 1e-4 and from
/// 1e16 on.
pub(super) fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    let scientific = shortest(value);
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    if value == 0.0 || (1e-4..1e16).contains(&value.abs()) {
        let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let shift = exponent.parse().unwrap_or(0);
        let places = i64::try_from(places).unwrap_or(0).saturating_sub(shift);
        return format!("{value:.0$}", usize::try_from(places.max(1)).unwrap_or(1));
    }
    match exponent.strip_prefix('-') {
        Some(negative) => format!("{digits}e-{negative:0>2}"),
        None => format!("{digits}e+{exponent:0>2}"),
    }
}

/// The shortest digits. Of two equally close ones, those with an even last digit, unlike Rust.
fn shortest(value: f64) -> String {
    let short = format!("{value:e}");
    let digits = short.split_once('e').map_or("", |(digits, _)| digits);
    let places = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let even = format!("{value:.places$e}");
    if even.parse() == Ok(value) { even } else { short }
}

/// `int(text)`.
pub(super) fn parse_int(text: &str) -> Option<i64> {
    without_underscores(text.trim())?.parse().ok()
}

/// Python's `math.isclose`.
pub(super) fn is_close(left: f64, right: f64, relative: f64, absolute: f64) -> bool {
    if left == right {
        return true;
    }
    let finite = left.is_finite() && right.is_finite();
    let apart = (left - right).abs();
    finite && (apart <= relative * left.abs().max(right.abs()) || apart <= absolute)
}
