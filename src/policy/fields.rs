//! A pod as typed data, and what is lost on the way there.

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use super::{Denial, never};
use crate::domain::object::Object;

/// `object` as a pod.
pub(super) fn typed(object: &Object) -> Result<Pod, Denial> {
    serde_json::from_value(object.0.clone()).map_err(|error| Denial {
        rule: "manifest",
        what: format!("the manifest is not a valid v1 Pod: {error}"),
        way_out: "correct it".to_owned(),
    })
}

/// Fields of `object` that no pod has, as far as this version knows.
pub(super) fn unknown(object: &Object) -> Option<Denial> {
    let known = typed(object)
        .ok()
        .and_then(|pod| serde_json::to_value(pod).ok())?;
    let mut unknown = Vec::new();
    compare(&object.0, &known, "", &mut unknown);
    let what = format!("this version of podbay does not know {}", unknown.join(", "));
    (!unknown.is_empty()).then(|| never("unknown-field", what))
}

/// An empty value says nothing, whether it is known or not.
fn compare(given: &Value, known: &Value, path: &str, unknown: &mut Vec<String>) {
    match (given, known) {
        (Value::Object(given), Value::Object(known)) => {
            for (key, value) in given.iter().filter(|(_, value)| !is_empty(value)) {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                match known.get(key) {
                    Some(known) => compare(value, known, &path, unknown),
                    None => unknown.push(path),
                }
            }
        }
        (Value::Array(given), Value::Array(known)) => {
            for (index, (given, known)) in given.iter().zip(known).enumerate() {
                compare(given, known, &format!("{path}[{index}]"), unknown);
            }
        }
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(map) => map.is_empty(),
        Value::Array(list) => list.is_empty(),
        _ => false,
    }
}
