//! A place as text in JSON: `FILE:LINE`, without its column; "" if unknown.

use serde::{Deserialize, Deserializer, Serializer};

use super::Place;

/// Writes `place`.
///
/// # Errors
///
/// Those of the serializer.
pub fn serialize<S: Serializer>(place: &Place, serializer: S) -> Result<S::Ok, S::Error> {
    match place.is_unknown() {
        true => serializer.serialize_str(""),
        false => serializer.serialize_str(&place.source()),
    }
}

/// Reads a place.
///
/// # Errors
///
/// Anything but a string.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Place, D::Error> {
    String::deserialize(deserializer).map(|source| parsed(&source))
}

/// The place that is written as `source`.
pub fn parsed(source: &str) -> Place {
    let (file, line) = number_after(source).unwrap_or((source, 0));
    Place::file(file).at_line(line)
}

/// What is before the last colon, and the number after it.
pub(super) fn number_after(text: &str) -> Option<(&str, u32)> {
    let (before, number) = text.rsplit_once(':')?;
    Some((before, number.parse().ok()?))
}
