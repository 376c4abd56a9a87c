//! The record of a launch, and the objects that belong to it. Only objects in podbay's own format count as
//! records, and only objects with the launch's label that are owned by the record belong to it: anybody may
//! choose names.

use serde_json::Value;

use super::names::{LABEL_LAUNCH, LABEL_MANAGED_BY, LABEL_NODE, MANAGED_BY};
use super::object::Object;
use super::workload::WorkloadKind;

/// The required content of a record.
const CONTENT: [&str; 2] = ["/data/source", "/data/objects"];

/// Kinds of `v1` that podbay creates for a launch, besides pods.
const BESIDE: [&str; 2] = ["ConfigMap", "Service"];

/// Name of the record of the launch `launch_id`.
pub fn name(launch_id: &str) -> String {
    format!("podbay-{launch_id}")
}

/// The launch id of `record`.
pub fn launch_id(record: &Object) -> &str {
    record.label(LABEL_LAUNCH)
}

/// Whether `object` is a record as podbay writes it, by kind, labels, name and content. Objects in a list may
/// omit their kind.
pub fn is_record(object: &Object) -> bool {
    let id = launch_id(object);
    matches!(object.kind(), "" | "ConfigMap")
        && object.label(LABEL_MANAGED_BY) == MANAGED_BY
        && !id.is_empty()
        && object.label(LABEL_NODE).is_empty()
        && object.name() == name(id)
        && CONTENT
            .iter()
            .all(|field| object.0.pointer(field).is_some_and(Value::is_string))
}

/// Whether podbay creates objects of this kind for launches; a record that names others was edited.
pub fn creates(api_version: &str, kind: &str) -> bool {
    let beside = api_version == "v1" && BESIDE.contains(&kind);
    beside || WorkloadKind::of(api_version, kind).is_some()
}

/// Whether the stored `object` was created for the launch of `record`.
pub fn belongs(object: &Object, record: &Object) -> bool {
    let owners = object
        .0
        .pointer("/metadata/ownerReferences")
        .and_then(Value::as_array);
    let mut owners = owners.into_iter().flatten();
    let uid = record.uid();
    !uid.is_empty()
        && object.namespace() == record.namespace()
        && object.label(LABEL_LAUNCH) == launch_id(record)
        && owners.any(|owner| owner["uid"] == uid)
}

/// Whether `object` belongs to the launch of `record` by its labels but has no owner: somebody applied the
/// output of podbay, so podbay no longer knows to whom it belongs.
pub fn was_applied(object: &Object, record: &Object) -> bool {
    let owners = object.0.pointer("/metadata/ownerReferences");
    object.namespace() == record.namespace()
        && object.label(LABEL_MANAGED_BY) == MANAGED_BY
        && object.label(LABEL_LAUNCH) == launch_id(record)
        && owners.and_then(Value::as_array).is_none_or(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Object {
        Object(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": "podbay-a", "namespace": "n", "uid": "u",
                         "labels": {LABEL_MANAGED_BY: MANAGED_BY, LABEL_LAUNCH: "a"}},
            "data": {"source": "x", "objects": "[]"},
        }))
    }

    /// `object` with `value` at a JSON pointer.
    fn with(mut object: Object, at: &str, value: Value) -> Object {
        let (parent, field) = at.rsplit_once('/').unwrap();
        let field = field.replace("~1", "/");
        object.0.pointer_mut(parent).unwrap()[field] = value;
        object
    }

    #[test]
    fn a_record_is_recognized_by_labels_name_and_content() {
        assert!(is_record(&record()));
        let labels = "/metadata/labels";
        for (at, value) in [
            ("/kind", json!("Secret")),
            ("/metadata/name", json!("podbay-config")),
            ("/metadata/labels", json!({LABEL_LAUNCH: "a"})),
            (
                "/metadata/labels",
                json!({LABEL_MANAGED_BY: "Helm", LABEL_LAUNCH: "a"}),
            ),
            ("/metadata/labels", json!({LABEL_MANAGED_BY: MANAGED_BY})),
            (&format!("{labels}/podbay.dev~1node"), json!("talker")),
            ("/data", json!({"key": "value"})),
            ("/data/objects", json!(7)),
        ] {
            assert!(!is_record(&with(record(), at, value.clone())), "{at}: {value}");
        }
    }

    #[test]
    fn only_kinds_that_podbay_creates_are_its_own() {
        for (api_version, kind) in [("v1", "Pod"), ("v1", "Service"), ("apps/v1", "Deployment")] {
            assert!(creates(api_version, kind), "{kind}");
        }
        for (api_version, kind) in [("v1", "Secret"), ("v1", "Deployment"), ("other/v1", "Pod")] {
            assert!(!creates(api_version, kind), "{api_version}/{kind}");
        }
    }

    #[test]
    fn objects_of_a_launch_have_its_label_and_owner() {
        let pod = Object(json!({"kind": "Pod", "metadata": {"name": "p", "namespace": "n",
            "labels": {LABEL_LAUNCH: "a"}, "ownerReferences": [{"uid": "other"}, {"uid": "u"}]}}));
        assert!(belongs(&pod, &record()));
        for (at, value) in [
            ("/metadata/labels", json!({})),
            ("/metadata/labels", json!({LABEL_LAUNCH: "b"})),
            ("/metadata/ownerReferences", json!([])),
            ("/metadata/ownerReferences", json!([{"uid": "other"}])),
            ("/metadata/namespace", json!("m")),
        ] {
            assert!(
                !belongs(&with(pod.clone(), at, value.clone()), &record()),
                "{at}: {value}"
            );
        }
        let unstored = with(record(), "/metadata/uid", json!(""));
        let forged = with(pod, "/metadata/ownerReferences", json!([{"uid": ""}]));
        assert!(!belongs(&forged, &unstored));
    }
}
