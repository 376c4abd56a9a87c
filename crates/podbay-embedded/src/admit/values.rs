//! Numbers and words of a pod that the API server would not take, with its messages (`pkg/apis/core/validation`).

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::Problems;
use super::names;
use super::pod::probes;
use podbay_core::quantity;

const NOT_NEGATIVE: &str = "must be greater than or equal to 0";
const POSITIVE: &str = "must be greater than 0";

/// Grace period where none is given.
const GRACE: i64 = 30;

/// What is wrong with the pod, beside its containers.
pub(super) fn of_pod(spec: &k8s::PodSpec, problems: &mut Problems) {
    let named = [
        ("serviceAccountName", &spec.service_account_name),
        ("nodeName", &spec.node_name),
        ("priorityClassName", &spec.priority_class_name),
        ("runtimeClassName", &spec.runtime_class_name),
    ];
    for (field, name) in named {
        let name = name.as_deref().filter(|name| !name.is_empty());
        if let Some(problem) = name.and_then(names::subdomain) {
            problems.add(&format!("spec.{field}"), problem);
        }
    }
    for (field, name) in [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)] {
        let name = name.as_deref().filter(|name| !name.is_empty());
        if let Some(problem) = name.and_then(names::label) {
            problems.add(&format!("spec.{field}"), problem);
        }
    }
    let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
    one_of("spec.dnsPolicy", spec.dns_policy.as_deref(), &policies, problems);
    if let Some(seconds) = spec
        .active_deadline_seconds
        .filter(|seconds| !(1..=i64::from(i32::MAX)).contains(seconds))
    {
        let problem = format!("Invalid value: {seconds}: must be between 1 and 2147483647, inclusive");
        problems.add("spec.activeDeadlineSeconds", problem);
    }
    for (index, toleration) in spec.tolerations.iter().flatten().enumerate() {
        of_toleration(&format!("spec.tolerations[{index}]"), toleration, problems);
    }
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        let limit = volume
            .empty_dir
            .as_ref()
            .and_then(|source| source.size_limit.as_ref());
        let path = format!("spec.volumes[{index}].emptyDir.sizeLimit");
        match limit.map(|limit| quantity::value(&limit.0)) {
            Some(None) => problems.add(&path, not_a_quantity()),
            Some(Some(size)) if size < 0.0 => {
                problems.add(
                    &path,
                    "Forbidden: SizeLimit field must be a valid resource quantity",
                );
            }
            _ => {}
        }
    }
}

fn of_toleration(path: &str, toleration: &k8s::Toleration, problems: &mut Problems) {
    let (key, operator) = (text(&toleration.key), text(&toleration.operator));
    if let Some(problem) = Some(key).filter(|key| !key.is_empty()).and_then(names::key) {
        problems.add(&format!("{path}.key"), problem);
    }
    let at = format!("{path}.operator");
    if key.is_empty() && operator != "Exists" {
        let problem = format!(
            "Invalid value: {operator:?}: operator must be Exists when `key` is empty, which means \"match all values and \
             all keys\""
        );
        problems.add(&at, problem);
    }
    if operator == "Exists" && !text(&toleration.value).is_empty() {
        problems.add(
            &at,
            "Invalid value: value must be empty when `operator` is 'Exists'",
        );
    }
    one_of(
        &at,
        toleration.operator.as_deref(),
        &["Equal", "Exists"],
        problems,
    );
    let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
    one_of(
        &format!("{path}.effect"),
        toleration.effect.as_deref(),
        &effects,
        problems,
    );
    if toleration.toleration_seconds.is_some() && text(&toleration.effect) != "NoExecute" {
        let effect = text(&toleration.effect);
        let problem =
            format!("Invalid value: {effect:?}: effect must be 'NoExecute' when `tolerationSeconds` is set");
        problems.add(&format!("{path}.effect"), problem);
    }
}

/// What is wrong with a container of the pod `spec`.
pub(super) fn of_container(
    path: &str,
    container: &k8s::Container,
    spec: &k8s::PodSpec,
    problems: &mut Problems,
) {
    let policies = ["Always", "IfNotPresent", "Never"];
    one_of(
        &format!("{path}.imagePullPolicy"),
        container.image_pull_policy.as_deref(),
        &policies,
        problems,
    );
    let policies = ["File", "FallbackToLogsOnError"];
    let policy = container.termination_message_policy.as_deref();
    one_of(
        &format!("{path}.terminationMessagePolicy"),
        policy,
        &policies,
        problems,
    );
    for (index, port) in container.ports.iter().flatten().enumerate() {
        of_port(&format!("{path}.ports[{index}]"), port, problems);
    }
    if let Some(resources) = &container.resources {
        of_resources(&format!("{path}.resources"), resources, problems);
    }
    for (kind, probe) in probes(container) {
        of_probe(&format!("{path}.{kind}"), kind, probe, problems);
    }
    let hook = container
        .lifecycle
        .as_ref()
        .and_then(|lifecycle| lifecycle.pre_stop.as_ref());
    let grace = spec.termination_grace_period_seconds.unwrap_or(GRACE);
    let sleep = hook.and_then(|hook| hook.sleep.as_ref());
    if let Some(sleep) = sleep.filter(|sleep| !(0..=grace).contains(&sleep.seconds)) {
        let problem = format!(
            "Invalid value: {}: must be non-negative and less than terminationGracePeriodSeconds ({grace})",
            sleep.seconds
        );
        problems.add(&format!("{path}.lifecycle.preStop.sleep"), problem);
    }
}

