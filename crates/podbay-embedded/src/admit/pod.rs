//! What a pod must have, in the API server's words, and what the embedded cluster cannot do.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1 as k8s;

use super::super::{facts, probe, volumes};
use super::Problems;
use super::{names, values};

/// Checks a pod as the API server would, as far as the embedded cluster uses it.
pub(super) fn check(pod: &k8s::Pod, problems: &mut Problems) {
    let Some(spec) = &pod.spec else {
        return problems.add("spec", "Required value");
    };
    if spec.containers.is_empty() {
        problems.add("spec.containers", "Required value");
    }
    let mut names = BTreeSet::new();
    for (path, container) in containers(spec) {
        check_container(&path, container, spec, problems);
        values::of_container(&path, container, spec, problems);
        check_name(&format!("{path}.name"), &container.name, &mut names, problems);
    }
    check_volumes(spec, problems);
    values::of_pod(spec, problems);
    if spec
        .termination_grace_period_seconds
        .is_some_and(|grace| grace < 0)
    {
        problems.add(
            "spec.terminationGracePeriodSeconds",
            "Invalid value: must be greater than or equal to 0",
        );
    }
    let policy = spec.restart_policy.as_deref();
    if !matches!(policy, None | Some("Always" | "OnFailure" | "Never")) {
        let policy = policy.unwrap_or_default();
        let known = r#"supported values: "Always", "OnFailure", "Never""#;
        problems.add(
            "spec.restartPolicy",
            format!("Unsupported value: {policy:?}: {known}"),
        );
    }
}

/// Every container with the path of its spec.
pub(super) fn containers(spec: &k8s::PodSpec) -> impl Iterator<Item = (String, &k8s::Container)> {
    let init = spec.init_containers.iter().flatten().enumerate();
    let init = init.map(|(index, container)| (format!("spec.initContainers[{index}]"), container));
    let main = spec.containers.iter().enumerate();
    init.chain(main.map(|(index, container)| (format!("spec.containers[{index}]"), container)))
}

fn check_name<'a>(path: &str, name: &'a str, seen: &mut BTreeSet<&'a str>, problems: &mut Problems) {
    if name.is_empty() {
        problems.add(path, "Required value");
    } else if !seen.insert(name) {
        problems.add(path, format!("Duplicate value: {name:?}"));
    } else if let Some(problem) = names::label(name) {
        problems.add(path, problem);
    }
}

fn check_container(path: &str, container: &k8s::Container, spec: &k8s::PodSpec, problems: &mut Problems) {
    if container.image.as_deref().unwrap_or_default().is_empty() {
        problems.add(&format!("{path}.image"), "Required value");
    }
    for (index, var) in container.env.iter().flatten().enumerate() {
        check_var(&format!("{path}.env[{index}]"), var, problems);
    }
    for (index, mount) in container.volume_mounts.iter().flatten().enumerate() {
        check_mount(&format!("{path}.volumeMounts[{index}]"), mount, spec, problems);
    }
    for (kind, probe) in probes(container) {
        check_probe(&format!("{path}.{kind}"), probe, container, problems);
    }
}

fn check_var(path: &str, var: &k8s::EnvVar, problems: &mut Problems) {
    if var.name.is_empty() {
        problems.add(&format!("{path}.name"), "Required value");
    } else if var.name.contains('=') {
        let problem = format!(
            "Invalid value: {:?}: a valid environment variable name must not contain '='",
            var.name
        );
        problems.add(&format!("{path}.name"), problem);
    }
    let Some(source) = &var.value_from else { return };
    if var.value.as_deref().is_some_and(|value| !value.is_empty()) {
        problems.add(
            &format!("{path}.valueFrom"),
            "Invalid value: \"\": may not be specified when `value` is not empty",
        );
    }
    if let Some(field) = &source.field_ref
        && facts::field(&k8s::Pod::default(), &field.field_path).is_none()
    {
        let field_path = &field.field_path;
        let problem =
            format!("Invalid value: {field_path:?}: error converting fieldPath: field label not supported");
        problems.add(&format!("{path}.valueFrom.fieldRef.fieldPath"), problem);
    }
}

