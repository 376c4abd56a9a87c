//! Format strings: `str.format` and `%`.

use super::arguments::Arguments;
use super::format::{Form, convert, format, number, take};
use super::value::{Number, Value, get, text};
use super::work::Work;
use crate::place::Outcome;
use podbay_text::diagnostic::Code;

/// `form.format(arguments)`.
pub(super) fn fill(form: &str, arguments: &Arguments, work: &Work) -> Outcome<String> {
    let mut next = 0;
    fill_at(form, arguments, work, &mut next, 0)
}

fn fill_at(
    form: &str,
    arguments: &Arguments,
    work: &Work,
    next: &mut usize,
    depth: usize,
) -> Outcome<String> {
    let mut out = String::new();
    let mut rest = form;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if after.starts_with(&rest[at..=at]) {
            out.push_str(&after[..1]);
            rest = &after[1..];
            continue;
        }
        if rest[at..].starts_with('}') || depth > 1 {
            return Err(Code::Form
                .says(format!("unmatched bracket in '{form}'"))
                .help("write it twice for the character itself"));
        }
        let end = field_end(after).ok_or_else(|| Code::Form.says(format!("unclosed '{{' in '{form}'")))?;
        out.push_str(&field(&after[..end], arguments, work, next, depth)?);
        work.spend(out.len())?;
        rest = &after[end + 1..];
    }
    Ok(out + rest)
}

/// The end of the field at the start of `text`.
fn field_end(text: &str) -> Option<usize> {
    let mut depth = 0;
    text.bytes().position(|c| {
        match c {
            b'{' => depth += 1,
            b'}' => depth -= 1,
            _ => {}
        }
        depth < 0
    })
}

fn field(field: &str, arguments: &Arguments, work: &Work, next: &mut usize, depth: usize) -> Outcome<String> {
    let (head, form) = field.split_once(':').unwrap_or((field, ""));
    let (name, conversion) = match head.split_once('!') {
        Some((name, conversion)) => (name, Some(conversion)),
        None => (head, None),
    };
    let value = convert(argument(name, arguments, next)?, conversion_of(conversion)?)?;
    let form = fill_at(form, arguments, work, next, depth + 1)?;
    format(&value, &form, work)
}

fn conversion_of(written: Option<&str>) -> Outcome<Option<char>> {
    match written {
        None => Ok(None),
        Some("r") => Ok(Some('r')),
        Some("s") => Ok(Some('s')),
        Some("a") => Ok(Some('a')),
        Some(other) => Err(Code::Form.says(format!("unknown conversion '!{other}'"))),
    }
}

fn argument(name: &str, arguments: &Arguments, next: &mut usize) -> Outcome<Value> {
    let missing = || Code::Form.says(format!("no argument for '{{{name}}}'"));
    if name.contains(['.', '[']) {
        return Err(Code::UnsupportedPython.says(format!(
            "'{{{name}}}' accesses part of a value, which is not supported"
        )));
    }
    let place = match name {
        "" => {
            *next += 1;
            Some(*next - 1)
        }
        name => name.parse().ok(),
    };
    match place {
        Some(place) => arguments.values.get(place).cloned().ok_or_else(missing),
        None => {
            let found = arguments.named.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone()).ok_or_else(missing)
        }
    }
}

/// `form % values`.
pub(super) fn percent(form: &str, values: &Value, work: &Work) -> Outcome<Value> {
    let several = match values {
        Value::Tuple(values) => values.clone(),
        one => vec![one.clone()],
    };
    let mut given = several.into_iter();
    let mut out = String::new();
    let mut rest = form;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let (written, after) = directive(&rest[at + 1..], values, &mut given, work)?;
        out.push_str(&written);
        work.spend(out.len())?;
        rest = after;
    }
    match given.next() {
        Some(left) if !matches!(values, Value::Dict(_) | Value::List(_) | Value::Range(..)) => {
            Err(Code::Form.says(format!("{} is not used by '{form}'", left.what())))
        }
        _ => Ok(Value::Text(out + rest)),
    }
}

