//! Rules for valid objects: a table of fields with their valid values, and rules that relate several fields.
//! They follow the API server (`pkg/apis/core/validation`), for the fields that podbay uses and for those
//! whose errors would otherwise appear only on a real cluster.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::table::Rule::{self, Has, HasOne, Number, Text, Word};
use super::table::{Problems, at, is_empty};
use crate::facts;
use crate::object::{Stored, text};
use crate::volumes::is_contained;
use podbay_core::formats::{is_annotation, is_key, is_label, is_label_value, is_subdomain};
use podbay_core::quantity;

/// Limit of the data of a ConfigMap or Secret, in bytes.
const MOST_DATA: usize = 1024 * 1024;

/// Limit of the annotations of an object, names and values, in bytes.
const MOST_ANNOTATIONS: usize = 256 * 1024;

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case letters, digits and '-', \
                     with a letter or digit at both ends, and at most 63 in all";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case letters, digits, '-' \
                         and '.', with a letter or digit at both ends";
const KEY: &str = "a key must consist of at most 63 letters, digits, '-', '_' and '.', with a letter or \
                   digit at both ends, after an optional DNS subdomain and '/'";
const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
const PORT: &str = "must be between 1 and 65535, inclusive";
const LABELS: &str = "key and value of a label must consist of at most 63 letters, digits, '-', '_' and '.', \
                      with a letter or digit at both ends, the key after an optional DNS subdomain and '/'";
const DATA_KEY: &str = "a key must consist of letters, digits, '-', '_' and '.'";
const NO_KEY: &str =
    "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
const INSIDE: &str = "must not contain '..' or start with '/'";
const NOT_READINESS: &str = "must not be set for readinessProbes";
const NO_VALUE: &str = "value must be empty when `operator` is 'Exists'";
const NO_EXECUTE: &str = "effect must be 'NoExecute' when `tolerationSeconds` is set";
const AMOUNT: &str = "must be a quantity, such as 500m or 1.5Gi";

