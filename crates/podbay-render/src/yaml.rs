//! Objects as YAML, for people and for `kubectl apply -f -`.

use serde::Serialize;

use podbay_core::object::Object;
use podbay_text::shown;

/// All `objects` as one stream of documents. Text is not folded, and quoted if YAML 1.1 would read it as
/// another type.
pub fn to_yaml<'a>(objects: impl IntoIterator<Item = &'a Object>) -> String {
    objects.into_iter().fold(String::new(), |all, object| {
        let separator = if all.is_empty() { "" } else { "---\n" };
        all + separator + &document(&object.0)
    })
}

pub(super) fn document(value: &impl Serialize) -> String {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
    let mut text = String::new();
    let written = serde_saphyr::to_fmt_writer_with_options(&mut text, value, options);
    match written {
        Ok(()) if !text.contains(|c| c != '\n' && shown::is_unsafe(c)) => text,
        // JSON is also YAML, and can represent every character
        _ => shown::json(&serde_json::to_string_pretty(value).unwrap_or_default()).into_owned() + "\n",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn control_characters_are_escaped_without_changing_the_value() {
        for text in [
            "\u{1b}[2J",
            "a\u{202e}b",
            "\u{9b}2J",
            "a\u{85}b",
            "a\u{2028}b",
            "\u{7f}",
            "a\rb",
            "\u{feff}a",
            "a\tb",
            "a\n\u{1b}b\n",
            "Grüße",
            "🤖",
        ] {
            let value = json!({"a": [text], text: "x"});
            let yaml = document(&value);
            assert!(!yaml.contains(|c| c != '\n' && shown::is_unsafe(c)), "{yaml}");
            assert_eq!(
                serde_saphyr::from_str::<serde_json::Value>(&yaml).unwrap(),
                value,
                "{yaml}"
            );
        }
    }
}
