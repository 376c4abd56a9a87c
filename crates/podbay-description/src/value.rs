//! Values of parameters.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::printed::Printed;
use super::scalar::{self, Scalar};

/// Values by dotted name, in the order of the launch file.
pub type Values = IndexMap<String, ParameterValue>;

/// Value of a parameter.
///
/// In JSON it is the plain value, with two exceptions: numbers that JSON cannot represent are `{"float":
/// ".inf"}`, `"-.inf"` or `".nan"`, and the output of a command in the container is described in [`Printed`].
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterValue {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Integer(i64),
    /// A floating-point number.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<ParameterValue>),
    /// The output of a command in the container.
    Printed(Printed),
}

/// Key of a number that JSON cannot represent.
const FLOAT: &str = "float";

impl ParameterValue {
    /// The value that a node reads if ROS's own launch writes this one to a parameter file. ROS writes some
    /// texts so that they look like numbers or booleans to the node (`1e-3`, `inf`, `y`). The node refuses a
    /// list with values of several types; here it is kept unchanged.
    pub fn as_read_by_node(&self) -> Self {
        let read = match self {
            Self::Text(text) => reread(text),
            Self::List(items) => reread_all(items).map(Self::List),
            _ => None,
        };
        read.unwrap_or_else(|| self.clone())
    }
}

fn reread(text: &str) -> Option<ParameterValue> {
    match scalar::reread(text)? {
        Scalar::Bool(value) => Some(ParameterValue::Bool(value)),
        Scalar::Int(value) => Some(ParameterValue::Integer(value)),
        Scalar::Float(value) => Some(ParameterValue::Float(value)),
        Scalar::Null | Scalar::Text(_) | Scalar::Other(_) => None,
    }
}

fn reread_all(items: &[ParameterValue]) -> Option<Vec<ParameterValue>> {
    let read = |item: &ParameterValue| match item {
        ParameterValue::Text(text) => reread(text),
        _ => None,
    };
    let read = items.iter().map(read).collect::<Option<Vec<_>>>()?;
    let alike =
        |pair: &[ParameterValue]| std::mem::discriminant(&pair[0]) == std::mem::discriminant(&pair[1]);
    read.windows(2).all(alike).then_some(read)
}

/// The YAML form of a number that JSON cannot represent.
fn unusual(number: f64) -> Option<&'static str> {
    match number {
        number if number.is_nan() => Some(".nan"),
        f64::INFINITY => Some(".inf"),
        f64::NEG_INFINITY => Some("-.inf"),
        _ => None,
    }
}

fn of_unusual(text: &str) -> Option<f64> {
    match text {
        ".nan" => Some(f64::NAN),
        ".inf" => Some(f64::INFINITY),
        "-.inf" => Some(f64::NEG_INFINITY),
        _ => None,
    }
}

/// As YAML in one line, the form of a node's argument.
impl fmt::Display for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float(number) if !number.is_finite() => f.write_str(unusual(*number).unwrap_or_default()),
            Self::List(items) => {
                f.write_str("[")?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { "," })?;
                }
                f.write_str("]")
            }
            // JSON is YAML
            other => f.write_str(&serde_json::to_string(other).map_err(|_| fmt::Error)?),
        }
    }
}

