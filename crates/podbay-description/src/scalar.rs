//! Types of unquoted scalars.

use std::sync::LazyLock;

use regex::Regex;

use super::python;

/// Name of the value of a merge key `<<`.
pub const MERGE: &str = "a merge key";
/// Name of the value of a lone `=`.
pub const EQUALS: &str = "a lone '='";

/// A scalar, typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Float(f64),
    /// Text.
    Text(String),
    /// A value that no launch file can use, such as a date or a number that is too large; its description for
    /// a person.
    Other(&'static str),
}

/// The rules for the type of a plain scalar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schema {
    /// PyYAML: YAML 1.1 (`yes` is true, `010` is 8, `1:30` is 90, `1e3` is text).
    Python,
    /// rcl's parameter parser: C's rules for numbers (`1e3` is 1000.0).
    Rcl,
}

impl Schema {
    /// The value of a plain scalar.
    pub fn resolve(self, text: &str) -> Scalar {
        match self {
            Self::Python => python(text),
            Self::Rcl => rcl(text),
        }
    }
}

/// How rcl reads a text in a parameter file that ROS writes. PyYAML omits the quotes of what it considers
/// text, but rcl reads some of it as numbers and booleans (`1e-3`, `inf`, `08`, `y`). `None` if text remains
/// text.
pub(crate) fn reread(text: &str) -> Option<Scalar> {
    if text.contains(char::is_whitespace) || !matches!(python(text), Scalar::Text(_)) {
        return None;
    }
    Some(rcl(text)).filter(|value| matches!(value, Scalar::Bool(_) | Scalar::Int(_) | Scalar::Float(_)))
}

/// The value of a scalar with a core tag of YAML; `None` if tag or text do not match.
pub fn tagged(text: &str, tag: &str) -> Option<Scalar> {
    let value = python(text);
    match (tag, &value) {
        ("str", _) => Some(Scalar::Text(text.to_owned())),
        ("bool", Scalar::Bool(_)) | ("int", Scalar::Int(_)) | ("float", Scalar::Float(_)) => Some(value),
        ("null", _) => Some(Scalar::Null),
        ("timestamp", Scalar::Other(_)) => Some(value),
        ("binary", _) => Some(Scalar::Other("binary data")),
        ("float", Scalar::Int(number)) => Some(Scalar::Float(*number as f64)),
        _ => None,
    }
}

fn python(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "<<" => return Scalar::Other(MERGE),
        "=" => return Scalar::Other(EQUALS),
        _ => {}
    }
    if let Some(value) = boolean(text) {
        return Scalar::Bool(value);
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Scalar::Text(text.to_owned());
    }
    if is_date(text) {
        return Scalar::Other("a date");
    }
    integer(text)
        .or_else(|| float(text).map(Scalar::Float))
        .unwrap_or_else(|| Scalar::Text(text.to_owned()))
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Some(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => Some(false),
        _ => None,
    }
}

