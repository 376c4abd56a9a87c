//! The size of a recording, counted without keeping anything of it.
//!
//! A value in memory is much larger than its text: `{}` may be a process of hundreds of bytes.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize as Derived;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use podbay_description::limits::LaunchLimits;
use podbay_text::diagnostic::Diagnostic;

/// Fields of a description with one element per process or component.
const NODES: [&str; 2] = ["processes", "composable_nodes"];

/// The most values that a process or component has in its fields, apart from the entries of lists and mappings.
const FIELDS: usize = 64;

/// Bytes of the launch's limit for each further value. A value takes far more in memory, but a number in a list
/// counts only a few bytes towards that limit.
const LEAST_BYTES: usize = 8;

/// The most errors of a launch file.
const PROBLEMS: usize = 1000;

/// The size of a recording.
#[derive(Debug, Derived)]
#[serde(rename_all = "snake_case")]
pub(super) enum Size {
    /// Of a description.
    Description(Description),
    /// Of errors.
    Problems(Counted),
}

/// The size of a description.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Description {
    nodes: usize,
    values: usize,
}

/// The size of a JSON value.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Counted {
    /// Elements, if it is a list.
    elements: usize,
    /// Values within it, itself included.
    values: usize,
}

impl Size {
    /// Refuses more than a launch within `limits` can have.
    pub(super) fn admit(&self, limits: &LaunchLimits) -> Result<(), Diagnostic> {
        let (nodes, values) = match self {
            Self::Description(description) => (description.nodes, description.values),
            Self::Problems(problems) if problems.elements > PROBLEMS => return Err(limits.too_large()),
            Self::Problems(problems) => (0, problems.values),
        };
        let most = limits
            .processes
            .saturating_mul(FIELDS)
            .saturating_add(limits.bytes / LEAST_BYTES);
        match (nodes > limits.processes, values > most) {
            (true, _) => Err(limits.too_many()),
            (false, true) => Err(limits.too_large()),
            (false, false) => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for Description {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Fields)
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Values)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = Description;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a description")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Description, A::Error> {
        let mut size = Description::default();
        while let Some((name, counted)) = fields.next_entry::<Cow<'_, str>, Counted>()? {
            if NODES.contains(&&*name) {
                size.nodes += counted.elements;
            }
            size.values += counted.values;
        }
        Ok(size)
    }
}

struct Values;

/// A value without others within it.
const ONE: Counted = Counted {
    elements: 0,
    values: 1,
};

impl<'de> Visitor<'de> for Values {
    type Value = Counted;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Counted, E> {
        Ok(ONE)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Counted, E> {
        Ok(ONE)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Counted, E> {
        Ok(ONE)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Counted, E> {
        Ok(ONE)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Counted, E> {
        Ok(ONE)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Counted, E> {
        Ok(ONE)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Counted, A::Error> {
        let mut counted = ONE;
        while let Some(element) = list.next_element::<Counted>()? {
            counted.elements += 1;
            counted.values += element.values;
        }
        Ok(counted)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Counted, A::Error> {
        let mut counted = ONE;
        while let Some((_, value)) = map.next_entry::<Cow<'_, str>, Counted>()? {
            counted.values += value.values;
        }
        Ok(counted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(text: &str) -> Size {
        serde_json::from_str(text).unwrap()
    }

    /// What `admit` says, in short.
    fn admitted(text: &str, processes: usize, bytes: usize) -> &'static str {
        let limits = LaunchLimits {
            processes,
            bytes,
            ..LaunchLimits::default()
        };
        match size(text).admit(&limits) {
            Ok(()) => "admitted",
            Err(error) if error == limits.too_many() => "too many",
            Err(error) if error == limits.too_large() => "too large",
            Err(_) => "another error",
        }
    }

    #[test]
    fn nodes_and_values_of_a_description_are_counted() {
        let text = r#"{"description": {"processes": [{"a": [1, -1, 1.5, null, true, "x\n"]}, {}],
            "composable_nodes": [{}], "shutdown": {"reason": "end"}}}"#;
        let Size::Description(description) = size(text) else {
            panic!("{text}");
        };
        assert_eq!(description, Description { nodes: 3, values: 14 });
    }

    #[test]
    fn errors_are_limited_in_number() {
        let errors = |count: usize| format!(r#"{{"problems": [{}]}}"#, vec!["{}"; count].join(","));
        assert_eq!(admitted(&errors(PROBLEMS), 100, 1 << 20), "admitted");
        assert_eq!(admitted(&errors(PROBLEMS + 1), 100, 1 << 20), "too large");
    }

    #[test]
    fn nodes_and_values_are_limited() {
        let two = r#"{"description": {"processes": [{}], "composable_nodes": [{}]}}"#;
        assert_eq!(admitted(two, 2, 0), "admitted");
        assert_eq!(admitted(two, 1, 1 << 20), "too many");
        // 64 values and the list
        let zeros = format!("[{}0]", "0,".repeat(63));
        for (text, of) in [
            (
                format!(r#"{{"description": {{"arguments": {zeros}}}}}"#),
                "description",
            ),
            (format!(r#"{{"problems": {zeros}}}"#), "problems"),
        ] {
            assert_eq!(admitted(&text, 1, 0), "too large", "{of}");
            assert_eq!(admitted(&text, 1, LEAST_BYTES), "admitted", "{of}");
        }
    }
}
