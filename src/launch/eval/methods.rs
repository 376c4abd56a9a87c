//! Methods of texts.

use super::operators::bounded;
use crate::launch::place::Outcome;
use crate::launch::value::Value;

/// `of.name(arguments)`.
pub(super) fn call(of: &Value, name: &str, arguments: &[Value]) -> Outcome<Value> {
    let Value::Text(text) = of else {
        return Err(format!("{} has no method '{name}'", of.what()).into());
    };
    match arguments {
        [] => plain(text, name),
        [Value::Text(argument)] => with_text(text, name, argument),
        [Value::List(items) | Value::Tuple(items)] if name == "join" => join(text, items),
        [Value::Text(from), Value::Text(to)] if name == "replace" => {
            let grows = text.matches(from.as_str()).count().saturating_mul(to.len());
            if grows > crate::launch::limits::TEXT_BYTES {
                return Err("a text grows too long".into());
            }
            bounded(text.replace(from.as_str(), to))
        }
        _ => unknown(name),
    }
}

fn plain(text: &str, name: &str) -> Outcome<Value> {
    let is = |holds: fn(char) -> bool| Value::Bool(!text.is_empty() && text.chars().all(holds));
    Ok(match name {
        "lower" => Value::Text(text.to_lowercase()),
        "upper" => Value::Text(text.to_uppercase()),
        "strip" => Value::Text(text.trim().to_owned()),
        "lstrip" => Value::Text(text.trim_start().to_owned()),
        "rstrip" => Value::Text(text.trim_end().to_owned()),
        "capitalize" => Value::Text(capitalized(text)),
        "split" => Value::List(
            text.split_whitespace()
                .map(|word| Value::Text(word.to_owned()))
                .collect(),
        ),
        "isdigit" => is(|c| c.is_ascii_digit()),
        "isalpha" => is(char::is_alphabetic),
        _ => return unknown(name),
    })
}

fn with_text(text: &str, name: &str, argument: &str) -> Outcome<Value> {
    let among = |c: char| argument.contains(c);
    Ok(match name {
        "startswith" => Value::Bool(text.starts_with(argument)),
        "endswith" => Value::Bool(text.ends_with(argument)),
        "strip" => Value::Text(text.trim_matches(among).to_owned()),
        "lstrip" => Value::Text(text.trim_start_matches(among).to_owned()),
        "rstrip" => Value::Text(text.trim_end_matches(among).to_owned()),
        "count" => Value::Int(i64::try_from(text.matches(argument).count()).unwrap_or(i64::MAX)),
        "split" if argument.is_empty() => return Err("split(…) needs a separator that is not empty".into()),
        "split" => Value::List(
            text.split(argument)
                .map(|word| Value::Text(word.to_owned()))
                .collect(),
        ),
        "find" => Value::Int(match text.find(argument) {
            Some(at) => i64::try_from(text[..at].chars().count()).unwrap_or(i64::MAX),
            None => -1,
        }),
        _ => return unknown(name),
    })
}

fn join(separator: &str, items: &[Value]) -> Outcome<Value> {
    let mut words = Vec::new();
    for item in items {
        match item {
            Value::Text(word) => words.push(word.as_str()),
            other => return Err(format!("join(…) takes texts, not {}", other.what()).into()),
        }
    }
    bounded(words.join(separator))
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().collect::<String>() + &letters.as_str().to_lowercase(),
        None => String::new(),
    }
}

fn unknown<T>(name: &str) -> Outcome<T> {
    Err(format!("the method '{name}' of a text, or what it is given, is not known").into())
}
