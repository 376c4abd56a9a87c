//! Rules for valid objects: a table of fields with their valid values, and rules that relate several fields.
//! They follow the API server (`pkg/apis/core/validation`), for the fields that podbay uses and for those
//! whose errors would otherwise appear only on a Kubernetes cluster.

use std::collections::BTreeSet;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::Value;

use super::fields::Rule::{self, Number, OneOf, Required, Text, Unset, Word};
use super::fields::{Errors, at, is_empty};
use crate::facts;
use crate::object::{Data, Stored, text};
use crate::volumes::is_contained;
use podbay_core::formats::{is_annotation, is_key, is_label, is_label_value, is_subdomain};
use podbay_core::quantity::{is_above, is_quantity};

/// Limit of the data of a ConfigMap or Secret, in bytes.
const MOST_DATA: usize = 1024 * 1024;

/// Limit of the annotations of an object, names and values, in bytes.
const MOST_ANNOTATIONS: usize = 256 * 1024;

const LABEL: &str = "a DNS label (lower-case letters, digits and '-')";
const SUBDOMAIN: &str = "a DNS subdomain (lower-case letters, digits, '-' and '.')";
const FIELD: &str = "a known field of a pod";
const INSIDE: &str = "a relative path without '..'";
const QUANTITY: &str = "a quantity, such as 500m or 1.5Gi";
const NOT_NEGATIVE: Rule = Number(0..=i64::MAX);
const POSITIVE: Rule = Number(1..=i64::MAX);

#[rustfmt::skip]
const RULES: &[(&str, Rule)] = &[
    ("spec", Required("containers")),
    ("spec.restartPolicy", Word(&["Always", "OnFailure", "Never"])),
    ("spec.dnsPolicy", Word(&["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"])),
    ("spec.terminationGracePeriodSeconds", NOT_NEGATIVE),
    ("spec.serviceAccountName|nodeName|priorityClassName|runtimeClassName", Text(is_empty_or_subdomain, SUBDOMAIN)),
    ("spec.hostname|subdomain", Text(|name| name.is_empty() || is_label(name), LABEL)),
    ("spec.tolerations[].key", Text(|key| key.is_empty() || is_key(key), "a label key")),
    ("spec.tolerations[].operator", Word(&["Equal", "Exists"])),
    ("spec.tolerations[].effect", Word(&["NoSchedule", "PreferNoSchedule", "NoExecute"])),
    ("spec.volumes[].name", Text(is_label, LABEL)),
    ("spec.volumes[].emptyDir.sizeLimit", Text(is_quantity, QUANTITY)),
    ("spec.volumes[].configMap|secret|downwardAPI.items[].path", Text(is_contained, INSIDE)),
    ("spec.volumes[].downwardAPI.items[].fieldRef.fieldPath", Text(facts::is_known, FIELD)),
    ("spec.@containers", Required("image")),
    ("spec.@containers.name", Text(is_label, LABEL)),
    ("spec.@containers.imagePullPolicy", Word(&["Always", "IfNotPresent", "Never"])),
    ("spec.@containers.terminationMessagePolicy", Word(&["File", "FallbackToLogsOnError"])),
    ("spec.@containers.env[].name", Text(|name| !name.is_empty() && !name.contains('='), "a name without '='")),
    ("spec.@containers.env[].valueFrom.fieldRef.fieldPath", Text(facts::is_known, FIELD)),
    ("spec.@containers.ports[].containerPort", Number(1..=65535)),
    ("spec.@containers.ports[].hostPort", Number(0..=65535)),
    ("spec.@containers.ports[].protocol", Word(&["SCTP", "TCP", "UDP"])),
    ("spec.@containers.resources.limits[]|requests[]", Text(is_quantity, QUANTITY)),
    ("spec.@containers.volumeMounts[].mountPath", Text(is_mount_path, "an absolute path below /")),
    ("spec.@containers.volumeMounts[].subPath|subPathExpr", Text(is_contained, INSIDE)),
    ("spec.@containers.lifecycle.preStop|postStart", OneOf(&["exec", "httpGet", "tcpSocket", "sleep"])),
    ("spec.@containers.@probes", OneOf(&["exec", "httpGet", "tcpSocket", "grpc"])),
    ("spec.@containers.@probes.exec", Required("command")),
    ("spec.@containers.@probes.initialDelaySeconds|timeoutSeconds|periodSeconds|failureThreshold", NOT_NEGATIVE),
    ("spec.@containers.readinessProbe.successThreshold", NOT_NEGATIVE),
    ("spec.@containers.startupProbe|livenessProbe.successThreshold", Number(0..=1)),
    ("spec.@containers.startupProbe|livenessProbe.terminationGracePeriodSeconds", POSITIVE),
    ("spec.@containers.readinessProbe.terminationGracePeriodSeconds", Unset("must not be set for a readiness probe")),
];

/// The errors of `object`, whose JSON form is `fields`.
pub(super) fn errors(object: &Stored, fields: &Value) -> Errors {
    let mut errors = Errors::of(fields, RULES);
    unique_names(fields, &mut errors);
    tolerations(fields, &mut errors);
    references(fields, &mut errors);
    amounts(fields, &mut errors);
    data(&object.data(), &mut errors);
    metadata(object.metadata(), &mut errors);
    errors
}