/// The result of the directive at the start of `text`, and the rest.
fn directive<'a>(
    text: &'a str,
    values: &Value,
    given: &mut std::vec::IntoIter<Value>,
    work: &Work,
) -> Outcome<(String, &'a str)> {
    let (key, text) = key(text)?;
    let end = text
        .find(|c: char| c.is_ascii_alphabetic() || c == '%')
        .ok_or_else(|| {
            Code::Form
                .says("incomplete '%'")
                .help("use %% for the character itself")
        })?;
    let (form, kind, after) = (&text[..end], &text[end..=end], &text[end + 1..]);
    if kind == "%" {
        return Ok(("%".to_owned(), after));
    }
    let value = match (key, values) {
        (Some(key), Value::Dict(entries)) => get(entries, &Value::text(key)).cloned(),
        (Some(_), _) => None,
        (None, _) => given.next(),
    };
    let value = value.ok_or_else(|| Code::Form.says("more '%' than values"))?;
    Ok((write(&value, form, kind, work)?, after))
}

/// The optional `(name)` of a directive.
fn key(text: &str) -> Outcome<(Option<&str>, &str)> {
    match text.strip_prefix('(') {
        None => Ok((None, text)),
        Some(rest) => match rest.split_once(')') {
            Some((key, rest)) => Ok((Some(key), rest)),
            None => Err(Code::Form.says("unclosed '%('")),
        },
    }
}

fn write(value: &Value, form: &str, kind: &str, work: &Work) -> Outcome<String> {
    let letters: Vec<char> = form.chars().collect();
    let flags = letters
        .iter()
        .take_while(|c| matches!(c, '#' | '0' | '-' | ' ' | '+'))
        .count();
    let (flags, mut rest) = letters.split_at(flags);
    let mut parsed = Form {
        width: number(&mut rest)?.unwrap_or(0),
        prefix: flags.contains(&'#'),
        sign: flags
            .iter()
            .copied()
            .find(|flag| *flag == '+')
            .or(flags.iter().copied().find(|flag| *flag == ' ')),
        ..Form::default()
    };
    if take(&mut rest, &['.']).is_some() {
        parsed.precision = Some(number(&mut rest)?.unwrap_or(0));
    }
    if !rest.is_empty() {
        return Err(Code::Form.says(format!("invalid format '%{form}{kind}'")));
    }
    parsed.spend(work)?;
    parsed.align = Some(if flags.contains(&'-') { '<' } else { '>' });
    match kind {
        "s" | "r" | "a" => {
            (parsed.sign, parsed.prefix) = (None, false);
            parsed.text(&text(&convert(value.clone(), kind.chars().next())?)?)
        }
        _ => {
            if flags.contains(&'0') && !flags.contains(&'-') {
                (parsed.fill, parsed.align) = (Some('0'), Some('='));
            }
            write_number(value, kind, parsed)
        }
    }
}

fn write_number(value: &Value, kind: &str, mut form: Form) -> Outcome<String> {
    let Some(number) = Number::of(value) else {
        return Err(Code::Form.says(format!("%{kind} requires a number, found {}", value.what())));
    };
    form.kind = kind.chars().next();
    match (kind, number) {
        ("d" | "i" | "u", _) => {
            form.kind = Some('d');
            form.digits = form.precision.take().unwrap_or(0);
            match super::math::whole(value, f64::trunc)?.int() {
                Some(whole) => form.number(Number::Int(whole)),
                None => Err(Code::ExpressionValue.says("not an integer")),
            }
        }
        ("x" | "X" | "o", Number::Int(_)) => {
            form.digits = form.precision.take().unwrap_or(0);
            form.number(number)
        }
        ("e" | "E" | "f" | "F" | "g" | "G", _) => form.number(number),
        _ => Err(Code::Form.says(format!("'%{kind}' does not accept {}", value.what()))),
    }
}
