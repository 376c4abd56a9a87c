//! What to write instead of a value that a Kubernetes type does not accept.

use serde_json::Value;

use super::along::Step;
use crate::profile::patch::key_of;

/// The help for the `value` at the path `at` below `key` of the profile, of which `wrong` says what it must be. `inner`
/// is the step from there to `value`, if the error is in what contains it.
pub(super) fn advice(key: &str, at: &[Step], inner: Option<&Step>, value: &Value, wrong: &str) -> String {
    let fields = at.iter().rev();
    let field = fields.filter_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Entry(_) => None,
    });
    let field = field.into_iter().next().unwrap_or(key);
    let is_entry = matches!(at.last(), Some(Step::Entry(_)));
    let named = key_of(field);
    let must_be = |what: &str| wrong.starts_with(&format!("must be {what};"));
    match (inner, value) {
        (Some(Step::Field(name)), _) if must_be("a list") => {
            named.map_or(String::new(), |key| format!("write [{{{key}: {name}, …}}]"))
        }
        (None, Value::String(text)) if must_be("a mapping") => match (field, named) {
            ("hostPath", _) => format!("write {{path: {text}}}"),
            (_, Some(key)) if is_entry => format!("write {{{key}: {text}}}"),
            _ => String::new(),
        },
        (None, Value::String(text)) if must_be("a list") => match named {
            Some(key) => format!("write [{{{key}: {text}}}]"),
            None => format!("write [{}]", words(text)),
        },
        (None, Value::String(text)) if must_be("true or false") => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => "write true, without quotes".to_owned(),
            "false" | "no" | "off" | "0" => "write false, without quotes".to_owned(),
            _ => String::new(),
        },
        (None, Value::String(text)) if must_be("an integer") && text.parse::<i64>().is_ok() => {
            "remove the quotes".to_owned()
        }
        _ => String::new(),
    }
}

/// The words of a command line, as entries of a list.
fn words(text: &str) -> String {
    let word = |word: &str| match word.contains([',', '[', ']', '{', '}', '"', '\'', '#', ':']) {
        true => format!("'{}'", word.replace('\'', "''")),
        false => word.to_owned(),
    };
    text.split_whitespace().map(word).collect::<Vec<_>>().join(", ")
}
