//! Rules about names, labels and annotations. Other controllers act on these: Services select pods by labels,
//! and annotations configure networks, runtimes and webhooks. Therefore only those are allowed that no
//! controller is known to act on.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::{Denial, LONG, Policy, allowed_by, entry, names, never};
use crate::names::{
    ANNOTATION_NODES, LABEL_MANAGED_BY, MANAGED_BY, MOST_NODES, MOST_NODES_BYTES, is_node, listed_nodes,
};
use crate::object::Object;
use podbay_text::shown;

/// Prefix of podbay's own labels and annotations, which identify what belongs to a launch.
const RESERVED: &str = "podbay.dev/";

/// Annotations that only kubectl reads.
const FREE_ANNOTATIONS: [&str; 3] = [
    "kubectl.kubernetes.io/default-container",
    "kubectl.kubernetes.io/default-logs-container",
    "kubectl.kubernetes.io/restartedAt",
];

/// Annotations that change the runtime or the confinement of a pod.
const HOST_ANNOTATIONS: [&str; 4] = [
    "kubernetes.io/config.",
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "seccomp.security.alpha.kubernetes.io/",
];

/// Denies labels and annotations in a caller's manifest that only podbay may set.
pub(super) fn reserved_names(pod: &Object) -> Vec<Denial> {
    let names = |kind: &'static str, field: &str| {
        let map = pod.0.pointer(field).and_then(Value::as_object);
        map.into_iter().flatten().map(move |(name, _)| (kind, name))
    };
    names("label", "/metadata/labels")
        .chain(names("annotation", "/metadata/annotations"))
        .filter(|(_, name)| name.starts_with(RESERVED))
        .filter(|(kind, name)| (*kind, name.as_str()) != ("annotation", ANNOTATION_NODES))
        .map(|(kind, name)| {
            let what = format!("{kind} {} is reserved for podbay", name);
            never("reserved-name", what)
        })
        .collect()
}

/// Checks the nodes that a caller's manifest lists.
pub(super) fn nodes(pod: &Object) -> Option<Denial> {
    let list = pod.annotation(ANNOTATION_NODES);
    let denied = |what: String, help: &str| {
        Some(Denial {
            rule: "nodes",
            what,
            help: help.to_owned(),
        })
    };
    if list.len() > MOST_NODES_BYTES || listed_nodes(list).nth(MOST_NODES).is_some() {
        let what = format!(
            "annotation {ANNOTATION_NODES} has {} bytes and exceeds the limit of {MOST_NODES} names and \
             {MOST_NODES_BYTES} bytes",
            list.len()
        );
        return denied(what, "list fewer");
    }
    let wrong = listed_nodes(list).find(|name| !is_node(name))?;
    let what = format!(
        "annotation {ANNOTATION_NODES}: {} is not a valid ROS node name",
        shown::beginning(wrong, LONG)
    );
    denied(what, "write the name with its namespace, such as /ns/talker")
}

/// A finalizer would keep the pod forever, an owner could delete it.
pub(super) fn check(policy: &Policy, metadata: &ObjectMeta, denials: &mut Vec<Denial>) {
    let given = |list: Option<usize>| list.is_some_and(|length| length > 0);
    if given(metadata.finalizers.as_ref().map(Vec::len)) {
        let what = "metadata.finalizers would block the deletion of the pod".to_owned();
        denials.push(never("metadata", what));
    }
    if given(metadata.owner_references.as_ref().map(Vec::len)) {
        let what = "metadata.ownerReferences would make another object own the pod".to_owned();
        denials.push(never("metadata", what));
    }
    for (name, value) in metadata.labels.iter().flatten() {
        denials.extend(label(policy, name, value));
    }
    for name in metadata.annotations.iter().flatten().map(|(name, _)| name) {
        denials.extend(annotation(policy, name));
    }
}

fn label(policy: &Policy, name: &str, value: &str) -> Option<Denial> {
    let own = (name, value) == (LABEL_MANAGED_BY, MANAGED_BY) || name.starts_with(RESERVED);
    if name.is_empty() {
        return Some(never("labels", "a label has no name".to_owned()));
    }
    (!own && !names(&policy.allow_labels, name)).then(|| {
        let what =
            format!("label {name} may add the pod to a Service, policy or disruption budget of others");
        allowed_by("labels", what, entry("allow_labels", name))
    })
}

fn annotation(policy: &Policy, name: &str) -> Option<Denial> {
    if name.is_empty() {
        return Some(never("annotations", "an annotation has no name".to_owned()));
    }
    if HOST_ANNOTATIONS.iter().any(|reserved| name.starts_with(reserved)) {
        return Some(never("metadata", format!("annotation {name} affects the host")));
    }
    let free = FREE_ANNOTATIONS.contains(&name) || name.starts_with(RESERVED);
    (!free && !names(&policy.allow_annotations, name)).then(|| {
        let what = format!("annotation {name} may affect a controller, a network or a runtime");
        allowed_by("annotations", what, entry("allow_annotations", name))
    })
}
