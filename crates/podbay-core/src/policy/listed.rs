//! The pod fields that a caller may set. All others are denied by name, so a field that a later Kubernetes
//! adds is denied until it has been reviewed.
//!
//! A path includes everything below it; `[]` is any list entry. Fields with their own rules are listed, too:
//! those rules deny them where necessary.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::{Denial, Policy, allowed_by, entry, names};
use crate::fields::join;

/// Fields of a pod, without its containers.
const POD: [&str; 73] = [
    "apiVersion",
    "kind",
    "metadata.annotations", // policy::metadata
    "metadata.finalizers",  // policy::metadata
    "metadata.generateName",
    "metadata.labels", // policy::metadata
    "metadata.name",
    "metadata.namespace",       // Policy::admit_namespace
    "metadata.ownerReferences", // policy::metadata
    "spec.activeDeadlineSeconds",
    "spec.affinity.nodeAffinity",
    "spec.automountServiceAccountToken", // policy::pod
    "spec.dnsConfig",
    "spec.dnsPolicy",
    "spec.enableServiceLinks",
    "spec.ephemeralContainers", // policy::pod
    "spec.hostAliases",
    "spec.hostIPC",     // policy::pod
    "spec.hostNetwork", // policy::pod
    "spec.hostPID",     // policy::pod
    "spec.hostUsers",
    "spec.hostname",
    "spec.hostnameOverride",
    "spec.imagePullSecrets", // policy::pod
    "spec.nodeName",         // policy::placement
    "spec.nodeSelector",
    "spec.os",
    "spec.priorityClassName", // policy::placement
    "spec.readinessGates",
    "spec.resources.limits",   // policy::resources
    "spec.resources.requests", // policy::resources
    "spec.restartPolicy",
    "spec.runtimeClassName", // policy::placement
    "spec.schedulerName",    // policy::placement
    "spec.schedulingGates",
    "spec.securityContext.appArmorProfile", // policy::container
    "spec.securityContext.fsGroup",
    "spec.securityContext.fsGroupChangePolicy",
    "spec.securityContext.runAsGroup",
    "spec.securityContext.runAsNonRoot",
    "spec.securityContext.runAsUser",
    "spec.securityContext.seLinuxChangePolicy",
    "spec.securityContext.seLinuxOptions", // policy::container
    "spec.securityContext.seccompProfile", // policy::container
    "spec.securityContext.supplementalGroups",
    "spec.securityContext.supplementalGroupsPolicy",
    "spec.securityContext.sysctls",        // policy::pod
    "spec.securityContext.windowsOptions", // policy::container
    "spec.serviceAccount",                 // policy::pod
    "spec.serviceAccountName",             // policy::pod
    "spec.setHostnameAsFQDN",
    "spec.shareProcessNamespace",
    "spec.subdomain",
    "spec.terminationGracePeriodSeconds", // policy::pod
    "spec.tolerations",                   // policy::placement
    "spec.topologySpreadConstraints",
    "spec.volumes", // policy::volume
    // filled in by the API server
    "metadata.creationTimestamp",
    "status",
    // without namespaces and namespaceSelector, by which a pod can keep pods of other namespaces off its host
    "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.labelSelector",
    "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.matchLabelKeys",
    "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.topologyKey",
    "spec.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution[].weight",
    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[].labelSelector",
    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[].matchLabelKeys",
    "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[].topologyKey",
    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.labelSelector",
    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.matchLabelKeys",
    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].podAffinityTerm.topologyKey",
    "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[].weight",
    "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].labelSelector",
    "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].matchLabelKeys",
    "spec.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[].topologyKey",
];

/// Lists of containers.
const CONTAINERS: [&str; 2] = ["spec.containers[]", "spec.initContainers[]"];

/// Fields of a container.
const CONTAINER: [&str; 51] = [
    "args",
    "command",
    "env[].name",
    "env[].value",
    "env[].valueFrom.configMapKeyRef",
    "env[].valueFrom.fieldRef",
    "env[].valueFrom.fileKeyRef",
    "env[].valueFrom.resourceFieldRef",
    "env[].valueFrom.secretKeyRef", // policy::container
    "envFrom[].configMapRef",
    "envFrom[].prefix",
    "envFrom[].secretRef", // policy::container
    "image",
    "imagePullPolicy",
    "lifecycle.postStart", // policy::container
    "lifecycle.preStop",   // policy::container
    "lifecycle.stopSignal",
    "livenessProbe", // policy::container
    "name",
    "ports[].containerPort",
    "ports[].hostIP",
    "ports[].hostPort", // policy::container
    "ports[].name",
    "ports[].protocol",
    "readinessProbe", // policy::container
    "resizePolicy",
    "resources.limits",   // policy::resources
    "resources.requests", // policy::resources
    "restartPolicy",
    "restartPolicyRules",
    "securityContext.allowPrivilegeEscalation",
    "securityContext.appArmorProfile", // policy::container
    "securityContext.capabilities",    // policy::container
    "securityContext.privileged",      // policy::container
    "securityContext.procMount",       // policy::container
    "securityContext.readOnlyRootFilesystem",
    "securityContext.runAsGroup",
    "securityContext.runAsNonRoot",
    "securityContext.runAsUser",
    "securityContext.seLinuxOptions", // policy::container
    "securityContext.seccompProfile", // policy::container
    "securityContext.windowsOptions", // policy::container
    "startupProbe",                   // policy::container
    "stdin",
    "stdinOnce",
    "terminationMessagePath",
    "terminationMessagePolicy",
    "tty",
    "volumeDevices",
    "volumeMounts", // policy::container
    "workingDir",
];