fn data(data: &Data, errors: &mut Errors) {
    for key in data.keys().filter(|key| !is_data_key(key)) {
        let why = format!("{key:?} is not a valid key: use letters, digits, '-', '_' and '.'");
        errors.add("data", why);
    }
    check_size("data", data.values().map(Vec::len).sum(), MOST_DATA, errors);
}

fn metadata(meta: &ObjectMeta, errors: &mut Errors) {
    let name = text(&meta.name);
    if !is_subdomain(name) {
        errors.add("metadata.name", format_args!("{name:?} is not {SUBDOMAIN}"));
    }
    for (key, value) in meta.labels.iter().flatten() {
        if !is_key(key) || !is_label_value(value) {
            let label = format!("{key}={value}");
            errors.add("metadata.labels", format_args!("{label:?} is not a valid label"));
        }
    }
    let mut size = 0;
    for (key, value) in meta.annotations.iter().flatten() {
        size += key.len() + value.len();
        if !is_annotation(key) {
            errors.add("metadata.annotations", format_args!("{key:?} is not a valid key"));
        }
    }
    check_size("metadata.annotations", size, MOST_ANNOTATIONS, errors);
}

fn check_size(path: &str, size: usize, limit: usize, errors: &mut Errors) {
    if size > limit {
        errors.add(path, format_args!("exceeds the limit of {limit} bytes"));
    }
}

fn is_empty_or_subdomain(name: &str) -> bool {
    name.is_empty() || is_subdomain(name)
}

fn is_mount_path(path: &str) -> bool {
    path.starts_with('/') && !path.trim_matches('/').is_empty()
}

/// Whether it is a valid key of a ConfigMap or a Secret: the name of a file.
fn is_data_key(key: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (1..=253).contains(&key.len()) && key.chars().all(inner) && !matches!(key, "." | "..")
}

fn unique_names(pod: &Value, errors: &mut Errors) {
    for names in ["spec.@containers.name", "spec.volumes[].name"] {
        let mut seen = BTreeSet::new();
        for (path, name) in at(pod, names) {
            if !seen.insert(name.as_str()) {
                errors.add(&path, format_args!("{name} is used twice"));
            }
        }
    }
}

fn tolerations(pod: &Value, errors: &mut Errors) {
    for (path, toleration) in at(pod, "spec.tolerations[]") {
        let exists = toleration["operator"] == "Exists";
        if exists && !is_empty(&toleration["value"]) {
            errors.add(
                format_args!("{path}.operator"),
                "must not be Exists if `value` is set",
            );
        }
        if !exists && is_empty(&toleration["key"]) {
            errors.add(
                format_args!("{path}.operator"),
                "must be Exists if `key` is not set",
            );
        }
        if !toleration["tolerationSeconds"].is_null() && toleration["effect"] != "NoExecute" {
            errors.add(
                format_args!("{path}.effect"),
                "must be NoExecute if `tolerationSeconds` is set",
            );
        }
    }
}

/// References to volumes and ports of the pod.
fn references(pod: &Value, errors: &mut Errors) {
    let volumes = at(pod, "spec.volumes[].name");
    for (path, name) in at(pod, "spec.@containers.volumeMounts[].name") {
        if !volumes.iter().any(|(_, volume)| *volume == name) {
            errors.add(&path, format_args!("volume {name} not found"));
        }
    }
    for (container_path, container) in at(pod, "spec.@containers") {
        let names = at(container, "ports[].name");
        for (path, port) in at(container, "@probes.httpGet|tcpSocket.port") {
            let number = port.as_i64().or_else(|| port.as_str()?.parse().ok());
            let is_number = number.is_some_and(|number| (1..=65535).contains(&number));
            if !is_number && !names.iter().any(|(_, name)| *name == port) {
                let why = format!("{port} is neither a port number nor the name of a port");
                errors.add(format_args!("{container_path}.{path}"), why);
            }
        }
    }
}

/// Values that depend on other fields.
fn amounts(pod: &Value, errors: &mut Errors) {
    for (path, var) in at(pod, "spec.@containers.env[]") {
        if !var["valueFrom"].is_null() && !is_empty(&var["value"]) {
            errors.add(&path, "has both `value` and `valueFrom`");
        }
    }
    for (path, resources) in at(pod, "spec.@containers.resources") {
        for (name, request) in resources["requests"].as_object().into_iter().flatten() {
            let (request, limit) = (request.as_str(), resources["limits"][name].as_str());
            if let Some((request, limit)) = request.zip(limit)
                && is_above(request, limit)
            {
                let why = format!("{name} of {request} exceeds the limit of {limit}");
                errors.add(format_args!("{path}.requests"), why);
            }
        }
    }
    let grace = pod["spec"]["terminationGracePeriodSeconds"]
        .as_i64()
        .unwrap_or_default();
    for (path, sleep) in at(pod, "spec.@containers.lifecycle.preStop.sleep") {
        let seconds = &sleep["seconds"];
        if !seconds
            .as_i64()
            .is_some_and(|seconds| (0..=grace).contains(&seconds))
        {
            let why = format!("{seconds} s must be between 0 and terminationGracePeriodSeconds ({grace})");
            errors.add(&path, why);
        }
    }
}