fn of_port(path: &str, port: &k8s::ContainerPort, problems: &mut Problems) {
    let host = port.host_port.filter(|port| *port != 0);
    let ports = [("containerPort", Some(port.container_port)), ("hostPort", host)];
    for (field, number) in ports {
        if let Some(number) = number.filter(|number| !(1..=65535).contains(number)) {
            let problem = format!("Invalid value: {number}: must be between 1 and 65535, inclusive");
            problems.add(&format!("{path}.{field}"), problem);
        }
    }
    one_of(
        &format!("{path}.protocol"),
        port.protocol.as_deref(),
        &["SCTP", "TCP", "UDP"],
        problems,
    );
}

fn of_resources(path: &str, resources: &k8s::ResourceRequirements, problems: &mut Problems) {
    let lists = [("limits", &resources.limits), ("requests", &resources.requests)];
    for (list, amounts) in lists {
        for (name, amount) in amounts.iter().flatten() {
            let path = format!("{path}.{list}[{name}]");
            match quantity::value(&amount.0) {
                None => problems.add(&path, not_a_quantity()),
                Some(value) if value < 0.0 => {
                    problems.add(&path, format!("Invalid value: {:?}: {NOT_NEGATIVE}", amount.0));
                }
                Some(_) => {}
            }
        }
    }
    let number = |amounts: &Option<BTreeMap<String, Quantity>>, name: &str| {
        quantity::value(&amounts.as_ref()?.get(name)?.0)
    };
    for (name, request) in resources.requests.iter().flatten() {
        let asked = number(&resources.requests, name);
        let limit = number(&resources.limits, name);
        if let Some(limit) = limit.filter(|limit| asked.is_some_and(|asked| asked > *limit)) {
            let written = resources.limits.as_ref().and_then(|limits| limits.get(name));
            let limit = written.map_or_else(|| limit.to_string(), |limit| limit.0.clone());
            let problem = format!(
                "Invalid value: {:?}: must be less than or equal to {name} limit of {limit}",
                request.0
            );
            problems.add(&format!("{path}.requests"), problem);
        }
    }
}

fn of_probe(path: &str, kind: &str, probe: &k8s::Probe, problems: &mut Problems) {
    let numbers = [
        ("initialDelaySeconds", probe.initial_delay_seconds),
        ("timeoutSeconds", probe.timeout_seconds),
        ("periodSeconds", probe.period_seconds),
        ("successThreshold", probe.success_threshold),
        ("failureThreshold", probe.failure_threshold),
    ];
    for (field, number) in numbers {
        if let Some(number) = number.filter(|number| *number < 0) {
            problems.add(
                &format!("{path}.{field}"),
                format!("Invalid value: {number}: {NOT_NEGATIVE}"),
            );
        }
    }
    let readiness = kind == "readinessProbe";
    // 0 stands for the default
    if let Some(number) = probe.success_threshold.filter(|number| *number > 1 && !readiness) {
        problems.add(
            &format!("{path}.successThreshold"),
            format!("Invalid value: {number}: must be 1"),
        );
    }
    let Some(grace) = probe.termination_grace_period_seconds else {
        return;
    };
    let path = format!("{path}.terminationGracePeriodSeconds");
    if readiness {
        problems.add(
            &path,
            format!("Invalid value: {grace}: must not be set for readinessProbes"),
        );
    } else if grace <= 0 {
        problems.add(&path, format!("Invalid value: {grace}: {POSITIVE}"));
    }
}

fn one_of(path: &str, value: Option<&str>, known: &[&str], problems: &mut Problems) {
    let Some(value) = value.filter(|value| !value.is_empty() && !known.contains(value)) else {
        return;
    };
    let known: Vec<_> = known.iter().map(|known| format!("{known:?}")).collect();
    let problem = format!(
        "Unsupported value: {value:?}: supported values: {}",
        known.join(", ")
    );
    problems.add(path, problem);
}

fn not_a_quantity() -> &'static str {
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
}

fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or_default()
}