static LISTED: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let of_containers = CONTAINERS
        .iter()
        .flat_map(|list| CONTAINER.iter().map(move |field| format!("{list}.{field}")));
    POD.iter()
        .map(|field| (*field).to_owned())
        .chain(of_containers)
        .collect()
});

/// Denies every field of `pod` that is neither listed nor allowed by `policy`.
pub(super) fn check(policy: &Policy, pod: &Value, denials: &mut Vec<Denial>) {
    if let Value::Object(fields) = pod {
        walk(policy, fields, ("", ""), denials);
    }
}

/// `pattern` is the path of `fields` with `[]`, `path` the same with numbers.
fn walk(
    policy: &Policy,
    fields: &Map<String, Value>,
    (pattern, path): (&str, &str),
    denials: &mut Vec<Denial>,
) {
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_null()) {
        let (pattern, path) = (join(pattern, name), join(path, name));
        if LISTED.contains(&pattern) || names(&policy.allow_fields, &pattern) {
            continue;
        }
        match value {
            Value::Object(inner) if leads_on(&format!("{pattern}.")) => {
                walk(policy, inner, (&pattern, &path), denials);
            }
            Value::Array(entries) if leads_on(&format!("{pattern}[]")) => {
                for (index, entry) in entries.iter().enumerate() {
                    let place = (format!("{pattern}[]"), format!("{path}[{index}]"));
                    if let Value::Object(inner) = entry {
                        walk(policy, inner, (&place.0, &place.1), denials);
                    }
                }
            }
            _ => denials.push(denial(&pattern, &path)),
        }
    }
}

/// Names of the listed fields below `path`, whose list entries may have numbers.
pub(super) fn below(path: &str) -> BTreeSet<String> {
    let start = match pattern(path).as_str() {
        "" => String::new(),
        path => format!("{path}."),
    };
    let listed = LISTED.iter().filter_map(|listed| listed.strip_prefix(&start));
    let names = listed.filter_map(|rest| rest.split(['.', '[']).next());
    names.map(str::to_owned).collect()
}

/// `path` with `[]` for any list entry.
fn pattern(path: &str) -> String {
    let mut parts = path.split('[');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |pattern, part| match part.split_once(']') {
        Some((_, rest)) => format!("{pattern}[]{rest}"),
        None => pattern,
    })
}

/// Whether a listed path begins with `start`.
fn leads_on(start: &str) -> bool {
    let mut after = LISTED.range::<str, _>((Bound::Included(start), Bound::Unbounded));
    after.next().is_some_and(|path| path.starts_with(start))
}

fn denial(pattern: &str, path: &str) -> Denial {
    let what = format!("{path} is not a field that callers may set");
    allowed_by("field", what, entry("allow_fields", pattern))
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::Pod;
    use serde_json::json;

    use super::*;
    use crate::fields::unknown_fields;

    /// `path` as a manifest, with `leaf` at its end.
    fn manifest(path: &str, leaf: &Value) -> Value {
        path.rsplit('.')
            .fold(leaf.clone(), |inner, name| match name.strip_suffix("[]") {
                Some(list) => json!({list: [inner]}),
                None => json!({name: inner}),
            })
    }

    #[test]
    fn every_listed_path_is_a_field_of_a_pod() {
        let leaves = [
            json!("a"),
            json!(1),
            json!(true),
            json!({}),
            json!([]),
            json!("1970-01-01T00:00:00Z"),
        ];
        let known = |given: &Value| {
            let pod: Result<Pod, _> = serde_json::from_value(given.clone());
            let pod = pod.and_then(serde_json::to_value);
            pod.is_ok_and(|known| unknown_fields(given, &known).is_empty())
        };
        for path in LISTED
            .iter()
            .filter(|path| !matches!(path.as_str(), "apiVersion" | "kind"))
        {
            let found = leaves.iter().any(|leaf| known(&manifest(path, leaf)));
            assert!(found, "{path}");
        }
    }
}
