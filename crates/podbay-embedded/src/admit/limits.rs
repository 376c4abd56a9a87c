//! What the embedded cluster does not do: refused where the pod could not work, named where it makes no odds.

use k8s_openapi::api::core::v1 as k8s;
use serde_json::{Value, json};

use super::pod::{containers, probes};

/// Fields of a pod's spec that are honoured, or that mean nothing without images, scheduler and accounts.
const SPEC: &[&str] = &[
    "containers",
    "initContainers",
    "restartPolicy",
    "terminationGracePeriodSeconds",
    "volumes",
    "nodeName",
    "readinessGates",
    "imagePullSecrets",
    "serviceAccountName",
    "automountServiceAccountToken",
    "enableServiceLinks",
    "hostNetwork",
    "hostIPC",
    "hostPID",
    "shareProcessNamespace",
    "dnsPolicy",
    "tolerations",
];

/// Fields of a container's spec, likewise.
const CONTAINER: &[&str] = &[
    "name",
    "image",
    "imagePullPolicy",
    "command",
    "args",
    "workingDir",
    "env",
    "envFrom",
    "ports",
    "volumeMounts",
    "startupProbe",
    "readinessProbe",
    "livenessProbe",
    "lifecycle",
    "terminationMessagePath",
    "terminationMessagePolicy",
];

/// The first thing of a pod that cannot be done without a real cluster.
pub(super) fn refusal(pod: &k8s::Pod, host: &str) -> Option<String> {
    let spec = pod.spec.as_ref()?;
    let container = || containers(spec).find_map(|(path, container)| of_container(&path, container));
    let volume = || spec.volumes.iter().flatten().find_map(of_volume);
    of_pod(spec, host).or_else(container).or_else(volume)
}

fn of_pod(spec: &k8s::PodSpec, host: &str) -> Option<String> {
    let init = spec.init_containers.iter().flatten();
    let other_host = spec
        .node_name
        .as_deref()
        .filter(|name| !name.is_empty() && *name != host);
    if let Some(name) = other_host {
        return Some(format!("spec.nodeName: {name:?} is not this machine, {host:?}"));
    }
    let missing = [
        (
            spec.scheduling_gates
                .as_ref()
                .is_some_and(|gates| !gates.is_empty()),
            "spec.schedulingGates",
        ),
        (
            spec.ephemeral_containers
                .as_ref()
                .is_some_and(|all| !all.is_empty()),
            "spec.ephemeralContainers",
        ),
        (
            spec.active_deadline_seconds.is_some(),
            "spec.activeDeadlineSeconds",
        ),
        (
            init.into_iter()
                .any(|container| container.restart_policy.is_some()),
            "spec.initContainers[].restartPolicy (sidecars)",
        ),
    ];
    missing
        .into_iter()
        .find(|(used, _)| *used)
        .map(|(_, field)| field.to_owned())
}

fn of_container(path: &str, container: &k8s::Container) -> Option<String> {
    if container
        .command
        .iter()
        .chain(&container.args)
        .flatten()
        .next()
        .is_none()
    {
        return Some(format!(
            "{path} with neither command nor args (images, and so their entrypoints, are not used)"
        ));
    }
    let lifecycle = container.lifecycle.as_ref();
    let pre_stop = lifecycle.and_then(|lifecycle| lifecycle.pre_stop.as_ref());
    let mut sources = container
        .env
        .iter()
        .flatten()
        .filter_map(|var| var.value_from.as_ref());
    let mut missing = vec![
        (
            lifecycle.is_some_and(|lifecycle| lifecycle.post_start.is_some()),
            "lifecycle.postStart",
        ),
        (
            pre_stop.is_some_and(|hook| hook.exec.is_none() && hook.sleep.is_none()),
            "lifecycle.preStop other than exec and sleep",
        ),
        (
            lifecycle
                .and_then(|lifecycle| lifecycle.stop_signal.as_deref())
                .is_some_and(|signal| signal != "SIGTERM"),
            "lifecycle.stopSignal other than SIGTERM",
        ),
        (
            container.volume_mounts.iter().flatten().any(|mount| {
                mount
                    .sub_path_expr
                    .as_deref()
                    .is_some_and(|part| !part.is_empty())
            }),
            "volumeMounts[].subPathExpr",
        ),
        (
            sources.any(|source| source.resource_field_ref.is_some() || source.file_key_ref.is_some()),
            "env[].valueFrom other than fieldRef, configMapKeyRef and secretKeyRef",
        ),
    ];
    for (_, probe) in probes(container) {
        let https = |http: &k8s::HTTPGetAction| http.scheme.as_deref().is_some_and(|scheme| scheme != "HTTP");
        missing.push((probe.grpc.is_some(), "gRPC probes"));
        missing.push((probe.http_get.as_ref().is_some_and(https), "HTTPS probes"));
    }
    missing
        .into_iter()
        .find(|(used, _)| *used)
        .map(|(_, what)| format!("{path}: {what}"))
}

