//! Rules about the size of a caller's manifest: it is kept, parsed and whole, for as long as the pod is there.

use serde_json::Value;

use super::Denial;
use crate::domain::object::Object;

/// Most that a manifest may cost, in bytes of memory; a large pod has some ten thousand.
const MOST: usize = 256 * 1024;

/// Bytes of a value beside its text. A manifest of many short words takes far more memory than it has bytes.
const VALUE: usize = 64;

/// Denies a manifest that takes too much memory.
pub(super) fn check(pod: &Object) -> Option<Denial> {
    let cost = cost(&pod.0);
    (cost > MOST).then(|| Denial {
        rule: "size",
        what: format!(
            "the manifest comes to {cost} bytes, {VALUE} of them for each value in it; at most {MOST} are taken"
        ),
        way_out: "put large data into a ConfigMap or a volume".to_owned(),
    })
}

fn cost(value: &Value) -> usize {
    VALUE
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(list) => list.iter().map(cost).sum(),
            Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + cost(value)).sum(),
        }
}
