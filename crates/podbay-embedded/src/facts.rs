//! Facts about a pod that `fieldRef` may ask for.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as k8s;

/// Address of every pod and of the host: containers share the machine's network.
pub(super) const ADDRESS: &str = "127.0.0.1";

/// Value of the field at `path`; `None` for a path that no pod has.
pub(super) fn field(pod: &k8s::Pod, path: &str) -> Option<String> {
    let spec = pod.spec.as_ref();
    let value = match path {
        "metadata.name" => pod.metadata.name.clone(),
        "metadata.namespace" => pod.metadata.namespace.clone(),
        "metadata.uid" => pod.metadata.uid.clone(),
        "spec.nodeName" => spec.and_then(|spec| spec.node_name.clone()),
        "spec.serviceAccountName" => spec.and_then(|spec| spec.service_account_name.clone()),
        "status.hostIP" | "status.podIP" | "status.podIPs" => Some(ADDRESS.to_owned()),
        "metadata.labels" => Some(lines(pod.metadata.labels.as_ref())),
        "metadata.annotations" => Some(lines(pod.metadata.annotations.as_ref())),
        _ => return by_key(pod, path),
    };
    Some(value.unwrap_or_default())
}

fn by_key(pod: &k8s::Pod, path: &str) -> Option<String> {
    let (map, key) = path.strip_suffix("']")?.split_once("['")?;
    let map = match map {
        "metadata.labels" => &pod.metadata.labels,
        "metadata.annotations" => &pod.metadata.annotations,
        _ => return None,
    };
    Some(
        map.as_ref()
            .and_then(|map| map.get(key))
            .cloned()
            .unwrap_or_default(),
    )
}

/// As a downward API file has them.
fn lines(map: Option<&BTreeMap<String, String>>) -> String {
    let lines: Vec<_> = map
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={value:?}"))
        .collect();
    lines.join("\n")
}
