//! Printing and parsing of values as in Python, where that is visible in ROS.

use super::value::Value;

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

/// `float(text)`.
pub(super) fn parse_float(text: &str) -> Option<f64> {
    let text = without_underscores(text.trim())?;
    let unsigned = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    let named = matches!(unsigned.as_str(), "inf" | "infinity" | "nan");
    if named || unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        text.parse().ok()
    } else {
        None
    }
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

/// Removes underscores between digits; `None` if there are others.
fn without_underscores(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    let misplaced = |(at, _): (usize, &str)| !(digit(at.checked_sub(1)) && digit(at.checked_add(1)));
    if text.match_indices('_').any(misplaced) {
        return None;
    }
    Some(text.replace('_', ""))
}

/// Splits a command line into words as Python's `shlex.split` does.
pub(super) fn shell_split(line: &str) -> Result<Vec<String>, &'static str> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
            '\'' | '"' => quoted_part(c, &mut rest, word.get_or_insert_default())?,
            '\\' => word
                .get_or_insert_default()
                .push(rest.next().ok_or("nothing follows the last backslash")?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Ok(words)
}

fn quoted_part(quote: char, rest: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), &'static str> {
    const OPEN: &str = "a quotation mark is not closed";
    loop {
        match rest.next().ok_or(OPEN)? {
            c if c == quote => return Ok(()),
            '\\' if quote == '"' => match rest.next().ok_or(OPEN)? {
                c @ ('"' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}
