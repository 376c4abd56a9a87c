//! Formatting of one value, as in f-strings and `format`.

use super::value::{Number, Value, repr, text};
use super::work::Work;
use crate::limits;
use crate::place::{Outcome, shown};
use crate::python::float_text;
use podbay_text::diagnostic::Code;

/// Format specification: `[[fill]align][sign][#][0][width][,][.precision][kind]`.
#[derive(Clone, Copy, Default)]
pub(super) struct Form {
    pub(super) fill: Option<char>,
    pub(super) align: Option<char>,
    pub(super) sign: Option<char>,
    pub(super) prefix: bool,
    pub(super) width: usize,
    pub(super) grouping: Option<char>,
    pub(super) precision: Option<usize>,
    /// Minimum number of digits of an integer.
    pub(super) digits: usize,
    pub(super) kind: Option<char>,
}

/// Applies `!r`, `!s` or `!a`.
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
    parsed.spend(work)?;
    match value {
        Value::Text(text) => parsed.text(text),
        value => match Number::of(value) {
            Some(number) => parsed.number(number),
            None => Err(Code::Form.says(format!(
                "{} does not support the format '{}'",
                value.what(),
                shown(form)
            ))),
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
            read.precision =
                Some(number(&mut rest)?.ok_or_else(|| Code::Form.says("missing precision after '.'"))?);
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
                Err(Code::Form.says(format!("',' cannot be used in the format '{}'", shown(form))))
            }
            [] => Ok(read),
            _ => Err(Code::Form.says(format!("invalid format '{}'", shown(form)))),
        }
    }

    /// Counts the size of a result, before it is created.
    pub(super) fn spend(&self, work: &Work) -> Outcome<()> {
        let characters = self.width.saturating_add(self.precision.unwrap_or(0));
        work.spend(characters.saturating_mul(4))
    }

    /// Formats a text.
    pub(super) fn text(&self, text: &str) -> Outcome<String> {
        if self.sign.is_some()
            || self.prefix
            || self.grouping.is_some()
            || !matches!(self.kind, None | Some('s'))
        {
            return Err(Code::Form.says("this format is for numbers, not for strings"));
        }
        if self.align == Some('=') && self.fill != Some('0') {
            return Err(Code::Form.says("'=' is for numbers"));
        }
        let cut: String = text.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
        let align = self.align.filter(|align| *align != '=').unwrap_or('<');
        Ok(self.padded("", &cut, align))
    }

    /// Formats a number.
    pub(super) fn number(&self, number: Number) -> Outcome<String> {
        let negative = match number {
            Number::Int(number) => number < 0,
            Number::Float(number) => number.is_sign_negative() && !number.is_nan(),
        };
        let digits = match (number, self.kind) {
            (Number::Int(number), None | Some('b' | 'c' | 'd' | 'o' | 'x' | 'X')) => {
                self.filled(self.integer(number)?)
            }
            (_, None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => self.float(number.float().abs()),
            (_, kind) => {
                return Err(Code::Form.says(format!(
                    "the format '{}' is not valid for this number",
                    kind.unwrap_or(' ')
                )));
            }
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
            return Err(Code::Form.says("integers have no precision"));
        }
        let size = number.unsigned_abs();
        Ok(match self.kind {
            Some('b') => format!("{size:b}"),
            Some('o') => format!("{size:o}"),
            Some('x') => format!("{size:x}"),
            Some('X') => format!("{size:X}"),
            Some('c') => {
                let letter = u32::try_from(number).ok().and_then(char::from_u32);
                letter
                    .ok_or_else(|| Code::ExpressionValue.says("not the code of a character"))?
                    .to_string()
            }
            _ => size.to_string(),
        })
    }

    /// Pads an integer with zeros.
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

    /// The decimal point that `#` requires even without digits.
    fn point(&self, precision: usize) -> &'static str {
        if self.prefix && precision == 0 { "." } else { "" }
    }

    /// Inserts thousands separators, also between the zeros that fill the width.
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

/// The next character, if it is one of `among`.
pub(super) fn take(rest: &mut &[char], among: &[char]) -> Option<char> {
    let (first, after) = rest.split_first()?;
    among.contains(first).then(|| {
        *rest = after;
        *first
    })
}

/// The next number.
pub(super) fn number(rest: &mut &[char]) -> Outcome<Option<usize>> {
    let length = rest.iter().take_while(|c| c.is_ascii_digit()).count();
    let (digits, after) = rest.split_at(length);
    *rest = after;
    let digits: String = digits.iter().collect();
    match digits.parse() {
        _ if digits.is_empty() => Ok(None),
        Ok(number) if number <= limits::FORM_WIDTH => Ok(Some(number)),
        _ => Err(Code::Form.says(format!("the width {digits} is too large"))),
    }
}

/// `%e`: Rust omits the sign and the second digit of the exponent.
fn exponential(number: f64, precision: usize, point: &str) -> String {
    let written = format!("{number:.precision$e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    match exponent.strip_prefix('-') {
        Some(exponent) => format!("{digits}{point}e-{exponent:0>2}"),
        None => format!("{digits}{point}e+{exponent:0>2}"),
    }
}

/// `%g`: the shorter notation, without trailing zeros. `keep` digits are kept after the point.
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
