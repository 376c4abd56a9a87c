//! Checks whether a value is valid at a path of a type, by deserializing the type along that path.
//!
//! Through serde, a type announces what it expects, and a struct its fields. [`Along`] provides only the
//! path: one field of each struct, one entry of each list, and the value at the end.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::profile::check::Found;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::expected::plainly;
use podbay_text::near::instead;

/// One step of a path.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Field(String),
    Entry(usize),
}

/// The error, if `value` is not valid at `path` in a `T` at `key`.
pub(super) fn fits<T: DeserializeOwned>(key: &str, path: &[Step], value: &Value) -> Result<(), Found> {
    match T::deserialize(Along { path, value }) {
        Ok(_) | Err(Stop::Reached) => Ok(()),
        Err(Stop::Wrong { error, below }) => {
            let place = written(key, &path[..path.len() - below]);
            Err((place.clone(), error.about(place)))
        }
    }
}

/// `path` below `key`, as written in a profile.
pub(super) fn written(key: &str, path: &[Step]) -> String {
    path.iter().fold(key.to_owned(), |text, step| match step {
        Step::Field(name) => format!("{text}.{name}"),
        Step::Entry(index) => format!("{text}[{index}]"),
    })
}

/// Why deserialization ended early.
#[derive(Debug)]
enum Stop {
    /// The path is valid, and its value is to be removed.
    Reached,
    /// The value, or a step of the path, is not valid.
    Wrong {
        error: Diagnostic,
        /// Number of steps below the place of the error.
        below: usize,
    },
}

impl std::error::Error for Stop {}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl de::Error for Stop {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::value(message.to_string())
    }

    fn invalid_type(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let given = match given {
            Unexpected::Str(text) => format!("{text:?}"),
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Signed(value) => value.to_string(),
            Unexpected::Unsigned(value) => value.to_string(),
            Unexpected::Float(value) => value.to_string(),
            _ => String::new(),
        };
        Self::expected(&expected.to_string(), &given)
    }
}

impl Stop {
    /// An error of the value at the end of the path.
    fn value(message: String) -> Self {
        Self::Wrong {
            error: Code::KeyValue.says(message),
            below: 0,
        }
    }

    /// The value is `given` ("" if unnamed), where serde says what is `expected`.
    fn expected(expected: &str, given: &str) -> Self {
        let expected = plainly(expected).unwrap_or_default();
        Self::value(match given {
            "" => format!("expected {expected}"),
            given => format!("expected {expected}, found {given}"),
        })
    }

    /// The field `name` is not one of `known`, with `below` more steps below it.
    fn unknown_field(name: &str, known: &[&str], below: usize) -> Self {
        let help = instead(name, known.iter().copied());
        Self::Wrong {
            error: Code::UnknownKey.says("unknown field").help(help),
            below,
        }
    }
}

/// The rest of the path, and the value at its end.
struct Along<'a> {
    path: &'a [Step],
    value: &'a Value,
}

impl<'a> Along<'a> {
    fn enter<'de, V: Visitor<'de>>(
        &self,
        step: &Step,
        rest: &'a [Step],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        let below = Along {
            path: rest,
            value: self.value,
        };
        match step {
            Step::Field(name) => {
                visitor.visit_map(MapDeserializer::new(std::iter::once((name.as_str(), below))))
            }
            Step::Entry(_) => visitor.visit_seq(SeqDeserializer::new(std::iter::once(below))),
        }
    }
}

impl<'de> Deserializer<'de> for Along<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match (self.path.split_first(), self.value) {
            (Some((step, rest)), _) => self.enter(step, rest, visitor),
            (None, Value::Null) => Err(Stop::Reached),
            (None, value) => match value.clone().deserialize_any(visitor) {
                Ok(read) => Ok(read),
                Err(error) => Err(of_json(&error)),
            },
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        match self.path.first() {
            Some(Step::Field(name)) if !fields.contains(&name.as_str()) => {
                Err(Stop::unknown_field(name, fields, self.path.len() - 1))
            }
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Stop> for Along<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Converts serde_json's `invalid type: string "yes", expected a boolean`.
fn of_json(error: &serde_json::Error) -> Stop {
    let text = error.to_string();
    let parts = ["invalid type: ", "invalid value: "]
        .into_iter()
        .find_map(|start| text.strip_prefix(start))
        .and_then(|text| text.split_once(", expected "));
    match parts {
        Some((given, expected)) => {
            // integer `1`, floating point `1.5`, string "yes", null
            let quoted = given.split_once('`').or_else(|| given.split_once(' '));
            let given = quoted.map_or("", |(_, value)| value);
            Stop::expected(expected, given.trim_matches('`'))
        }
        None => Stop::value(text),
    }
}
