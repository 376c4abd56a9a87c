//! Methods of strings.

use super::arguments::items;
use super::value::Value;
use super::work::Work;
use crate::place::{Outcome, shown};
use podbay_text::diagnostic::Code;

/// `text.name(values)`; `None` if there is no such method for these values.
pub(super) fn call(text: &str, name: &str, values: &[Value], work: &Work) -> Outcome<Option<Value>> {
    if let Some(value) = transformed(text, name, values).or_else(|| judged(text, name, values)) {
        return Ok(Some(value));
    }
    match (name, values) {
        ("join", [values]) => joined(text, &items(values, work)?, work).map(Some),
        ("replace", [Value::Text(from), Value::Text(to)]) => replaced(text, from, to, None, work).map(Some),
        ("replace", [Value::Text(from), Value::Text(to), count]) => {
            let count = count
                .int()
                .ok_or_else(|| Code::ExpressionType.says("the count of replace(…) must be an integer"))?;
            replaced(text, from, to, usize::try_from(count).ok(), work).map(Some)
        }
        ("split" | "rsplit", _) => split(text, name == "rsplit", values),
        ("partition" | "rpartition", [Value::Text(at)]) => parted(text, at, name == "rpartition").map(Some),
        ("startswith" | "endswith", [Value::Text(_) | Value::Tuple(_)]) => {
            affixed(text, name == "startswith", &values[0]).map(|holds| Some(Value::Bool(holds)))
        }
        ("find" | "rfind" | "index" | "rindex" | "count", [Value::Text(part), bounds @ ..]) => {
            find(text, name, part, bounds)
        }
        ("ljust" | "rjust" | "center" | "zfill", [width, rest @ ..]) => padded(text, name, width, rest, work),
        _ => Ok(None),
    }
}

/// Whether Python considers `c` white space.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn transformed(text: &str, name: &str, values: &[Value]) -> Option<Value> {
    let among = |set: &str| {
        let set: Vec<char> = set.chars().collect();
        move |c: char| set.contains(&c)
    };
    Some(Value::Text(match (name, values) {
        ("lower", []) | ("casefold", []) => text.to_lowercase(),
        ("upper", []) => text.to_uppercase(),
        ("swapcase", []) => text.chars().flat_map(swapped).collect(),
        ("capitalize", []) => capitalized(text),
        ("title", []) => titled(text),
        ("strip", [] | [Value::None]) => text.trim_matches(is_space).to_owned(),
        ("lstrip", [] | [Value::None]) => text.trim_start_matches(is_space).to_owned(),
        ("rstrip", [] | [Value::None]) => text.trim_end_matches(is_space).to_owned(),
        ("strip", [Value::Text(set)]) => text.trim_matches(among(set)).to_owned(),
        ("lstrip", [Value::Text(set)]) => text.trim_start_matches(among(set)).to_owned(),
        ("rstrip", [Value::Text(set)]) => text.trim_end_matches(among(set)).to_owned(),
        ("removeprefix", [Value::Text(prefix)]) => {
            text.strip_prefix(prefix.as_str()).unwrap_or(text).to_owned()
        }
        ("removesuffix", [Value::Text(suffix)]) => {
            text.strip_suffix(suffix.as_str()).unwrap_or(text).to_owned()
        }
        ("splitlines", []) => return Some(lines(text, false)),
        ("splitlines", [keep]) => return Some(lines(text, keep.truth())),
        _ => return None,
    }))
}

fn swapped(c: char) -> Vec<char> {
    match c.is_uppercase() {
        true => c.to_lowercase().collect(),
        false => c.to_uppercase().collect(),
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().collect::<String>() + &letters.as_str().to_lowercase(),
        None => String::new(),
    }
}

fn titled(text: &str) -> String {
    let mut inside = false;
    let mut out = String::new();
    for c in text.chars() {
        match inside {
            true => out.extend(c.to_lowercase()),
            false => out.extend(c.to_uppercase()),
        }
        inside = c.is_lowercase() || c.is_uppercase();
    }
    out
}

