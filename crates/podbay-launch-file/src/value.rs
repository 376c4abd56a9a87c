//! Typed values, and how ROS converts text to them.
//!
//! Types are those of Python, in which ROS's engine is written: a bool counts as an integer, an integer never
//! as a float.

use super::place::{Outcome, shown};
use super::{limits, python, yaml};
use podbay_description::{ParameterValue, scalar};
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::shown::listed;

/// Approximate bytes of a number in a description.
const NUMBER: usize = 8;
/// Bytes of a list item in addition to its content, until it is text in a parameter file.
const ITEM: usize = 64;

/// A value of an attribute, a parameter or an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// `null` in YAML, `None` in Python.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A list that is printed with parentheses.
    Tuple(Vec<Value>),
    /// A value that no launch file can use: a date, a mapping, a number too large; named for a person.
    Other(&'static str),
}

/// Type of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// `str`
    Text,
    /// `int`
    Int,
    /// `float`
    Float,
    /// `bool`
    Bool,
}

/// Required type of an attribute or parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Any type that YAML detects and ROS supports.
    Any,
    /// One value.
    One(Scalar),
    /// A list of values of one type.
    ListOf(Scalar),
}

/// Whether text is accepted for any type, since it may contain a substitution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Texts {
    /// Yes.
    Allowed,
    /// No: text is text.
    Strict,
}

impl Scalar {
    /// Name, for a person.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Int => "an integer",
            Self::Float => "a float",
            Self::Bool => "true or false",
        }
    }

    /// Name of several values, for a person.
    fn plural(self) -> &'static str {
        match self {
            Self::Text => "strings",
            Self::Int => "integers",
            Self::Float => "floats",
            Self::Bool => "booleans",
        }
    }

    fn holds(self, value: &Value, texts: Texts) -> bool {
        match value {
            Value::Text(_) => self == Self::Text || texts == Texts::Allowed,
            Value::Bool(_) => matches!(self, Self::Bool | Self::Int),
            Value::Int(_) => self == Self::Int,
            Value::Float(_) => self == Self::Float,
            _ => false,
        }
    }
}

impl Kind {
    /// The type named by the `type` attribute of a parameter.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (list, scalar) = match name.strip_prefix("list_of_") {
            Some(rest) => (true, rest),
            None => (false, name),
        };
        let scalar = match scalar {
            "str" => Scalar::Text,
            "int" => Scalar::Int,
            "float" => Scalar::Float,
            "bool" => Scalar::Bool,
            "yaml" if !list => return Some(Self::Any),
            _ => return None,
        };
        Some(if list {
            Self::ListOf(scalar)
        } else {
            Self::One(scalar)
        })
    }

    /// Name, for a person.
    pub(super) fn name(self) -> String {
        match self {
            Self::Any => "a boolean, a number, a string, or a list of these".to_owned(),
            Self::One(scalar) => scalar.name().to_owned(),
            Self::ListOf(scalar) => format!("a list of {}", scalar.plural()),
        }
    }

    /// Whether `value` is of this type.
    pub(super) fn holds(self, value: &Value, texts: Texts) -> bool {
        match (self, value) {
            (Self::Any, Value::List(items)) => uniform(items, texts),
            (Self::Any, _) => value.scalar().is_some(),
            (Self::One(scalar), _) => scalar.holds(value, texts),
            (Self::ListOf(scalar), Value::List(items)) => items.iter().all(|item| scalar.holds(item, texts)),
            (Self::ListOf(_), _) => false,
        }
    }

    /// Converts `text` to this type.
    pub(super) fn coerce(self, text: &str, texts: Texts) -> Outcome<Value> {
        match self {
            Self::Any => by_yaml(text, self, texts),
            Self::One(scalar) => coerce_one(text, scalar, texts),
            Self::ListOf(_) => match by_yaml(text, Self::Any, texts)? {
                list @ Value::List(_) if self.holds(&list, texts) => Ok(list),
                _ => Err(mismatch(text, self)),
            },
        }
    }

    /// Converts each of `texts_in` to the element type.
    pub(super) fn coerce_each(self, texts_in: &[&str], texts: Texts) -> Outcome<Value> {
        let each = match self {
            Self::Any => Self::Any,
            Self::ListOf(scalar) => Self::One(scalar),
            Self::One(scalar) => {
                let what = format!("expected {}, found several values", scalar.name());
                let help = "use the type of a list, such as list_of_int";
                return Err(Code::ParameterCoercion.says(what).help(help));
            }
        };
        let items: Result<Vec<_>, _> = texts_in.iter().map(|text| each.coerce(text, texts)).collect();
        let list = Value::List(items?);
        if Self::Any.holds(&list, texts) {
            Ok(list)
        } else {
            Err(mismatch(
                &listed(texts_in, limits::LISTED, limits::SHOWN),
                Self::Any,
            ))
        }
    }
}

impl Value {
    /// The type of a single value.
    pub(super) fn scalar(&self) -> Option<Scalar> {
        match self {
            Self::Text(_) => Some(Scalar::Text),
            Self::Int(_) => Some(Scalar::Int),
            Self::Float(_) => Some(Scalar::Float),
            Self::Bool(_) => Some(Scalar::Bool),
            _ => None,
        }
    }

