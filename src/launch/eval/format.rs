//! Values into text by a form: f-strings, `str.format`, `%`.

use super::arguments::Arguments;
use super::value::{Number, Value, get, repr, text};
use super::work::Work;
use crate::launch::limits;
use crate::launch::place::{Fault, Outcome};
use crate::launch::python::float_text;

/// How one value is written: `[[fill]align][sign][#][0][width][,][.precision][kind]`.
#[derive(Clone, Copy, Default)]
struct Form {
    fill: Option<char>,
    align: Option<char>,
    sign: Option<char>,
    prefix: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    /// Digits a whole number has at least.
    digits: usize,
    kind: Option<char>,
}

/// What `!r`, `!s` and `!a` make of a value.
pub(super) fn convert(value: Value, conversion: Option<char>) -> Outcome<Value> {
    Ok(match conversion {
        None => value,
        Some('r') => Value::Text(repr(&value)?),
        Some('a') => Value::Text(ascii(&repr(&value)?)),
        Some(_) => Value::Text(text(&value)?),
    })
}

fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match u32::from(c) {
            0..=0x7f => out.push(c),
            code @ ..=0xff => out.push_str(&format!("\\x{code:02x}")),
            code @ ..=0xffff => out.push_str(&format!("\\u{code:04x}")),
            code => out.push_str(&format!("\\U{code:08x}")),
        }
    }
    out
}

/// `format(value, form)`.
pub(super) fn format(value: &Value, form: &str, work: &Work) -> Outcome<String> {
    if form.is_empty() {
        return text(value);
    }
    let parsed = Form::read(form)?;
    work.spend(
        parsed
            .width
            .saturating_add(parsed.precision.unwrap_or(0))
            .saturating_mul(4),
    )?;
    match value {
        Value::Text(text) => parsed.text(text),
        value => match Number::of(value) {
            Some(number) => parsed.number(number),
            None => Err(format!("{} takes no form, here '{form}'", value.what()).into()),
        },
    }
}

impl Form {
    fn read(form: &str) -> Outcome<Self> {
        let letters: Vec<char> = form.chars().collect();
        let mut rest = letters.as_slice();
        let mut read = Self::default();
        if let [fill, align @ ('<' | '>' | '^' | '='), after @ ..] = rest {
            (read.fill, read.align, rest) = (Some(*fill), Some(*align), after);
        } else if let [align @ ('<' | '>' | '^' | '='), after @ ..] = rest {
            (read.align, rest) = (Some(*align), after);
        }
        read.sign = take(&mut rest, &['+', '-', ' ']);
        read.prefix = take(&mut rest, &['#']).is_some();
        if take(&mut rest, &['0']).is_some() {
            read.fill.get_or_insert('0');
            read.align.get_or_insert('=');
        }
        read.width = number(&mut rest)?.unwrap_or(0);
        read.grouping = take(&mut rest, &[',', '_']);
        if take(&mut rest, &['.']).is_some() {
            read.precision = Some(number(&mut rest)?.ok_or("a precision is missing after '.'")?);
        }
        read.kind = take(
            &mut rest,
            &[
                'b', 'c', 'd', 'e', 'E', 'f', 'F', 'g', 'G', 'o', 's', 'x', 'X', '%',
            ],
        );
        match rest {
            [] if read.grouping == Some(',')
                && matches!(read.kind, Some('b' | 'o' | 'x' | 'X' | 'c' | 's')) =>
            {
                Err(format!("',' does not go with '{form}'").into())
            }
            [] => Ok(read),
            _ => Err(format!("the form '{form}' is not understood").into()),
        }
    }

    fn text(&self, text: &str) -> Outcome<String> {
        if self.sign.is_some()
            || self.prefix
            || self.grouping.is_some()
            || !matches!(self.kind, None | Some('s'))
        {
            return Err("this form is for numbers, not for a text".into());
        }
        if self.align == Some('=') && self.fill != Some('0') {
            return Err("'=' is for numbers".into());
        }
        let cut: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        let align = self.align.filter(|align| *align != '=').unwrap_or('<');
        Ok(self.padded("", &cut, align))
    }