fn judged(text: &str, name: &str, values: &[Value]) -> Option<Value> {
    if !values.is_empty() {
        return None;
    }
    let all = |holds: fn(char) -> bool| !text.is_empty() && text.chars().all(holds);
    let cased = |wrong: fn(char) -> bool, right: fn(char) -> bool| {
        !text.chars().any(wrong) && text.chars().any(right)
    };
    Some(Value::Bool(match name {
        "isdigit" | "isdecimal" | "isnumeric" => {
            all(|c| c.is_ascii_digit() || (!c.is_ascii() && c.is_numeric()))
        }
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(is_space),
        "isascii" => text.is_ascii(),
        "islower" => cased(char::is_uppercase, char::is_lowercase),
        "isupper" => cased(char::is_lowercase, char::is_uppercase),
        "istitle" => cased(|_| false, |c| c.is_lowercase() || c.is_uppercase()) && titled(text) == text,
        "isidentifier" => {
            all(|c| c == '_' || c.is_alphanumeric()) && !text.starts_with(|c: char| c.is_numeric())
        }
        _ => return None,
    }))
}

fn joined(separator: &str, values: &[Value], work: &Work) -> Outcome<Value> {
    let mut words = Vec::new();
    for value in values {
        match value {
            Value::Text(word) => words.push(word.as_str()),
            other => {
                return Err(Code::ExpressionType
                    .says(format!("join(…) accepts only strings, found {}", other.what())));
            }
        }
    }
    work.spend(separator.len().saturating_mul(words.len()))?;
    Ok(Value::Text(words.join(separator)))
}

fn replaced(text: &str, from: &str, to: &str, count: Option<usize>, work: &Work) -> Outcome<Value> {
    let found = text.matches(from).count().min(count.unwrap_or(usize::MAX));
    work.spend(text.len().saturating_add(found.saturating_mul(to.len())))?;
    Ok(Value::Text(text.replacen(from, to, found)))
}

fn lines(text: &str, keep: bool) -> Value {
    let ends = |c: char| {
        matches!(
            c,
            '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
        )
    };
    let mut lines = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let line = rest.find(ends).unwrap_or(rest.len());
        let after = &rest[line..];
        let end = if after.starts_with("\r\n") {
            2
        } else {
            after.chars().next().map_or(0, char::len_utf8)
        };
        lines.push(Value::text(&rest[..if keep { line + end } else { line }]));
        rest = &rest[line + end..];
    }
    Value::List(lines)
}

fn split(text: &str, from_right: bool, values: &[Value]) -> Outcome<Option<Value>> {
    let (separator, most) =
        match values {
            [] => (None, None),
            [separator] => (Some(separator), None),
            [separator, most] => (
                Some(separator),
                Some(most.int().ok_or_else(|| {
                    Code::ExpressionType.says("the maxsplit of split(…) must be an integer")
                })?),
            ),
            _ => return Ok(None),
        };
    let most = most.and_then(|most| usize::try_from(most).ok());
    let words = match separator {
        None | Some(Value::None) if from_right => words_from_right(text, most),
        None | Some(Value::None) => words(text, most),
        Some(Value::Text(separator)) if separator.is_empty() => {
            return Err(Code::ExpressionType.says("the separator of split(…) must not be empty"));
        }
        Some(Value::Text(at)) => match (most, from_right) {
            (Some(most), true) => backwards(text.rsplitn(most.saturating_add(1), at.as_str())),
            (Some(most), false) => text.splitn(most.saturating_add(1), at.as_str()).collect(),
            (None, true) => backwards(text.rsplit(at.as_str())),
            (None, false) => text.split(at.as_str()).collect(),
        },
        _ => return Ok(None),
    };
    Ok(Some(Value::List(words.into_iter().map(Value::text).collect())))
}

fn backwards<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut words: Vec<_> = words.collect();
    words.reverse();
    words
}

/// Words separated by white space; after `most` splits, the unchanged rest.
fn words(text: &str, most: Option<usize>) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start_matches(is_space);
    while !rest.is_empty() {
        let space = rest.find(is_space).filter(|_| most != Some(words.len()));
        let (word, after) = rest.split_at(space.unwrap_or(rest.len()));
        words.push(word);
        rest = after.trim_start_matches(is_space);
    }
    words
}

