//! Checks whether a value is valid at a path of a type, by deserializing the type along that path.
//!
//! Through serde, a type announces what it expects, and a struct its fields. [`Along`] provides only the
//! path: one field of each struct, one entry of each list, and the value at the end.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use super::advice::advice;
use crate::profile::check::Found;
use crate::profile::read::KEYS;
use podbay_core::fields::{accepted, described};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::near::{instead, nearest};

/// One step of a path.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Field(String),
    Entry(usize),
}

/// Fields that a profile cannot set.
const SET_BY_PODBAY: [(&str, &str); 2] = [("container", "name"), ("pod.metadata", "name")];

/// The error, if `value` is not valid at `path` in a `T` at `key`.
pub(super) fn fits<T: DeserializeOwned>(key: &str, path: &[Step], value: &Value) -> Result<(), Found> {
    match T::deserialize(Along { path, value }) {
        Ok(_) | Err(Stop::Reached) => Ok(()),
        Err(Stop::UnknownField { name, known, below }) => {
            let (_, above) = path[..path.len() - below]
                .split_last()
                .unwrap_or((&Step::Entry(0), &[]));
            let above = written(key, above);
            let settable = known
                .iter()
                .map(String::as_str)
                .filter(|field| !SET_BY_PODBAY.contains(&(above.as_str(), field)));
            let help = elsewhere(&above, &name).unwrap_or_else(|| instead(&name, settable));
            let error = Code::UnknownKey
                .says(format!("`{above}` has no key `{name}`"))
                .help(help);
            Err(Found::key(format!("{above}.{name}"), error))
        }
        Err(Stop::Wrong { error, below }) => {
            let (at, inner) = path.split_at(path.len() - below.unwrap_or(0));
            let place = written(key, at);
            let help = advice(key, at, inner.first(), value, &error.message);
            let error = error.help(help);
            Err(Found::value(place.clone(), of_value(error, &place)))
        }
    }
}

/// The error of the value at `place`.
fn of_value(mut error: Diagnostic, place: &str) -> Diagnostic {
    match error.message.starts_with("must be ") || error.message.starts_with("is ") {
        true => {
            error.message.insert_str(0, &format!("`{place}` "));
            error
        }
        false => error.about(place),
    }
}

/// Where the unknown key `name` of `above` belongs.
fn elsewhere(above: &str, name: &str) -> Option<String> {
    match (above, name) {
        ("pod", name) if nearest(name, ["metadata", "spec"]).is_none() => Some(match KEYS.contains(&name) {
            true => format!("write `{name}` outside of `pod`, or `pod: {{spec: {{{name}: …}}}}`"),
            false => format!("write `pod: {{spec: {{{name}: …}}}}`"),
        }),
        (_, "cmd") => Some("did you mean `command`?".to_owned()),
        _ => None,
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
    /// A struct has no field of this name.
    UnknownField {
        name: String,
        known: Vec<String>,
        /// Number of steps below the field.
        below: usize,
    },
    /// A value has another type.
    Wrong {
        error: Diagnostic,
        /// Number of steps below the value; `None` until known.
        below: Option<usize>,
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
        let expected = accepted(&expected.to_string());
        Self::value(format!("must be {expected}; found {}", found(given)))
    }

    fn invalid_value(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match given {
            Unexpected::Unsigned(number) => Self::value(format!("is {number}, which is out of range")),
            Unexpected::Signed(number) => Self::value(format!("is {number}, which is out of range")),
            given => Self::invalid_type(given, expected),
        }
    }
}

impl Stop {
    /// An error of a value.
    fn value(message: String) -> Self {
        Self::Wrong {
            error: Code::KeyValue.says(message),
            below: None,
        }
    }

    /// The field `name` is not one of `known`, with `below` more steps below it.
    fn unknown_field(name: &str, known: &[&str], below: usize) -> Self {
        Self::UnknownField {
            name: name.to_owned(),
            known: known.iter().map(|&field| field.to_owned()).collect(),
            below,
        }
    }

    /// Sets the place of an error, unless a value inside is known to be its place.
    fn at(self, steps: usize) -> Self {
        match self {
            Self::Wrong { error, below } => Self::Wrong {
                error,
                below: below.or(Some(steps)),
            },
            other => other,
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
            (Some((step, rest)), _) => {
                let entered = self.enter(step, rest, visitor);
                entered.map_err(|error| error.at(self.path.len()))
            }
            (None, Value::Null) => Err(Stop::Reached),
            (None, value) => End(value).deserialize_any(visitor).map_err(|error| error.at(0)),
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

/// The value at the end of the path, or a value in it.
struct End<'a>(&'a Value);

impl<'de> Deserializer<'de> for End<'_> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.0 {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64()) {
                (Some(number), _) => visitor.visit_u64(number),
                (None, Some(number)) => visitor.visit_i64(number),
                (None, None) => visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN)),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(entries) => visitor.visit_seq(SeqDeserializer::new(entries.iter().map(End))),
            Value::Object(fields) => {
                let fields = fields.iter().map(|(name, value)| (name.as_str(), End(value)));
                visitor.visit_map(MapDeserializer::new(fields))
            }
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.0 {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
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
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Stop> for End<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Describes a value that a type did not accept.
fn found(given: Unexpected<'_>) -> String {
    match given {
        Unexpected::Bool(value) => described(&value.into()),
        Unexpected::Unsigned(number) => described(&number.into()),
        Unexpected::Signed(number) => described(&number.into()),
        Unexpected::Float(number) => described(&number.into()),
        Unexpected::Str(text) => described(&text.into()),
        Unexpected::Unit | Unexpected::Option => described(&Value::Null),
        Unexpected::Seq => described(&Value::Array(Vec::new())),
        Unexpected::Map => described(&Value::Object(serde_json::Map::new())),
        other => other.to_string(),
    }
}

impl<'de> IntoDeserializer<'de, Stop> for Along<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
