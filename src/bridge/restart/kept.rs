//! The manifest that is kept of a pod during its restart, in a ConfigMap. Pure.

use serde_json::{Value, json};

use podbay_core::names::{ANNOTATION_REQUEST, LABEL_MANAGED_BY, LABEL_RESTART, MANAGED_BY};
use podbay_core::object::Object;

/// Prefix of the ConfigMap's name, followed by the uid of the old pod.
const PREFIX: &str = "podbay-restart-";

/// Keeps `next`, the manifest from which `pod` is to be created again. It has the same owner as the pod.
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

/// Whether `object` keeps `next`, ignoring the mark of the attempt. Any other kept manifest was
/// written by somebody who can only write ConfigMaps, or is of a pod that was changed since.
pub(super) fn keeps(object: &Object, next: &Object) -> bool {
    manifest(object).is_some_and(|pod| without_mark(pod) == without_mark(next.clone()))
}

fn without_mark(mut pod: Object) -> Object {
    let annotations = pod.0.pointer_mut("/metadata/annotations");
    if let Some(annotations) = annotations.and_then(Value::as_object_mut) {
        annotations.remove(ANNOTATION_REQUEST);
    }
    pod
}

/// The uid of the old pod.
pub(super) fn uid(kept: &Object) -> &str {
    kept.name().strip_prefix(PREFIX).unwrap_or_default()
}

/// The manifest of the next pod; `None` if `object` is not in the format of [`new`].
pub(super) fn manifest(object: &Object) -> Option<Object> {
    let is_kept = object.kind() == "ConfigMap"
        && object.label(LABEL_MANAGED_BY) == MANAGED_BY
        && object.label(LABEL_RESTART) == "true"
        && object.name().starts_with(PREFIX);
    let pod: Value = serde_json::from_str(is_kept.then(|| object.text("/data/pod"))?).ok()?;
    let pod = Object(pod);
    (pod.kind() == "Pod" && pod.namespace() == object.namespace()).then_some(pod)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_manifest_is_of_one_pod_whole() {
        let pod = |name: &str, mark: &str, image: &str| {
            Object(json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": name, "namespace": "n", "annotations": {ANNOTATION_REQUEST: mark}},
                "spec": {"containers": [{"name": "c", "image": image}]}}))
        };
        let old = Object(json!({"metadata": {"name": "a", "namespace": "n", "uid": "1"}}));
        let next = pod("a", "2", "i");
        for (kept, expected) in [
            (pod("a", "2", "i"), true),
            (pod("a", "1", "i"), true),
            (pod("b", "2", "i"), false),
            (pod("a", "2", "other"), false),
        ] {
            assert_eq!(keeps(&new(&old, &kept), &next), expected, "{kept:?}");
        }
        let mut unlabelled = new(&old, &next);
        unlabelled.0["metadata"]["labels"] = json!({});
        assert!(!keeps(&unlabelled, &next));
    }
}
