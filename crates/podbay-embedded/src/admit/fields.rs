//! Rules for the fields of an object, as tables of path patterns.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::Value;

/// A rule for a field.
pub(super) enum Rule {
    Number(RangeInclusive<i64>),
    /// The function accepts the text; the description completes "is not …".
    Text(fn(&str) -> bool, &'static str),
    /// Is empty, or one of these words.
    Word(&'static [&'static str]),
    /// This field of it is not empty.
    Required(&'static str),
    /// Has exactly one of these fields.
    OneOf(&'static [&'static str]),
    /// Has only these fields, separated by spaces.
    Only(&'static str),
    /// Is empty; the text is the error.
    Unset(&'static str),
}
use Rule::{Number, OneOf, Only, Required, Text, Unset, Word};

/// The errors of an object, each with its path.
#[derive(Default)]
pub(super) struct Errors(Vec<String>);

impl Errors {
    /// Checks `object` with a table of patterns and rules.
    pub(super) fn of(object: &Value, table: &[(&str, Rule)]) -> Self {
        let mut errors = Self::default();
        for (pattern, rule) in table {
            for (path, value) in at(object, pattern) {
                rule.check(&path, value, &mut errors);
            }
        }
        errors
    }

    pub(super) fn add(&mut self, path: impl Display, why: impl Display) {
        self.0.push(format!("{path}: {why}"));
    }

    /// All errors in one text; `None` without any.
    pub(super) fn text(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.join(", "))
    }
}

impl Rule {
    fn check(&self, path: &str, value: &Value, errors: &mut Errors) {
        let (number, text) = (value.as_i64(), value.as_str().filter(|text| !text.is_empty()));
        match self {
            Number(range) if number.is_some_and(|number| !range.contains(&number)) => {
                errors.add(path, format_args!("{value} {}", must_be(range)));
            }
            // an empty text is checked too
            Text(accepts, what) if value.as_str().is_some_and(|text| !accepts(text)) => {
                errors.add(path, format_args!("{value} is not {what}"));
            }
            Word(known) if text.is_some_and(|text| !known.contains(&text)) => {
                let one_of = if known.len() > 1 { "one of " } else { "" };
                errors.add(path, format_args!("{value} is not {one_of}{}", known.join(", ")));
            }
            Required(field) if is_empty(&value[field]) => {
                errors.0.push(format!("{path}.{field} is required"));
            }
            OneOf(fields) if fields.iter().filter(|field| !value[field].is_null()).count() != 1 => {
                errors.add(
                    path,
                    format_args!("requires exactly one of {}", fields.join(", ")),
                );
            }
            Only(fields) => {
                let others = others(value, fields);
                others.for_each(|name| errors.add(format_args!("{path}.{name}"), "unsupported"));
            }
            Unset(why) if !is_empty(value) => errors.add(path, why),
            _ => {}
        }
    }
}

fn must_be(range: &RangeInclusive<i64>) -> String {
    match (range.start(), range.end()) {
        (least, &i64::MAX) => format!("must be at least {least}"),
        (least, most) => format!("must be between {least} and {most}"),
    }
}

/// Names of the fields of `value` that `fields` does not list.
pub(super) fn others<'a>(value: &'a Value, fields: &str) -> impl Iterator<Item = &'a String> {
    let names = value.as_object().into_iter().flat_map(|map| map.keys());
    names.filter(move |name| !fields.split(' ').any(|field| field == *name))
}

/// Whether a field is unset or empty.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}

/// Every value at `pattern`, with its path. `a|b` matches either field, `[]` each item of a list or a map,
/// `@containers` each container of a pod, `@probes` each probe of a container.
pub(super) fn at<'a>(object: &'a Value, pattern: &str) -> Vec<(String, &'a Value)> {
    let mut found = vec![(String::new(), object)];
    for step in pattern.split('.') {
        let names = match step {
            "@containers" => "initContainers[]|containers[]",
            "@probes" => "startupProbe|readinessProbe|livenessProbe",
            _ => step,
        };
        let below = |(path, value): &(String, &'a Value)| -> Vec<_> {
            let fields = names.split('|').flat_map(|name| field(path, value, name));
            fields.collect()
        };
        found = found.iter().flat_map(below).collect();
    }
    found
}

fn field<'a>(path: &str, value: &'a Value, step: &str) -> Vec<(String, &'a Value)> {
    let name = step.trim_end_matches("[]");
    let Some(value) = value.get(name) else {
        return Vec::new();
    };
    let path = format!("{path}{}{name}", if path.is_empty() { "" } else { "." });
    match value {
        Value::Array(list) if name != step => {
            let items = list.iter().enumerate();
            items
                .map(|(index, item)| (format!("{path}[{index}]"), item))
                .collect()
        }
        Value::Object(map) if name != step => {
            let items = map.iter();
            items
                .map(|(key, item)| (format!("{path}[{key}]"), item))
                .collect()
        }
        _ => vec![(path, value)],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn patterns_lead_to_every_value() {
        let probe = json!({"livenessProbe": {"periodSeconds": 1}});
        let limits = json!({"resources": {"limits": {"cpu": "1", "memory": "2"}}});
        let pod = json!({"spec": {"initContainers": [{}, probe], "containers": [limits], "a": 1, "b": 2}});
        let paths = |pattern| {
            let found = at(&pod, pattern).into_iter();
            found.map(|(path, _)| path).collect::<Vec<_>>().join(" ")
        };
        let period = "spec.initContainers[1].livenessProbe.periodSeconds";
        assert_eq!(paths("spec.@containers.@probes.periodSeconds"), period);
        let limits = "spec.containers[0].resources.limits";
        let limits = format!("{limits}[cpu] {limits}[memory]");
        assert_eq!(paths("spec.@containers.resources.limits[]"), limits);
        assert_eq!(paths("spec.b|a"), "spec.b spec.a");
        assert_eq!(paths("spec.volumes[].name"), "");
    }
}