    fn number(&self, number: Number) -> Outcome<String> {
        let negative = match number {
            Number::Int(number) => number < 0,
            Number::Float(number) => number.is_sign_negative() && !number.is_nan(),
        };
        let digits = match (number, self.kind) {
            (Number::Int(number), None | Some('b' | 'c' | 'd' | 'o' | 'x' | 'X')) => {
                self.filled(self.integer(number)?)
            }
            (_, None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => self.float(number.float().abs()),
            (_, kind) => return Err(format!("'{}' is not for this number", kind.unwrap_or(' ')).into()),
        };
        let sign = match (negative, self.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        };
        let (prefix, digits) = match (self.prefix, self.kind) {
            (true, Some(kind @ ('b' | 'o' | 'x' | 'X'))) => (format!("{sign}0{kind}"), digits),
            _ => (sign.to_owned(), digits),
        };
        Ok(self.padded(
            &prefix,
            &self.grouped(&digits, prefix.len()),
            self.align.unwrap_or('>'),
        ))
    }

    fn integer(&self, number: i64) -> Outcome<String> {
        if self.precision.is_some() {
            return Err("a precision is not for whole numbers".into());
        }
        let size = number.unsigned_abs();
        Ok(match self.kind {
            Some('b') => format!("{size:b}"),
            Some('o') => format!("{size:o}"),
            Some('x') => format!("{size:x}"),
            Some('X') => format!("{size:X}"),
            Some('c') => {
                let letter = u32::try_from(number).ok().and_then(char::from_u32);
                letter.ok_or("that is no letter's number")?.to_string()
            }
            _ => size.to_string(),
        })
    }

    /// Zeros before a whole number that is too short.
    fn filled(&self, digits: String) -> String {
        let missing = self.digits.saturating_sub(digits.len());
        "0".repeat(missing) + &digits
    }

    fn float(&self, number: f64) -> String {
        let precision = self.precision.unwrap_or(6);
        if !number.is_finite() {
            let percent = if self.kind == Some('%') { "%" } else { "" };
            let upper = matches!(self.kind, Some('E' | 'F' | 'G'));
            let written = float_text(number.abs());
            return if upper { written.to_uppercase() } else { written } + percent;
        }
        match self.kind {
            Some('f' | 'F') => format!("{number:.precision$}") + self.point(precision),
            Some('%') => format!("{:.precision$}{}%", number * 100.0, self.point(precision)),
            Some('e') => exponential(number, precision, self.point(precision)),
            Some('E') => exponential(number, precision, self.point(precision)).to_uppercase(),
            Some('G') => general(number, precision, self.prefix, 0).to_uppercase(),
            Some(_) => general(number, precision, self.prefix, 0),
            None => match self.precision {
                None => float_text(number),
                Some(precision) => general(number, precision, self.prefix, 1),
            },
        }
    }

    /// The point that `#` asks for where no digits follow.
    fn point(&self, precision: usize) -> &'static str {
        if self.prefix && precision == 0 { "." } else { "" }
    }

    /// Separators between thousands, and between the zeros that fill the width.
    fn grouped(&self, digits: &str, sign: usize) -> String {
        let Some(separator) = self.grouping else {
            return digits.to_owned();
        };
        let every = if matches!(self.kind, Some('b' | 'o' | 'x' | 'X')) {
            4
        } else {
            3
        };
        let end = digits.find(|c: char| !c.is_ascii_hexdigit() || (c == 'e' && self.kind != Some('x')));
        let (mut whole, rest) = {
            let (whole, rest) = digits.split_at(end.unwrap_or(digits.len()));
            (whole.to_owned(), rest)
        };
        if self.align == Some('=') && self.fill == Some('0') {
            let room = self.width.saturating_sub(sign + rest.len());
            while whole.len() + (whole.len() - 1) / every < room {
                whole.insert(0, '0');
            }
        }
        let mut out = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(every) {
                out.push(separator);
            }
            out.push(digit);
        }
        out + rest
    }

    fn padded(&self, sign: &str, body: &str, align: char) -> String {
        let missing = self.width.saturating_sub(sign.len() + body.chars().count());
        let fill = |count: usize| self.fill.unwrap_or(' ').to_string().repeat(count);
        match align {
            '<' => format!("{sign}{body}{}", fill(missing)),
            '^' => format!("{}{sign}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => format!("{sign}{}{body}", fill(missing)),
            _ => format!("{}{sign}{body}", fill(missing)),
        }
    }
}

fn take(rest: &mut &[char], among: &[char]) -> Option<char> {
    let (first, after) = rest.split_first()?;
    among.contains(first).then(|| {
        *rest = after;
        *first
    })
}

fn number(rest: &mut &[char]) -> Outcome<Option<usize>> {
    let length = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(length);
    *rest = after;
    let digits: String = digits.iter().collect();
    match digits.parse() {
        _ if digits.is_empty() => Ok(None),
        Ok(number) if number <= limits::FORM_WIDTH => Ok(Some(number)),
        _ => Err(format!("a width of {digits} is too much").into()),
    }
}

/// `%e`: Rust writes no sign and no second digit of the exponent.
fn exponential(number: f64, precision: usize, point: &str) -> String {
    let written = format!("{number:.precision$e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{digits}{point}e-{exponent:0>2}"),
        None => format!("{digits}{point}e+{exponent:0>2}"),
    }
}