    /// Bytes of it in a description.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + 2,
            Self::List(items) | Self::Tuple(items) => items.iter().map(|item| item.bytes() + ITEM).sum(),
            _ => NUMBER,
        }
    }

    /// Description for a person.
    pub(super) fn what(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(_) => format!("the boolean {}", python::text(self).to_lowercase()),
            Self::Int(_) => format!("the integer {}", python::text(self)),
            Self::Float(_) => format!("the float {}", python::text(self)),
            Self::Text(text) => format!("the string '{}'", shown(text)),
            Self::List(_) | Self::Tuple(_) => "a list".to_owned(),
            Self::Other(what) => (*what).to_owned(),
        }
    }

    /// The value in a description; `None` if it is not a valid parameter value.
    pub(super) fn of_parameter(&self) -> Option<ParameterValue> {
        Some(match self {
            Self::Bool(value) => ParameterValue::Bool(*value),
            Self::Int(value) => ParameterValue::Integer(*value),
            Self::Float(value) => ParameterValue::Float(*value),
            Self::Text(text) => ParameterValue::Text(text.clone()),
            Self::List(items) | Self::Tuple(items) => {
                let items = items.iter().map(Self::of_parameter);
                ParameterValue::List(items.collect::<Option<_>>()?)
            }
            Self::Null | Self::Other(_) => return None,
        })
    }
}

impl From<scalar::Scalar> for Value {
    fn from(scalar: scalar::Scalar) -> Self {
        match scalar {
            scalar::Scalar::Null => Self::Null,
            scalar::Scalar::Bool(value) => Self::Bool(value),
            scalar::Scalar::Int(value) => Self::Int(value),
            scalar::Scalar::Float(value) => Self::Float(value),
            scalar::Scalar::Text(text) => Self::Text(text),
            scalar::Scalar::Other(what) => Self::Other(what),
        }
    }
}

/// ROS's rule for lists: the type of the first item that is not text counts for all.
fn uniform(items: &[Value], texts: Texts) -> bool {
    let first = items.iter().find(|item| !matches!(item, Value::Text(_)));
    match first.map_or(Some(Scalar::Text), Value::scalar) {
        Some(scalar) => items.iter().all(|item| scalar.holds(item, texts)),
        None => false,
    }
}

fn coerce_one(text: &str, scalar: Scalar, texts: Texts) -> Outcome<Value> {
    let wanted = Kind::One(scalar);
    let number = match scalar {
        Scalar::Text => return Ok(Value::Text(text.to_owned())),
        Scalar::Int => python::parse_int(text).map(Value::Int),
        Scalar::Float => python::parse_float(text).map(Value::Float),
        Scalar::Bool => return coerce_bool(text, texts),
    };
    match number {
        Some(number) => Ok(number),
        None if texts == Texts::Allowed => Ok(Value::Text(text.to_owned())),
        None => Err(mismatch(text, wanted)),
    }
}

fn coerce_bool(text: &str, texts: Texts) -> Outcome<Value> {
    let wanted = Kind::One(Scalar::Bool);
    let text = match text {
        "1" => "true",
        "0" => "false",
        other => other,
    };
    let value = by_yaml(text, Kind::Any, texts).map_err(|_| mismatch(text, wanted))?;
    match value {
        Value::Bool(_) => Ok(value),
        Value::Text(_) if texts == Texts::Allowed => Ok(value),
        _ => Err(mismatch(text, wanted)),
    }
}

/// How YAML types `text`; text that is not YAML remains text where text is allowed.
fn by_yaml(text: &str, kind: Kind, texts: Texts) -> Outcome<Value> {
    if text.is_empty() {
        return Ok(Value::Text(String::new()));
    }
    match yaml::parse(text) {
        Ok(node) => {
            let value = node.value();
            if Kind::Any.holds(&value, texts) {
                Ok(value)
            } else {
                Err(Code::ParameterType
                    .says(format!(
                        "'{}' is read as {}, which is not a valid value",
                        shown(text),
                        describe(&value)
                    ))
                    .help(help_for(&value)))
            }
        }
        Err(error) if error.code == Code::YamlTooLarge => Err(Code::YamlTooLarge
            .says(format!("'{}' has {}", shown(text), error.message))
            .help(AS_TEXT)),
        Err(_) if texts == Texts::Allowed => Ok(Value::Text(text.to_owned())),
        Err(error) => Err(Code::ParameterCoercion
            .says(format!(
                "'{}' is not valid YAML ({}), expected {}",
                shown(text),
                error.message,
                kind.name()
            ))
            .help(AS_TEXT)),
    }
}

const AS_TEXT: &str = "give it the type str to read it as a string";

/// Help for a value that no parameter can have.
fn help_for(value: &Value) -> &'static str {
    match value {
        Value::List(_) => {
            "use quotes, or the type str, for a string; all values of a list must have the same type, and none can be a list"
        }
        _ => "use quotes, or the type str, for a string",
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::List(items) => {
            let kinds = items.iter().take(limits::LISTED).map(Value::what);
            let more = match items.len().saturating_sub(limits::LISTED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            format!("a list with {}{more}", kinds.collect::<Vec<_>>().join(" and "))
        }
        other => other.what(),
    }
}

fn mismatch(text: &str, wanted: Kind) -> Diagnostic {
    let help = match wanted {
        Kind::ListOf(_) => "write a list, [A, B], or set value-sep to what separates the values",
        _ => "",
    };
    Code::ParameterCoercion
        .says(format!("'{}' is not {}", shown(text), wanted.name()))
        .help(help)
}