fn of_volume(volume: &k8s::Volume) -> Option<String> {
    let known = volume.empty_dir.is_some()
        || volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.downward_api.is_some()
        || volume.host_path.is_some();
    let kinds = "emptyDir, configMap, secret, downwardAPI and hostPath";
    (!known).then(|| format!("volume {:?}: kinds other than {kinds}", volume.name))
}

/// Paths of fields that are set and make no difference here.
pub(super) fn ignored(pod: &Value) -> Vec<String> {
    let mut found = beyond(&pod["spec"], SPEC, "spec");
    for list in ["initContainers", "containers"] {
        for container in pod["spec"][list].as_array().into_iter().flatten() {
            found.extend(beyond(container, CONTAINER, &format!("spec.{list}[]")));
        }
    }
    found.sort();
    found.dedup();
    found
}

fn beyond(value: &Value, honoured: &[&str], path: &str) -> Vec<String> {
    let fields = value.as_object().into_iter().flatten();
    fields
        .filter(|(name, value)| !honoured.contains(&name.as_str()) && !is_usual(value))
        .map(|(name, _)| format!("{path}.{name}"))
        .collect()
}

/// Whether a field is the security context that podbay gives every pod: nothing that anyone asked for.
fn is_usual(value: &Value) -> bool {
    let usual = [
        json!({"seccompProfile": {"type": "RuntimeDefault"}}),
        json!({"allowPrivilegeEscalation": false}),
    ];
    usual.contains(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(at: &str, value: Value, expected: Option<&str>) {
        let mut pod =
            json!({"metadata": {}, "spec": {"containers": [{"name": "c", "image": "i", "command": ["x"]}]}});
        let (parent, field) = at.rsplit_once('/').unwrap();
        pod.pointer_mut(parent).unwrap()[field] = value;
        let refusal = refusal(&serde_json::from_value(pod).unwrap(), "here");
        assert_eq!(refusal.as_deref(), expected, "{at}");
    }

    #[test]
    fn what_needs_a_real_cluster_is_refused_by_name() {
        let main = "/spec/containers/0";
        check("/spec/nodeName", json!("here"), None);
        check(
            "/spec/nodeName",
            json!("there"),
            Some("spec.nodeName: \"there\" is not this machine, \"here\""),
        );
        check(
            "/spec/schedulingGates",
            json!([{"name": "g"}]),
            Some("spec.schedulingGates"),
        );
        check(
            "/spec/activeDeadlineSeconds",
            json!(5),
            Some("spec.activeDeadlineSeconds"),
        );
        let sidecar = json!([{"name": "s", "command": ["x"], "restartPolicy": "Always"}]);
        check(
            "/spec/initContainers",
            sidecar,
            Some("spec.initContainers[].restartPolicy (sidecars)"),
        );
        let no_command = "spec.containers[0] with neither command nor args (images, and so their entrypoints, are not used)";
        check(&format!("{main}/command"), json!([]), Some(no_command));
        let probe = json!({"grpc": {"port": 1}});
        check(
            &format!("{main}/livenessProbe"),
            probe,
            Some("spec.containers[0]: gRPC probes"),
        );
        let probe = json!({"httpGet": {"port": 1, "scheme": "HTTPS"}});
        check(
            &format!("{main}/readinessProbe"),
            probe,
            Some("spec.containers[0]: HTTPS probes"),
        );
        let hook = json!({"postStart": {"exec": {"command": ["x"]}}});
        check(
            &format!("{main}/lifecycle"),
            hook,
            Some("spec.containers[0]: lifecycle.postStart"),
        );
        let hook = json!({"preStop": {"exec": {"command": ["x"]}}});
        check(&format!("{main}/lifecycle"), hook, None);
        check(
            &format!("{main}/lifecycle"),
            json!({"stopSignal": "SIGTERM"}),
            None,
        );
        check(
            &format!("{main}/lifecycle"),
            json!({"stopSignal": "SIGINT"}),
            Some("spec.containers[0]: lifecycle.stopSignal other than SIGTERM"),
        );
        check("/spec/volumes", json!([{"name": "v", "emptyDir": {}}]), None);
        let kinds = "volume \"v\": kinds other than emptyDir, configMap, secret, downwardAPI and hostPath";
        check(
            "/spec/volumes",
            json!([{"name": "v", "nfs": {"path": "/", "server": "s"}}]),
            Some(kinds),
        );
    }

    #[test]
    fn what_makes_no_difference_is_named_once() {
        let container = |name| json!({"name": name, "command": [], "resources": {}, "securityContext": {}});
        let pod = json!({"spec": {"containers": [container("a"), container("b")], "affinity": {}}});
        let expected = [
            "spec.affinity",
            "spec.containers[].resources",
            "spec.containers[].securityContext",
        ];
        assert_eq!(ignored(&pod), expected);
    }
}