/// `%g`: the shorter of both ways, without zeros at the end. `keep` digits stay after the point.
fn general(number: f64, precision: usize, zeros: bool, keep: usize) -> String {
    let precision = precision.max(1);
    let scientific = exponential(number, precision - 1, "");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    let limit = i64::try_from(precision).unwrap_or(i64::MAX) - i64::try_from(keep).unwrap_or(0);
    if exponent < -4 || exponent >= limit.max(if keep > 0 { 1 } else { 0 }) && exponent >= limit {
        let (_, written) = scientific.split_at(digits.len());
        return trimmed(digits, zeros, 0) + written;
    }
    let places = usize::try_from(i64::try_from(precision).unwrap_or(0) - 1 - exponent).unwrap_or(0);
    trimmed(&format!("{number:.places$}"), zeros, keep)
}

fn trimmed(digits: &str, zeros: bool, keep: usize) -> String {
    if zeros {
        return if digits.contains('.') {
            digits.to_owned()
        } else {
            format!("{digits}.")
        };
    }
    let short = match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.'),
        false => digits,
    };
    match keep > 0 && !short.contains('.') {
        true => format!("{short}.0"),
        false => short.to_owned(),
    }
}

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
            return Err(format!("a bracket in '{form}' has no partner; write it twice to keep it").into());
        }
        let end = field_end(after).ok_or_else(|| format!("a '{{' in '{form}' is not closed"))?;
        out.push_str(&field(&after[..end], arguments, work, next, depth)?);
        work.spend(out.len())?;
        rest = &after[end + 1..];
    }
    Ok(out + rest)
}

/// Where the field ends that `text` begins with.
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
        Some(other) => Err(format!("'!{other}' is no conversion").into()),
    }
}

fn argument(name: &str, arguments: &Arguments, next: &mut usize) -> Outcome<Value> {
    let missing = || Fault(format!("there is no argument for '{{{name}}}'"));
    if name.contains(['.', '[']) {
        return Err(format!("'{{{name}}}' reaches into a value, which is not evaluated here").into());
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
        Some(left) if !matches!(values, Value::Dict(_)) => {
            Err(format!("{} is left over beside '{form}'", left.what()).into())
        }
        _ => Ok(Value::Text(out + rest)),
    }
}

/// What the directive makes that `text` begins with, and what follows it.
fn directive<'a>(
    text: &'a str,
    values: &Value,
    given: &mut std::vec::IntoIter<Value>,
    work: &Work,
) -> Outcome<(String, &'a str)> {
    let (key, text) = key(text)?;
    let end = text
        .find(|c: char| c.is_ascii_alphabetic() || c == '%')
        .ok_or("a '%' says nothing; write %% to keep it")?;
    let (form, kind, after) = (&text[..end], &text[end..=end], &text[end + 1..]);
    if kind == "%" {
        return Ok(("%".to_owned(), after));
    }
    let value = match (key, values) {
        (Some(key), Value::Dict(entries)) => get(entries, &Value::text(key)).cloned(),
        (Some(_), _) => None,
        (None, _) => given.next(),
    };
    let value = value.ok_or("there are more '%' than values")?;
    Ok((write(&value, form, kind, work)?, after))
}

/// The `(name)` that a directive may begin with.
fn key(text: &str) -> Outcome<(Option<&str>, &str)> {
    match text.strip_prefix('(') {
        None => Ok((None, text)),
        Some(rest) => match rest.split_once(')') {
            Some((key, rest)) => Ok((Some(key), rest)),
            None => Err("a '%(' is not closed".into()),
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
        return Err(format!("'%{form}{kind}' is not understood").into());
    }
    work.spend(
        parsed
            .width
            .saturating_add(parsed.precision.unwrap_or(0))
            .saturating_mul(4),
    )?;
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
        return Err(format!("%{kind} takes a number, not {}", value.what()).into());
    };
    form.kind = kind.chars().next();
    match (kind, number) {
        ("d" | "i" | "u", _) => {
            form.kind = Some('d');
            form.digits = form.precision.take().unwrap_or(0);
            match super::math::whole(value, f64::trunc)?.int() {
                Some(whole) => form.number(Number::Int(whole)),
                None => Err("that is no whole number".into()),
            }
        }
        ("x" | "X" | "o", Number::Int(_)) => {
            form.digits = form.precision.take().unwrap_or(0);
            form.number(number)
        }
        ("e" | "E" | "f" | "F" | "g" | "G", _) => form.number(number),
        _ => Err(format!("'%{kind}' does not take {}", value.what()).into()),
    }
}
