//! Checks whether a value is valid at a path of a type, by deserializing the type along that path.
//!
//! Through serde, a type announces what it expects, and a struct its fields. [`Along`] provides only the
//! path: one field of each struct, one entry of each list, and the value at the end.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, Deserializer, Expected, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use podbay_text::expected::plainly;
use podbay_text::near::instead;

/// Fields whose values, or entries, are resource quantities.
const QUANTITIES: [&str; 4] = ["limits", "requests", "sizeLimit", "divisor"];

/// One step of a path.
#[derive(Clone, Debug)]
pub(super) enum Step {
    Field(String),
    Entry(usize),
}

/// Whether `path` is that of a quantity.
pub(super) fn is_quantity(path: &[Step]) -> bool {
    let fields = path.iter().rev().take(2).filter_map(|step| match step {
        Step::Field(name) => Some(name.as_str()),
        Step::Entry(_) => None,
    });
    fields.into_iter().any(|name| QUANTITIES.contains(&name))
}

/// The error, if `value` is not valid at `path` in a `T` at `key`.
pub(super) fn fits<T: DeserializeOwned>(key: &str, path: &[Step], value: &Value) -> Result<(), String> {
    match T::deserialize(Along { path, value }) {
        Ok(_) | Err(Fault::Reached) => Ok(()),
        Err(Fault::Unknown { name, below, known }) => {
            let place = written(key, &path[..path.len() - below]);
            Err(format!("{place}: {}", no_such_field(&name, known)))
        }
        Err(Fault::Other(what)) => Err(format!("{}: {what}", written(key, path))),
    }
}

/// The error for an invalid quantity.
pub(super) fn no_quantity(key: &str, path: &[Step], text: &str) -> String {
    format!(
        "{}: {text:?} is no Kubernetes quantity; write it as 500m, 2, 1.5Gi or 512Mi",
        written(key, path)
    )
}

/// The error for a text of which there are only some.
pub(super) fn no_choice(key: &str, path: &[Step], text: &str, choices: &[&str]) -> String {
    let choices = choices.iter().copied().filter(|choice| !choice.is_empty());
    format!(
        "{} cannot be {text:?}; {}",
        written(key, path),
        instead(text, choices)
    )
}

fn no_such_field(name: &str, known: &[&str]) -> String {
    format!("there is no such field; {}", instead(name, known.iter().copied()))
}

/// `path` below `key`, as written in a profile.
fn written(key: &str, path: &[Step]) -> String {
    let text = path.iter().fold(key.to_owned(), |text, step| match step {
        Step::Field(name) => format!("{text}.{name}"),
        Step::Entry(index) => format!("{text}[{index}]"),
    });
    text.trim_start_matches('.').to_owned()
}

/// Why deserialization ended early.
#[derive(Debug)]
enum Fault {
    /// The path is valid, and its value is to be removed.
    Reached,
    /// A struct has no field of this name.
    Unknown {
        name: String,
        /// Remaining steps of the path.
        below: usize,
        known: &'static [&'static str],
    },
    Other(String),
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl de::Error for Fault {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self::Other(message.to_string())
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
        Self::unfit(&expected.to_string(), &given)
    }
}

impl Fault {
    /// The value is `given` ("" if unnamed), where serde says what is `expected`.
    fn unfit(expected: &str, given: &str) -> Self {
        let expected = plainly(expected).unwrap_or_default();
        Self::Other(match given {
            "" => format!("expected {expected}"),
            given => format!("expected {expected}, not {given}"),
        })
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
    ) -> Result<V::Value, Fault> {
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
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match (self.path.split_first(), self.value) {
            (Some((step, rest)), _) => self.enter(step, rest, visitor),
            (None, Value::Null) => Err(Fault::Reached),
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
    ) -> Result<V::Value, Fault> {
        match self.path.first() {
            Some(Step::Field(name)) if !fields.contains(&name.as_str()) => Err(Fault::Unknown {
                name: name.clone(),
                below: self.path.len() - 1,
                known: fields,
            }),
            _ => self.deserialize_any(visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de> IntoDeserializer<'de, Fault> for Along<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// Converts serde_json's `invalid type: string "yes", expected a boolean`.
fn of_json(error: &serde_json::Error) -> Fault {
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
            Fault::unfit(expected, given.trim_matches('`'))
        }
        None => Fault::Other(text),
    }
}