fn check_mount(path: &str, mount: &k8s::VolumeMount, spec: &k8s::PodSpec, problems: &mut Problems) {
    if !spec
        .volumes
        .iter()
        .flatten()
        .any(|volume| volume.name == mount.name)
    {
        problems.add(&format!("{path}.name"), format!("Not found: {:?}", mount.name));
    }
    if mount.mount_path.is_empty() {
        problems.add(&format!("{path}.mountPath"), "Required value");
    } else if !mount.mount_path.starts_with('/') || mount.mount_path.trim_matches('/').is_empty() {
        let problem = format!(
            "Invalid value: {:?}: must be an absolute path below /",
            mount.mount_path
        );
        problems.add(&format!("{path}.mountPath"), problem);
    }
    let parts = [
        ("subPath", &mount.sub_path),
        ("subPathExpr", &mount.sub_path_expr),
    ];
    for (field, part) in parts
        .iter()
        .filter_map(|(field, part)| Some((field, part.as_deref()?)))
    {
        if !volumes::is_contained(part) {
            let why = match part.starts_with('/') {
                true => "must be a relative path",
                false => "must not contain '..'",
            };
            problems.add(
                &format!("{path}.{field}"),
                format!("Invalid value: {part:?}: {why}"),
            );
        }
    }
    if parts
        .iter()
        .all(|(_, part)| part.as_deref().is_some_and(|part| !part.is_empty()))
    {
        let problem = format!(
            "Invalid value: {:?}: subPathExpr and subPath are mutually exclusive",
            mount.sub_path_expr.as_deref().unwrap_or_default()
        );
        problems.add(&format!("{path}.subPathExpr"), problem);
    }
}

fn check_volumes(spec: &k8s::PodSpec, problems: &mut Problems) {
    let mut names = BTreeSet::new();
    for (index, volume) in spec.volumes.iter().flatten().enumerate() {
        let path = format!("spec.volumes[{index}]");
        check_name(&format!("{path}.name"), &volume.name, &mut names, problems);
        for item in items(volume) {
            if !volumes::is_contained(item) {
                problems.add(
                    &path,
                    format!("Invalid value: {item:?}: must be a relative path without '..'"),
                );
            }
        }
    }
}

fn items(volume: &k8s::Volume) -> impl Iterator<Item = &str> {
    let maps = volume
        .config_map
        .iter()
        .flat_map(|map| map.items.iter().flatten());
    let secrets = volume
        .secret
        .iter()
        .flat_map(|secret| secret.items.iter().flatten());
    let downward = volume
        .downward_api
        .iter()
        .flat_map(|source| source.items.iter().flatten());
    maps.chain(secrets)
        .map(|item| item.path.as_str())
        .chain(downward.map(|item| item.path.as_str()))
}

/// Every probe of a container with the name of its field.
pub(super) fn probes(container: &k8s::Container) -> impl Iterator<Item = (&'static str, &k8s::Probe)> {
    let all = [
        ("startupProbe", &container.startup_probe),
        ("readinessProbe", &container.readiness_probe),
        ("livenessProbe", &container.liveness_probe),
    ];
    all.into_iter()
        .filter_map(|(name, probe)| Some((name, probe.as_ref()?)))
}

fn check_probe(path: &str, probe: &k8s::Probe, container: &k8s::Container, problems: &mut Problems) {
    let handlers = [
        probe.exec.is_some(),
        probe.http_get.is_some(),
        probe.tcp_socket.is_some(),
        probe.grpc.is_some(),
    ];
    match handlers.into_iter().filter(|&given| given).count() {
        0 => problems.add(path, "Required value: must specify a handler type"),
        1 => {}
        _ => problems.add(path, "Forbidden: may not specify more than 1 handler type"),
    }
    let ports = probe
        .http_get
        .iter()
        .map(|http| &http.port)
        .chain(probe.tcp_socket.iter().map(|tcp| &tcp.port));
    for port in ports.filter(|port| probe::port_number(container, port).is_none()) {
        problems.add(
            path,
            format!("Invalid value: {port:?}: must be a port number or the name of a port"),
        );
    }
    if probe
        .exec
        .as_ref()
        .is_some_and(|exec| exec.command.iter().flatten().next().is_none())
    {
        problems.add(&format!("{path}.exec.command"), "Required value");
    }
}