fn integer(text: &str) -> Option<Scalar> {
    let (sign, digits) = signed(text);
    let number = if let Some(binary) = digits.strip_prefix("0b") {
        radix(binary, 2)
    } else if let Some(hex) = digits.strip_prefix("0x") {
        radix(hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        radix(&digits[1..], 8)
    } else if digits.contains(':') {
        sexagesimal_int(digits)
    } else {
        radix(digits, 10)
    };
    let number = number?.and_then(|number| i64::try_from(sign * number).ok());
    Some(number.map_or(TOO_LARGE, Scalar::Int))
}

const TOO_LARGE: Scalar = Scalar::Other("an integer of more than 64 bits");

/// The number, or `Some(None)` if it is too large; `None` if `digits` is not a number in this base.
fn radix(digits: &str, base: u32) -> Option<Option<i128>> {
    let fits = |c: char| c.is_digit(base) || c == '_';
    let leading = base != 10 || digits.starts_with(|c: char| c.is_ascii_digit());
    if digits.is_empty() || !digits.chars().all(fits) || !leading {
        return None;
    }
    let plain = digits.replace('_', "");
    if plain.is_empty() {
        return if base == 8 { Some(Some(0)) } else { None };
    }
    Some(i128::from_str_radix(&plain, base).ok())
}

fn sexagesimal_int(digits: &str) -> Option<Option<i128>> {
    let mut parts = digits.split(':');
    let first = parts.next()?;
    if !first.starts_with(|c: char| matches!(c, '1'..='9')) {
        return None;
    }
    let mut total = radix(first, 10)?;
    for part in parts {
        let minutes = sixtieth(part)?;
        total = total.and_then(|total| total.checked_mul(60)?.checked_add(minutes));
    }
    Some(total)
}

fn sixtieth(part: &str) -> Option<i128> {
    let short = matches!(part.len(), 1 | 2) && part.chars().all(|c| c.is_ascii_digit());
    part.parse().ok().filter(|&number: &i128| short && number < 60)
}

fn float(text: &str) -> Option<f64> {
    let (sign, unsigned) = signed(text);
    let sign = sign as f64;
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(sign * f64::INFINITY),
        ".nan" | ".NaN" | ".NAN" if unsigned == text => return Some(f64::NAN),
        _ => {}
    }
    if let Some((minutes, rest)) = unsigned.rsplit_once(':') {
        return sexagesimal_float(minutes, rest).map(|value| sign * value);
    }
    // a dot is required, and an exponent requires a sign
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    if let Some(exponent) = exponent {
        let digits = exponent.strip_prefix(['+', '-'])?;
        if digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
            return None;
        }
    }
    let (whole, fraction) = mantissa.split_once('.')?;
    let leading = if whole.is_empty() { fraction } else { whole };
    let digits = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c == '_');
    if !leading.starts_with(|c: char| c.is_ascii_digit()) || !digits(whole) || !digits(fraction) {
        return None;
    }
    // PyYAML accepts no sign before a leading dot
    if whole.is_empty() && unsigned != text {
        return None;
    }
    unsigned
        .replace('_', "")
        .parse()
        .ok()
        .map(|value: f64| sign * value)
}

fn sexagesimal_float(minutes: &str, seconds: &str) -> Option<f64> {
    let whole = match minutes.contains(':') {
        true => sexagesimal_int(minutes)?,
        false => radix(minutes, 10)?,
    }?;
    let (seconds, fraction) = seconds.split_once('.')?;
    let fraction = fraction.replace('_', "");
    let parsed: f64 = format!("0.{fraction}0").parse().ok()?;
    Some((whole as f64) * 60.0 + (sixtieth(seconds)? as f64) + parsed)
}

fn signed(text: &str) -> (i128, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// `2024-01-31`, with or without a time of day.
fn is_date(text: &str) -> bool {
    TIMESTAMP.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

/// PyYAML's pattern.
static TIMESTAMP: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let day = r"\d{4}-\d{2}-\d{2}";
    let time = r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|[ \t]+)\d{1,2}:\d{2}:\d{2}(?:\.\d*)?";
    let zone = r"(?:[ \t]*(?:Z|[-+]\d{1,2}(?::\d{2})?))?";
    Regex::new(&format!("^(?-u:{day}|{time}{zone})$")).ok()
});

fn rcl(text: &str) -> Scalar {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "Y" | "y" => return Scalar::Bool(true),
        "N" | "n" => return Scalar::Bool(false),
        _ => {}
    }
    if let Some(value) = boolean(text) {
        return Scalar::Bool(value);
    }
    if let Some(Scalar::Int(number)) = c_integer(text) {
        return Scalar::Int(number);
    }
    let foreign = |c: char| c == '_' || c.is_whitespace();
    let number = python::parse_float(text).filter(|_| !text.contains(foreign));
    // a number that is too large remains text
    let number = number.filter(|number| number.is_finite() || !text.contains(|c: char| c.is_ascii_digit()));
    match number.or_else(|| dotted_name(text)) {
        Some(number) => Scalar::Float(number),
        None => Scalar::Text(text.to_owned()),
    }
}

fn c_integer(text: &str) -> Option<Scalar> {
    match text.contains([':', '_', 'b', 'B']) && !text.contains(['x', 'X']) {
        true => None,
        false => integer(&text.replacen('X', "x", 1)),
    }
}

fn dotted_name(text: &str) -> Option<f64> {
    float(text).filter(|number| !number.is_finite())
}
