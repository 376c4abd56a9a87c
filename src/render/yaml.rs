//! Objects as YAML, for people and for `kubectl apply -f -`.

use serde::Serialize;

use crate::domain::object::Object;

/// All `objects` as one stream of documents. Text is never folded, and what YAML 1.1 would not read as text is
/// quoted.
pub fn to_yaml(objects: &[Object]) -> String {
    objects.iter().fold(String::new(), |all, object| {
        let separator = if all.is_empty() { "" } else { "---\n" };
        all + separator + &document(&object.0)
    })
}

pub(super) fn document(value: &impl Serialize) -> String {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
    let mut text = String::new();
    match serde_saphyr::to_fmt_writer_with_options(&mut text, value, options) {
        Ok(()) => text,
        // JSON is YAML too
        Err(_) => serde_json::to_string(value).unwrap_or_default() + "\n",
    }
}
