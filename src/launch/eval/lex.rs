//! Text into words.

use crate::launch::limits;
use crate::launch::place::Outcome;
use crate::launch::value::Value;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A number or a text.
    Value(Value),
    /// A name or a keyword.
    Name(String),
    /// An operator or a bracket.
    Symbol(&'static str),
}

/// Longest first, so that `**` is not taken for two `*`.
const SYMBOLS: &[&str] = &[
    "**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", ".", "<", ">",
];

/// The words of `text`.
pub(super) fn tokens(text: &str) -> Outcome<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' | '"' => quoted(rest, first, false)?,
            'r' | 'R' if rest[1..].starts_with(['\'', '"']) => raw(rest)?,
            c if c.is_ascii_digit() => number(rest)?,
            '.' if rest[1..].starts_with(|c: char| c.is_ascii_digit()) => number(rest)?,
            c if c == '_' || c.is_alphabetic() => name(rest),
            _ => symbol(rest)?,
        };
        tokens.push(token);
        if tokens.len() > limits::WORDS {
            return Err(format!("the expression has more than {} words", limits::WORDS).into());
        }
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn name(text: &str) -> (Token, usize) {
    let end = text
        .find(|c: char| c != '_' && !c.is_alphanumeric())
        .unwrap_or(text.len());
    (Token::Name(text[..end].to_owned()), end)
}

fn symbol(text: &str) -> Outcome<(Token, usize)> {
    match SYMBOLS.iter().find(|symbol| text.starts_with(**symbol)) {
        Some(symbol) => Ok((Token::Symbol(symbol), symbol.len())),
        None => Err(format!("'{}' is not understood", text.chars().take(1).collect::<String>()).into()),
    }
}

fn raw(text: &str) -> Outcome<(Token, usize)> {
    let quote = if text[1..].starts_with('\'') { '\'' } else { '"' };
    let (token, length) = quoted(&text[1..], quote, true)?;
    Ok((token, length + 1))
}

fn quoted(text: &str, quote: char, raw: bool) -> Outcome<(Token, usize)> {
    let mut out = String::new();
    let mut rest = text.char_indices().skip(1);
    while let Some((at, c)) = rest.next() {
        match c {
            c if c == quote => return Ok((Token::Value(Value::Text(out)), at + 1)),
            '\\' => {
                let (_, next) = rest.next().ok_or("a quotation mark is not closed")?;
                if raw {
                    out.extend(['\\', next]);
                } else {
                    escape(next, &mut out);
                }
            }
            c => out.push(c),
        }
    }
    Err(format!("a {quote} is not closed").into())
}

fn escape(c: char, out: &mut String) {
    match c {
        'n' => out.push('\n'),
        't' => out.push('\t'),
        'r' => out.push('\r'),
        '\n' => {}
        '\\' | '\'' | '"' => out.push(c),
        other => out.extend(['\\', other]),
    }
}

fn number(text: &str) -> Outcome<(Token, usize)> {
    let lower = text.get(..2).map(str::to_ascii_lowercase);
    for (prefix, base) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if lower.as_deref() == Some(prefix) {
            return based(text, base);
        }
    }
    let length = decimal_length(text);
    let digits = text[..length].replace('_', "");
    let value = if digits.contains(['.', 'e', 'E']) {
        digits.parse().ok().map(Value::Float)
    } else if digits.len() > 1 && digits.starts_with('0') && !digits.trim_matches('0').is_empty() {
        return Err(format!("'{digits}' starts with 0; write 0o… for an octal number").into());
    } else {
        digits.parse().ok().map(Value::Int)
    };
    let value = value.ok_or_else(|| format!("'{digits}' is no number podbay can hold"))?;
    Ok((Token::Value(value), length))
}

fn based(text: &str, base: u32) -> Outcome<(Token, usize)> {
    let digits = &text[2..];
    let end = digits
        .find(|c: char| c != '_' && !c.is_alphanumeric())
        .unwrap_or(digits.len());
    let value = i64::from_str_radix(&digits[..end].replace('_', ""), base);
    match value {
        Ok(value) => Ok((Token::Value(Value::Int(value)), end + 2)),
        Err(_) => Err(format!("'{}' is no number podbay can hold", &text[..end + 2]).into()),
    }
}

fn decimal_length(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = &text[from..];
        from + rest
            .find(|c: char| c != '_' && !c.is_ascii_digit())
            .unwrap_or(rest.len())
    };
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        if text[end + 1 + sign..].starts_with(|c: char| c.is_ascii_digit()) {
            end = digits(end + 1 + sign);
        }
    }
    end
}
