//! What the garbage collector of a cluster would remove.

use std::collections::BTreeSet;

use serde_json::Value;

use super::store::Objects;
use podbay_core::object::{Object, ObjectRef};

/// Objects that have owners, of which none exists.
pub(super) fn orphans(objects: &Objects) -> Vec<ObjectRef> {
    let alive: BTreeSet<&str> = objects.values().map(|object| object.uid()).collect();
    let orphaned = |object: &Object| {
        let owners = object
            .0
            .pointer("/metadata/ownerReferences")
            .and_then(Value::as_array);
        let mut uids = owners
            .into_iter()
            .flatten()
            .filter_map(|owner| owner["uid"].as_str())
            .peekable();
        uids.peek().is_some() && uids.all(|uid| !alive.contains(uid))
    };
    objects
        .iter()
        .filter(|(_, object)| orphaned(object))
        .map(|(key, _)| key.clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::*;

    fn object(name: &str, owners: &[&str]) -> Object {
        let owners: Vec<_> = owners.iter().map(|uid| json!({"uid": uid})).collect();
        Object(json!({"apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": name, "uid": name, "ownerReferences": owners}}))
    }

    #[test]
    fn only_objects_without_any_living_owner_go() {
        let all = [
            object("a", &[]),
            object("b", &["a"]),
            object("c", &["a", "gone"]),
            object("d", &["gone"]),
        ];
        let all = all
            .into_iter()
            .map(|object| (object.reference(), Arc::new(object)))
            .collect();
        let names: Vec<_> = orphans(&all).into_iter().map(|orphan| orphan.name).collect();
        assert_eq!(names, ["d"]);
    }
}
