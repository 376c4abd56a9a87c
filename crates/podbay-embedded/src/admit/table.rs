//! Tables of the valid values of an object's fields.

use serde_json::Value;

/// A rule for a field, with the words of its error.
pub(super) enum Rule {
    Number(fn(i64) -> bool, &'static str),
    Text(fn(&str) -> bool, &'static str),
    /// Is empty, or one of these words.
    Word(&'static [&'static str]),
    /// Has this field, and it is not empty.
    Has(&'static str),
    /// Has exactly one of these fields.
    HasOne(&'static [&'static str]),
    /// Has only these fields, separated by spaces.
    HasOnly(&'static str),
    /// Is not set.
    Unset,
}
use Rule::{Has, HasOne, HasOnly, Number, Text, Unset, Word};

/// Where an object violates its rules, and how.
pub(super) struct Problems(pub(super) Vec<(String, String)>);

impl Problems {
    /// Checks `object` with a table of patterns and rules.
    pub(super) fn of(object: &Value, table: &[(&str, Rule)]) -> Self {
        let mut problems = Self(Vec::new());
        for (pattern, rule) in table {
            for (path, value) in at(object, pattern) {
                rule.check(path, value, &mut problems);
            }
        }
        problems
    }

    pub(super) fn add(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.0.push((path.into(), why.into()));
    }

    pub(super) fn invalid(&mut self, path: impl Into<String>, value: &Value, why: &str) {
        self.add(path, format!("Invalid value: {value}: {why}"));
    }

    /// All problems in one text, or `None`.
    pub(super) fn told(&self) -> Option<String> {
        let told = |(path, why): &(String, String)| match why.as_str() {
            "" => path.clone(),
            why => format!("{path}: {why}"),
        };
        let all: Vec<_> = self.0.iter().map(told).collect();
        (!all.is_empty()).then(|| all.join(", "))
    }
}

impl Rule {
    fn check(&self, path: String, value: &Value, problems: &mut Problems) {
        let (number, word) = (value.as_i64(), value.as_str());
        match self {
            Number(holds, why) if number.is_some_and(|number| !holds(number)) => {
                problems.invalid(path, value, why);
            }
            Text(holds, why) if word.is_some_and(|word| !holds(word)) => problems.invalid(path, value, why),
            Word(known) if word.is_some_and(|word| !word.is_empty() && !known.contains(&word)) => {
                let known = format!("{known:?}");
                let known = known.trim_matches(['[', ']']);
                problems.add(
                    path,
                    format!("Unsupported value: {value}: supported values: {known}"),
                );
            }
            Has(field) if is_empty(&value[field]) => problems.add(path + "." + field, "Required value"),
            HasOne(fields) if fields.iter().filter(|field| !value[field].is_null()).count() != 1 => {
                problems.add(path, format!("must have one of {}", fields.join(", ")));
            }
            HasOnly(fields) => {
                let given = value.as_object().into_iter().flatten();
                let other = given.filter(|(name, _)| !fields.split(' ').any(|field| field == *name));
                other.for_each(|(name, _)| problems.add(format!("{path}.{name}"), ""));
            }
            Unset => problems.add(path, ""),
            _ => {}
        }
    }
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

/// Every value at `pattern`, with its path. `a|b` stands for either field, `[]` for each of a list
/// or a map, `@containers` for each container of a pod, `@probes` for each probe of a container.
pub(super) fn at<'a>(object: &'a Value, pattern: &str) -> Vec<(String, &'a Value)> {
    let mut found = vec![(String::new(), object)];
    for step in pattern.split('.') {
        let names = match step {
            "@containers" => "initContainers[]|containers[]",
            "@probes" => "startupProbe|readinessProbe|livenessProbe",
            _ => step,
        };
        let below = |(path, value): &(String, &'a Value)| -> Vec<_> {
            names
                .split('|')
                .flat_map(|name| field(path, value, name))
                .collect()
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
    let item = |index: &dyn std::fmt::Display| format!("{path}[{index}]");
    match value {
        Value::Array(list) if name != step => {
            let list = list.iter().enumerate();
            list.map(|(index, value)| (item(&index), value)).collect()
        }
        Value::Object(map) if name != step => map.iter().map(|(key, value)| (item(key), value)).collect(),
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
