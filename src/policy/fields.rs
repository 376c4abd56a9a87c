//! A pod as typed data, and what is lost on the way there.

use k8s_openapi::api::core::v1::Pod;

use super::{Denial, never};
use crate::domain::fields::unknown_fields;
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
    let unknown = unknown_fields(&object.0, &known);
    let what = format!("this version of podbay does not know {}", unknown.join(", "));
    (!unknown.is_empty()).then(|| never("unknown-field", what))
}
