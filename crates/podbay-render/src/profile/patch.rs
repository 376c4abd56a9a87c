//! Patches part of a Kubernetes object, like `kubectl patch` (strategic merge).
//!
//! | what | is |
//! |---|---|
//! | object | merged field by field |
//! | null | removed |
//! | list of named entries (`KEYS`) | merged by name; new entries are appended |
//! | tolerations | appended, without duplicates |
//! | anything else | replaced |

use serde_json::{Map, Value};

/// Lists whose entries are merged, with the field that identifies an entry.
const KEYS: [(&str, &str); 14] = [
    ("containers", "name"),
    ("initContainers", "name"),
    ("sidecars", "name"),
    ("volumes", "name"),
    ("volumeMounts", "mountPath"),
    ("volumeDevices", "devicePath"),
    ("env", "name"),
    ("ports", "containerPort"),
    ("imagePullSecrets", "name"),
    ("resourceClaims", "name"),
    ("claims", "name"),
    ("hostAliases", "ip"),
    ("topologySpreadConstraints", "topologyKey"),
    ("schedulingGates", "name"),
];

/// Applies `patch` to `base`, both of which are at `field`.
pub(crate) fn apply(base: &mut Value, patch: &Value, field: &str) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => apply_fields(base, patch),
        (Value::Array(base), Value::Array(patch)) if key_of(field).is_some() => {
            apply_named(base, patch, field)
        }
        (Value::Array(base), Value::Array(patch)) if field == "tolerations" => add_new(base, patch),
        (base, patch @ Value::Object(_)) => {
            *base = Value::Object(Map::new());
            apply(base, patch, field);
        }
        (base, Value::Array(patch)) => {
            *base = Value::Array(Vec::new());
            add_all(base, patch, field);
        }
        (base, patch) => base.clone_from(patch),
    }
}

fn apply_fields(base: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        if value.is_null() {
            base.shift_remove(name);
        } else {
            apply(base.entry(name).or_insert(Value::Null), value, name);
        }
    }
}

fn apply_named(base: &mut Vec<Value>, patch: &[Value], field: &str) {
    let key = key_of(field).unwrap_or_default();
    for entry in patch {
        let same = base.iter_mut().find(|there| {
            there.get(key).is_some() && there.get(key) == entry.get(key) && protocol(there) == protocol(entry)
        });
        match same {
            Some(there) => apply(there, entry, ""),
            None => base.push(without_nulls(entry)),
        }
    }
}

fn add_new(base: &mut Vec<Value>, patch: &[Value]) {
    for entry in patch {
        if !base.contains(entry) {
            base.push(without_nulls(entry));
        }
    }
}

fn add_all(base: &mut Value, patch: &[Value], field: &str) {
    let mut list = Vec::new();
    if key_of(field).is_some() {
        apply_named(&mut list, patch, field);
    } else {
        list.extend(patch.iter().map(without_nulls));
    }
    *base = Value::Array(list);
}

fn without_nulls(value: &Value) -> Value {
    let mut clean = Value::Null;
    apply(&mut clean, value, "");
    clean
}

/// The field that identifies an entry of the list `field`.
pub(super) fn key_of(field: &str) -> Option<&'static str> {
    let found = KEYS.iter().find(|(list, _)| *list == field);
    found.map(|(_, key)| *key)
}

/// The same port number may be used for UDP and TCP.
fn protocol(entry: &Value) -> &str {
    entry.get("protocol").and_then(Value::as_str).unwrap_or("TCP")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(base: Value, patch: Value, expected: Value) {
        let mut result = base;
        apply(&mut result, &patch, "");
        assert_eq!(result, expected);
    }

    #[test]
    fn fields_are_merged_and_null_removes() {
        let base = json!({"a": 1, "b": {"c": 2, "d": 3}});
        let patch = json!({"a": null, "b": {"d": 4, "e": {"f": null}}, "g": [1]});
        check(base, patch, json!({"b": {"c": 2, "d": 4, "e": {}}, "g": [1]}));
    }

    #[test]
    fn named_entries_are_merged_and_other_lists_replaced() {
        let base =
            json!({"containers": [{"name": "a", "args": ["1"], "env": [{"name": "X", "value": "1"}]}]});
        let patch = json!({"containers": [
            {"name": "b", "tty": null},
            {"name": "a", "args": ["2"], "env": [{"name": "Y", "value": "2"}, {"name": "X", "value": "3"}]},
        ]});
        let merged = json!({"containers": [
            {"name": "a", "args": ["2"], "env": [{"name": "X", "value": "3"}, {"name": "Y", "value": "2"}]},
            {"name": "b"},
        ]});
        check(base, patch, merged);
    }

    #[test]
    fn ports_differ_by_protocol_and_tolerations_are_added_once() {
        check(
            json!({"ports": [{"containerPort": 1}], "tolerations": [{"key": "a"}]}),
            json!({"ports": [{"containerPort": 1, "protocol": "UDP"}], "tolerations": [{"key": "a"}, {"key": "b"}]}),
            json!({"ports": [{"containerPort": 1}, {"containerPort": 1, "protocol": "UDP"}],
                   "tolerations": [{"key": "a"}, {"key": "b"}]}),
        );
    }
}