fn words_from_right(text: &str, most: Option<usize>) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_end_matches(is_space);
    while !rest.is_empty() {
        let space = rest.char_indices().rfind(|(_, c)| is_space(*c));
        let start = space
            .filter(|_| most != Some(words.len()))
            .map_or(0, |(at, c)| at + c.len_utf8());
        words.push(&rest[start..]);
        rest = rest[..start].trim_end_matches(is_space);
    }
    words.reverse();
    words
}

fn parted(text: &str, at: &str, last: bool) -> Outcome<Value> {
    if at.is_empty() {
        return Err(Code::ExpressionType.says("the separator of partition(…) must not be empty"));
    }
    let parts = if last {
        text.rsplit_once(at)
    } else {
        text.split_once(at)
    };
    let parts = match parts {
        Some((before, after)) => [before, at, after],
        None if last => ["", "", text],
        None => [text, "", ""],
    };
    Ok(Value::Tuple(parts.map(Value::text).to_vec()))
}

fn affixed(text: &str, start: bool, with: &Value) -> Outcome<bool> {
    match with {
        Value::Text(part) if start => Ok(text.starts_with(part.as_str())),
        Value::Text(part) => Ok(text.ends_with(part.as_str())),
        Value::Tuple(parts) => {
            for part in parts {
                if affixed(text, start, part)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        other => {
            Err(Code::ExpressionType.says(format!("expected a string to search for, found {}", other.what())))
        }
    }
}

fn find(text: &str, name: &str, part: &str, bounds: &[Value]) -> Outcome<Option<Value>> {
    let length = text.chars().count();
    let place = |value: Option<&Value>, otherwise: usize| match value {
        None | Some(Value::None) => Some(otherwise),
        Some(value) => {
            let at = value.int()?;
            let at = if at < 0 {
                at.saturating_add(Value::count(length).int()?).max(0)
            } else {
                at
            };
            usize::try_from(at).ok()
        }
    };
    let (Some(first), Some(end)) = (place(bounds.first(), 0), place(bounds.get(1), length)) else {
        return Ok(None);
    };
    let end = end.min(length);
    if bounds.len() > 2 {
        return Ok(None);
    }
    let within: Option<String> = (first <= end).then(|| text.chars().skip(first).take(end - first).collect());
    let at = within.as_ref().and_then(|within| match name.starts_with('r') {
        true => within.rfind(part).map(|at| within[..at].chars().count()),
        false => within.find(part).map(|at| within[..at].chars().count()),
    });
    Ok(Some(match (name, at) {
        ("count", _) => Value::count(within.map_or(0, |within| within.matches(part).count())),
        (_, Some(at)) => Value::count(first + at),
        ("find" | "rfind", None) => Value::Int(-1),
        _ => {
            return Err(Code::ExpressionValue.says(format!("'{}' is not in the string", shown(part))));
        }
    }))
}

fn padded(text: &str, name: &str, width: &Value, rest: &[Value], work: &Work) -> Outcome<Option<Value>> {
    let fill = match rest {
        [] if name == "zfill" => '0',
        [] => ' ',
        [Value::Text(fill)] if name != "zfill" && fill.chars().count() == 1 => {
            fill.chars().next().unwrap_or(' ')
        }
        _ => return Ok(None),
    };
    let width = width
        .int()
        .ok_or_else(|| Code::ExpressionType.says("the width must be an integer"))?;
    let missing = usize::try_from(width)
        .unwrap_or(0)
        .saturating_sub(text.chars().count());
    work.spend(missing.saturating_mul(4))?;
    let pad = |count: usize| fill.to_string().repeat(count);
    Ok(Some(Value::Text(match name {
        "ljust" => format!("{text}{}", pad(missing)),
        "rjust" => format!("{}{text}", pad(missing)),
        "zfill" => {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['+', '-'])));
            format!("{sign}{}{digits}", pad(missing))
        }
        _ => {
            // Python puts the odd fill character on the left if the width is odd.
            let left = missing / 2 + (missing & usize::try_from(width).unwrap_or(0) & 1);
            format!("{}{text}{}", pad(left), pad(missing - left))
        }
    })))
}
