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
    let source = String::deserialize(deserializer)?;
    let (file, line) = number_after(&source);
    Ok(Place::file(file).at_line(line))
}

/// What is before the last colon, and the number after it; the whole text and 0 if there is none.
pub(super) fn number_after(text: &str) -> (&str, u32) {
    let number = |(before, number): (_, &str)| Some((before, number.parse().ok()?));
    text.rsplit_once(':').and_then(number).unwrap_or((text, 0))
}
