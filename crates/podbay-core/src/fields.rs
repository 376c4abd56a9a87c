//! Unknown fields of an object: strict field validation, as `kubectl apply` requests it from the API server.

use serde_json::Value;

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