impl From<String> for ParameterValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Serialize for ParameterValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Integer(value) => serializer.serialize_i64(*value),
            Self::Float(value) => match unusual(*value) {
                None => serializer.serialize_f64(*value),
                Some(text) => {
                    let mut map = serializer.serialize_map(Some(1))?;
                    map.serialize_entry(FLOAT, text)?;
                    map.end()
                }
            },
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => serializer.collect_seq(items),
            Self::Printed(printed) => printed.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ParameterValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = ParameterValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a parameter")
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Integer(value))
    }

    /// A number too large for an integer becomes a floating-point number, as in a node.
    fn visit_u64<E: de::Error>(self, value: u64) -> Result<ParameterValue, E> {
        Ok(i64::try_from(value).map_or(ParameterValue::Float(value as f64), ParameterValue::Integer))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Float(value))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<ParameterValue, E> {
        Ok(ParameterValue::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ParameterValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(ParameterValue::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ParameterValue, A::Error> {
        let Some(key) = map.next_key::<String>()? else {
            return Err(de::Error::invalid_length(0, &"`float` or `command`"));
        };
        if key == FLOAT {
            let text: String = map.next_value()?;
            let number = of_unusual(&text);
            let unknown = || de::Error::invalid_value(de::Unexpected::Str(&text), &".inf, -.inf or .nan");
            return number.map(ParameterValue::Float).ok_or_else(unknown);
        }
        let rest = de::value::MapAccessDeserializer::new(Behind(Some(key), map));
        Printed::deserialize(rest).map(ParameterValue::Printed)
    }
}

/// A map whose first key was already read.
struct Behind<A>(Option<String>, A);

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Behind<A> {
    type Error = A::Error;

    fn next_key_seed<K: de::DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, A::Error> {
        match self.0.take() {
            Some(key) => seed
                .deserialize(de::value::StringDeserializer::new(key))
                .map(Some),
            None => self.1.next_key_seed(seed),
        }
    }

    fn next_value_seed<V: de::DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.1.next_value_seed(seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_reads_back_as_it_was_written() {
        for text in [
            "true",
            "7",
            "-7",
            "1.0",
            "1e300",
            "0.1",
            r#"{"float":".inf"}"#,
            r#"{"float":"-.inf"}"#,
            r#""text""#,
            "[]",
            r#"[1.5,{"float":".inf"}]"#,
            r#"{"command":["xacro","a"],"on_stderr":"fail"}"#,
        ] {
            let value: ParameterValue = serde_json::from_str(text).unwrap();
            let number = |text: &str| text.parse::<f64>().ok();
            let written = serde_json::to_string(&value).unwrap();
            assert!(
                written == text || number(&written) == number(text) && number(text).is_some(),
                "{text}: {written}"
            );
        }
        let nan: ParameterValue = serde_json::from_str(r#"{"float":".nan"}"#).unwrap();
        assert_eq!(serde_json::to_string(&nan).unwrap(), r#"{"float":".nan"}"#);
    }

    #[test]
    fn invalid_values_are_refused() {
        for (text, expected) in [
            ("null", "expected the value of a parameter"),
            ("{}", "expected `float` or `command`"),
            (r#"{"float": "1"}"#, "expected .inf, -.inf or .nan"),
            (
                r#"{"a": 1}"#,
                "unknown field `a`, expected `command` or `on_stderr`",
            ),
            (r#"[1, null]"#, "expected the value of a parameter"),
        ] {
            let error = serde_json::from_str::<ParameterValue>(text)
                .unwrap_err()
                .to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn an_argument_has_every_number_in_the_form_of_yaml() {
        let list: ParameterValue = serde_json::from_str(r#"[1.5,{"float":".inf"},"a \"b"]"#).unwrap();
        assert_eq!(list.to_string(), r#"[1.5,.inf,"a \"b"]"#);
    }

    #[test]
    fn a_node_reads_some_texts_as_numbers() {
        let text = |text: &str| ParameterValue::Text(text.to_owned());
        assert_eq!(text("1e-3").as_read_by_node(), ParameterValue::Float(1e-3));
        assert_eq!(text("y").as_read_by_node(), ParameterValue::Bool(true));
        assert_eq!(text("word").as_read_by_node(), text("word"));
        let list = |items: &[&str]| ParameterValue::List(items.iter().map(|item| text(item)).collect());
        let read = ParameterValue::List(vec![ParameterValue::Float(1e-3), ParameterValue::Float(1e3)]);
        assert_eq!(list(&["1e-3", "1e3"]).as_read_by_node(), read);
        assert_eq!(list(&["1e-3", "y"]).as_read_by_node(), list(&["1e-3", "y"]));
    }
}
