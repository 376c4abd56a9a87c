//! Limits of `kubectl apply`, which keeps a copy of each object in an annotation, of up to 256 KiB;
//! `--server-side` needs no copy.

use serde::Serialize;

use podbay_core::object::Object;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Bytes of all annotations of one object.
pub(super) const LARGEST: usize = 256 * 1024;

/// Room for the annotation's own name, and for other annotations.
const BESIDE: usize = 1024;

/// A warning about applying `objects` with kubectl.
pub fn warning<'a>(objects: impl IntoIterator<Item = &'a Object>) -> Option<Diagnostic> {
    let mut large = objects
        .into_iter()
        .filter(|object| size(&object.0) + BESIDE + annotations(object) > LARGEST);
    let first = large.next()?.reference();
    let more = match large.count() {
        0 => String::new(),
        more => format!(" (and {more} more)"),
    };
    let what = format!(
        "{first}{more} is too large for `kubectl apply`, which keeps a copy of at most {LARGEST} bytes"
    );
    Some(
        Code::TooLargeToApply
            .says(what)
            .help("use: kubectl apply --server-side -f -"),
    )
}

fn annotations(object: &Object) -> usize {
    let own = object.0.pointer("/metadata/annotations");
    own.map_or(0, size)
}

/// Bytes of `value` as kubectl writes it: Go escapes `<`, `>`, `&` and two kinds of line breaks as `\u003c`.
pub(super) fn size(value: &impl Serialize) -> usize {
    let json = serde_json::to_string(value).unwrap_or_default();
    let escaped = json.bytes().filter(|byte| matches!(byte, b'<' | b'>' | b'&'));
    let line_breaks = json.matches('\u{2028}').count() + json.matches('\u{2029}').count();
    json.len() + 5 * escaped.count() + 3 * line_breaks
}