#[rustfmt::skip]
const RULES: &[(&str, Rule)] = &[
    ("spec", Has("containers")),
    ("spec.restartPolicy", Word(&["Always", "OnFailure", "Never"])),
    ("spec.dnsPolicy", Word(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
    ("spec.terminationGracePeriodSeconds", Number(|n| n >= 0, NOT_NEGATIVE)),
    ("spec.activeDeadlineSeconds", Number(|n| n > 0, "must be greater than 0")),
    ("spec.serviceAccountName|nodeName|priorityClassName|runtimeClassName", Text(is_empty_or_subdomain, SUBDOMAIN)),
    ("spec.hostname|subdomain", Text(|name| name.is_empty() || is_label(name), LABEL)),
    ("spec.tolerations[].key", Text(|key| key.is_empty() || is_key(key), KEY)),
    ("spec.tolerations[].operator", Word(&["Equal", "Exists"])),
    ("spec.tolerations[].effect", Word(&["NoSchedule", "PreferNoSchedule", "NoExecute"])),
    ("spec.volumes[].name", Text(is_label, LABEL)),
    ("spec.volumes[].emptyDir.sizeLimit", Text(is_amount, AMOUNT)),
    ("spec.volumes[].emptyDir.sizeLimit", Text(is_not_negative, NOT_NEGATIVE)),
    ("spec.volumes[].configMap|secret|downwardAPI.items[].path", Text(is_contained, INSIDE)),
    ("spec.@containers", Has("image")),
    ("spec.@containers.name", Text(is_label, LABEL)),
    ("spec.@containers.imagePullPolicy", Word(&["Always", "IfNotPresent", "Never"])),
    ("spec.@containers.terminationMessagePolicy", Word(&["File", "FallbackToLogsOnError"])),
    ("spec.@containers.env[].name", Text(|name| !name.is_empty() && !name.contains('='), "a name without '='")),
    ("spec.@containers.env[].valueFrom.fieldRef.fieldPath", Text(facts::is_known, "no such field of a pod")),
    ("spec.@containers.ports[].containerPort", Number(|n| (1..=65535).contains(&n), PORT)),
    ("spec.@containers.ports[].hostPort", Number(|n| (0..=65535).contains(&n), PORT)),
    ("spec.@containers.ports[].protocol", Word(&["SCTP", "TCP", "UDP"])),
    ("spec.@containers.resources.limits[]|requests[]", Text(is_amount, AMOUNT)),
    ("spec.@containers.resources.limits[]|requests[]", Text(is_not_negative, NOT_NEGATIVE)),
    ("spec.@containers.volumeMounts[].mountPath", Text(is_mount_path, "must be an absolute path below /")),
    ("spec.@containers.volumeMounts[].subPath|subPathExpr", Text(is_contained, INSIDE)),
    ("spec.@containers.lifecycle.preStop|postStart", HasOne(&["exec", "httpGet", "tcpSocket", "sleep"])),
    ("spec.@containers.@probes", HasOne(&["exec", "httpGet", "tcpSocket", "grpc"])),
    ("spec.@containers.@probes.exec", Has("command")),
    ("spec.@containers.@probes.initialDelaySeconds|timeoutSeconds|periodSeconds", Number(|n| n >= 0, NOT_NEGATIVE)),
    ("spec.@containers.@probes.successThreshold|failureThreshold", Number(|n| n >= 0, NOT_NEGATIVE)),
    ("spec.@containers.startupProbe|livenessProbe.successThreshold", Number(|n| n <= 1, "must be 1")),
    ("spec.@containers.@probes.terminationGracePeriodSeconds", Number(|n| n > 0, "must be greater than 0")),
    ("spec.@containers.readinessProbe.terminationGracePeriodSeconds", Number(|_| false, NOT_READINESS)),
];

/// All errors of an object, or `None`.
pub(super) fn check(object: &Stored) -> Option<String> {
    let mut problems = match object {
        Stored::Pod(_) => of_pod(&object.to_object().0),
        _ => of_data(object),
    };
    of_metadata(object.metadata(), &mut problems);
    problems.told()
}

fn of_pod(pod: &Value) -> Problems {
    let mut problems = Problems::of(pod, RULES);
    of_lists(pod, &mut problems);
    for (path, container) in at(pod, "spec.@containers") {
        of_container(&path, container, &pod["spec"], &mut problems);
    }
    problems
}

fn is_empty_or_subdomain(name: &str) -> bool {
    name.is_empty() || is_subdomain(name)
}

fn is_amount(text: &str) -> bool {
    quantity::value(text).is_some()
}

fn is_not_negative(text: &str) -> bool {
    quantity::value(text).is_none_or(|value| value >= 0.0)
}

fn is_mount_path(path: &str) -> bool {
    path.starts_with('/') && !path.trim_matches('/').is_empty()
}

/// Whether it is a valid key of a ConfigMap or a Secret.
fn is_data_key(key: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=253).contains(&key.len()) && key.chars().all(inner) && !matches!(key, "." | "..")
}

fn of_metadata(meta: &ObjectMeta, problems: &mut Problems) {
    let name = text(&meta.name);
    if !is_subdomain(name) {
        problems.invalid("metadata.name", &name.into(), SUBDOMAIN);
    }
    for (key, value) in meta.labels.iter().flatten() {
        if !is_key(key) || !is_label_value(value) {
            problems.invalid("metadata.labels", &format!("{key}={value}").into(), LABELS);
        }
    }
    let mut size = 0;
    for (key, value) in meta.annotations.iter().flatten() {
        size += key.len() + value.len();
        if !is_annotation(key) {
            problems.invalid("metadata.annotations", &key.as_str().into(), KEY);
        }
    }
    if size > MOST_ANNOTATIONS {
        let why = format!("Too long: may not be more than {MOST_ANNOTATIONS} bytes");
        problems.add("metadata.annotations", why);
    }
}

fn of_data(object: &Stored) -> Problems {
    let (data, mut problems) = (object.data(), Problems(Vec::new()));
    for key in data.keys().filter(|key| !is_data_key(key)) {
        problems.invalid("data", &key.as_str().into(), DATA_KEY);
    }
    if data.values().map(Vec::len).sum::<usize>() > MOST_DATA {
        problems.add(
            "data",
            format!("Too long: may not be more than {MOST_DATA} bytes"),
        );
    }
    problems
}

/// Names that must be unique, and tolerations.
fn of_lists(pod: &Value, problems: &mut Problems) {
    for names in ["spec.@containers.name", "spec.volumes[].name"] {
        let mut seen = BTreeSet::new();
        for (path, name) in at(pod, names) {
            if !seen.insert(name.as_str()) {
                problems.add(path, format!("Duplicate value: {name}"));
            }
        }
    }
    for (path, toleration) in at(pod, "spec.tolerations[]") {
        let (operator, effect) = (&toleration["operator"], &toleration["effect"]);
        if operator == "Exists" && !is_empty(&toleration["value"]) {
            problems.invalid(format!("{path}.operator"), operator, NO_VALUE);
        }
        if !toleration["tolerationSeconds"].is_null() && effect != "NoExecute" {
            problems.invalid(format!("{path}.effect"), effect, NO_EXECUTE);
        }
        if is_empty(&toleration["key"]) && operator != "Exists" {
            problems.invalid(path + ".operator", operator, NO_KEY);
        }
    }
}

fn of_container(path: &str, container: &Value, spec: &Value, problems: &mut Problems) {
    let within = |inner: &str| format!("{path}.{inner}");
    for (inner, var) in at(container, "env[]") {
        if !var["valueFrom"].is_null() && !is_empty(&var["value"]) {
            problems.add(within(&inner), "Invalid value: has both `value` and `valueFrom`");
        }
    }
    let volumes = at(spec, "volumes[].name");
    for (inner, name) in at(container, "volumeMounts[].name") {
        if !volumes.iter().any(|(_, volume)| *volume == name) {
            problems.add(within(&inner), format!("Not found: {name}"));
        }
    }
    let names = at(container, "ports[].name");
    for (inner, port) in at(container, "@probes.httpGet|tcpSocket.port") {
        let number = port.as_i64().or_else(|| port.as_str()?.parse().ok());
        let is_number = number.is_some_and(|number| (1..=65535).contains(&number));
        if !is_number && !names.iter().any(|(_, name)| *name == port) {
            problems.invalid(
                within(&inner),
                port,
                "must be a port number or the name of a port",
            );
        }
    }
    let amount = |value: &Value| quantity::value(value.as_str()?);
    let resources = &container["resources"];
    for (name, request) in resources["requests"].as_object().into_iter().flatten() {
        let limit = &resources["limits"][name];
        if amount(limit).is_some_and(|limit| amount(request) > Some(limit)) {
            let limit = limit.as_str().unwrap_or_default();
            let why = format!("must be less than or equal to {name} limit of {limit}");
            problems.invalid(within("resources.requests"), request, &why);
        }
    }
    let grace = spec["terminationGracePeriodSeconds"].as_i64().unwrap_or_default();
    for (inner, seconds) in at(container, "lifecycle.preStop.sleep.seconds") {
        if !seconds
            .as_i64()
            .is_some_and(|seconds| (0..=grace).contains(&seconds))
        {
            let why = format!("must be non-negative and at most terminationGracePeriodSeconds ({grace})");
            problems.invalid(within(inner.trim_end_matches(".seconds")), seconds, &why);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// A field of the pod or of its only container, a value for it, and the error.
    const CASES: &str = r#"
        tolerations | [{"operator": "Exists"}, {"key": "k", "value": "v"}] |
        tolerations | [{"key": "k", "operator": "Exists", "value": "v"}] | spec.tolerations[0].operator: Invalid value: "Exists": value must be empty when `operator` is 'Exists'
        tolerations | [{"key": "k", "effect": "NoExecute", "tolerationSeconds": 0}] |
        tolerations | [{"key": "k", "effect": "NoSchedule", "tolerationSeconds": 5}] | spec.tolerations[0].effect: Invalid value: "NoSchedule": effect must be 'NoExecute' when `tolerationSeconds` is set
        tolerations | [{"key": "k", "tolerationSeconds": 5}] | spec.tolerations[0].effect: Invalid value: null: effect must be 'NoExecute' when `tolerationSeconds` is set
        containers/0/lifecycle | {"preStop": {"exec": {"command": ["x"]}}} |
        containers/0/lifecycle | {"preStop": {}} | spec.containers[0].lifecycle.preStop: must have one of exec, httpGet, tcpSocket, sleep
        containers/0/lifecycle | {"postStart": {}} | spec.containers[0].lifecycle.postStart: must have one of exec, httpGet, tcpSocket, sleep
    "#;

    #[test]
    fn what_the_api_server_would_not_take_is_named() {
        for case in CASES.trim().lines() {
            let [at, value, expected] = case.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
                panic!("{case}");
            };
            let mut pod = json!({"spec": {"containers": [{"name": "c", "image": "i"}]}});
            let at = format!("/spec/{at}");
            let (parent, field) = at.rsplit_once('/').unwrap();
            pod.pointer_mut(parent).unwrap()[field] = serde_json::from_str(value).unwrap();
            assert_eq!(of_pod(&pod).told().unwrap_or_default(), expected, "{case}");
        }
    }

    #[test]
    fn data_keys_are_names_of_files() {
        assert_eq!(["a.yaml", "A_b-c", ".a"].map(is_data_key), [true; 3]);
        assert_eq!(["", ".", "..", "a/b", "a b"].map(is_data_key), [false; 5]);
    }
}
