//! Fields of an object that are unknown or have a value of another type: strict field validation, as `kubectl
//! apply` requests it from the API server.

use serde_json::Value;

use podbay_text::expected::plainly;
use podbay_text::shown::beginning;

/// Characters of a text in an error.
const SHOWN: usize = 150;

/// Paths of fields in `given` that are missing in `known`, which is `given` parsed into its type. A null
/// field does not count as given; an empty one does.
pub fn unknown_fields(given: &Value, known: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare(given, known, "", &mut found);
    found
}

/// The path of the field `name` of the object at `path`.
pub fn join(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    }
}

fn compare(given: &Value, known: &Value, path: &str, found: &mut Vec<String>) {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => {
            for (name, value) in given.iter().filter(|(_, value)| !value.is_null()) {
                let path = join(path, name);
                match known.get(name) {
                    Some(known) => compare(value, known, &path, found),
                    None => found.push(path),
                }
            }
        }
        (Value::Array(given), Value::Array(known)) => {
            for (index, (given, known)) in given.iter().zip(known).enumerate() {
                compare(given, known, &format!("{path}[{index}]"), found);
            }
        }
        _ => {}
    }
}

/// Describes to the user what values a Kubernetes type accepts, which serde calls `expected`.
pub fn accepted(expected: &str) -> String {
    match expected {
        "IntOrString" => "a number or a string".to_owned(),
        "Quantity" => "a quantity such as 500m or 2Gi".to_owned(),
        // the name of a nested type
        named if named.starts_with(|c: char| c.is_ascii_uppercase()) => "a mapping".to_owned(),
        other => plainly(other).unwrap_or_default(),
    }
}

/// Describes a value to the user: `the number 5`.
pub fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) => format!("the boolean {value}"),
        Value::Number(_) => format!("the number {value}"),
        Value::String(text) => format!("the string {:?}", beginning(text, SHOWN)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn unknown_fields_are_named_by_path() {
        let given = json!({"a": 1, "b": {"c": [{"d": 1, "x": 2}]}, "y": 1, "z": null, "empty": {}});
        let known = json!({"a": 1, "b": {"c": [{"d": 1}]}});
        assert_eq!(unknown_fields(&given, &known), ["b.c[0].x", "y", "empty"]);
    }
}
