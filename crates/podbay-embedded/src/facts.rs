//! Fields of a pod that `fieldRef` can refer to.

use super::object::{Pod, text};

/// Address of every pod and of the host: containers share the machine's network.
pub(super) const ADDRESS: &str = "127.0.0.1";

/// Whether `path` is a supported field.
pub(super) fn is_known(path: &str) -> bool {
    field(&Pod::default(), path).is_some()
}

/// Value of the field at `path`; `None` for an unsupported path.
pub(super) fn field(pod: &Pod, path: &str) -> Option<String> {
    let meta = &pod.metadata;
    let value = match path {
        "metadata.name" => text(&meta.name),
        "metadata.namespace" => text(&meta.namespace),
        "metadata.uid" => text(&meta.uid),
        "spec.nodeName" => text(&pod.spec.node_name),
        "spec.serviceAccountName" => text(&pod.spec.service_account_name),
        "status.hostIP" | "status.podIP" | "status.podIPs" => ADDRESS,
        _ => return of_map(pod, path),
    };
    Some(value.to_owned())
}

/// Labels or annotations: the one in brackets, or all in the format of the downward API.
fn of_map(pod: &Pod, path: &str) -> Option<String> {
    let (map, key) = match path.strip_suffix("']") {
        Some(path) => path.split_once("['").map(|(map, key)| (map, Some(key)))?,
        None => (path, None),
    };
    let map = match map {
        "metadata.labels" => &pod.metadata.labels,
        "metadata.annotations" => &pod.metadata.annotations,
        _ => return None,
    };
    let all = map.iter().flatten();
    let wanted = all.filter(|(name, _)| key.is_none_or(|key| key == *name));
    let lines = wanted.map(|(name, value)| match key {
        Some(_) => value.clone(),
        None => format!("{name}={value:?}"),
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}
