//! What is kept of a pod while it is restarted: its next manifest, in a ConfigMap. Pure.

use serde_json::{Value, json};

use crate::domain::names::{LABEL_MANAGED_BY, LABEL_RESTART, MANAGED_BY};
use crate::domain::object::Object;

/// What the name of a note begins with; the uid of the pod before follows.
const PREFIX: &str = "podbay-restart-";

/// A note about `pod`, of which `next` is to be made. It goes with what owns the pod.
pub(super) fn new(pod: &Object, next: &Object) -> Object {
    let mut metadata = json!({
        "name": format!("{PREFIX}{}", pod.uid()),
        "namespace": pod.namespace(),
        "labels": {LABEL_MANAGED_BY: MANAGED_BY, LABEL_RESTART: "true"},
    });
    if let Some(owners) = pod.0.pointer("/metadata/ownerReferences") {
        metadata["ownerReferences"] = owners.clone();
    }
    Object(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {"pod": next.0.to_string()},
    }))
}

/// Whether `object` is a note as [`new`] makes them.
pub(super) fn is_note(object: &Object) -> bool {
    object.kind() == "ConfigMap"
        && object.label(LABEL_MANAGED_BY) == MANAGED_BY
        && object.label(LABEL_RESTART) == "true"
        && object.name().starts_with(PREFIX)
        && manifest(object).is_some()
}

/// The uid of the pod before.
pub(super) fn uid(note: &Object) -> &str {
    note.name().strip_prefix(PREFIX).unwrap_or_default()
}

/// The pod that is to be made.
pub(super) fn manifest(note: &Object) -> Option<Object> {
    let pod: Value = serde_json::from_str(note.text("/data/pod")).ok()?;
    let pod = Object(pod);
    (pod.kind() == "Pod" && pod.namespace() == note.namespace()).then_some(pod)
}
