//! Values with a short form, one word or number, and a full form with keys: `discovery: hostNetwork`,
//! `discovery: {mode: hostNetwork, hostIPC: false}`.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};

/// A value with a short form.
pub(super) trait Short: Sized {
    /// The valid values, for error messages.
    const EXPECTED: &'static str;

    /// Reads the full form.
    fn full<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// The value of a word; `None` if it has no meaning.
    fn of_word<E: Error>(word: &str) -> Option<Result<Self, E>>;

    /// The value of a number; `None` if it has no meaning.
    fn of_number(number: u64) -> Option<Self>;
}

/// Parses either form.
pub(super) fn read<'de, T: Short, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_any(Either(PhantomData))
}

struct Either<T>(PhantomData<T>);

impl<'de, T: Short> Visitor<'de> for Either<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<T, E> {
        T::of_word(word).unwrap_or_else(|| Err(E::invalid_type(serde::de::Unexpected::Str(word), &self)))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<T, E> {
        T::of_number(number).ok_or_else(|| E::invalid_type(serde::de::Unexpected::Unsigned(number), &self))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::full(MapAccessDeserializer::new(map))
    }
}
