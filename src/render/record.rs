//! The record of a launch: one ConfigMap that holds what was launched and owns everything that was made for it.

use serde_json::{Value, json};

use super::{Target, pod};
use crate::domain::description::Description;
use crate::domain::object::{Object, ObjectRef};

/// The record of a launch that made `objects`.
pub(super) fn new(description: &Description, target: &Target, objects: &[Object]) -> Object {
    let references: Vec<_> = objects.iter().map(reference).collect();
    Object(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": name(&target.launch_id),
            "namespace": target.namespace,
            "labels": pod::labels(&target.launch_id),
        },
        "data": {
            "source": target.source,
            "arguments": json!(target.arguments).to_string(),
            "description": json!(description).to_string(),
            "objects": json!(references).to_string(),
        },
    }))
}

/// Name of the record of the launch `launch_id`.
pub fn name(launch_id: &str) -> String {
    format!("podbay-{launch_id}")
}

/// Makes `object` belong to `owner`, which the cluster has stored: when the owner is deleted, so is the object.
pub fn own(object: &mut Object, owner: &Object) {
    object.0["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "name": owner.name(),
        "uid": owner.uid(),
    }]);
}

/// What a record owns, in the order it was made. Entries that cannot be read are left out: the record may have
/// been edited, and stopping the launch removes what is left through its owner.
pub fn objects(record: &Object) -> Vec<ObjectRef> {
    let list: Vec<Value> = serde_json::from_str(record.text("/data/objects")).unwrap_or_default();
    let read = |entry: &Value| {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        Some(ObjectRef {
            api_version: text("apiVersion")?,
            kind: text("kind")?,
            namespace: record.namespace().to_owned(),
            name: text("name")?,
        })
    };
    list.iter().filter_map(read).collect()
}

/// Where the launch came from, for a person.
pub fn source(record: &Object) -> &str {
    record.text("/data/source")
}

fn reference(object: &Object) -> Value {
    let reference = object.reference();
    json!({"apiVersion": reference.api_version, "kind": reference.kind, "name": reference.name})
}
