//! What the embedded cluster does not support: refused if the pod could not work, otherwise logged.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::table::Rule::{self, HasOnly, Unset, Word};
use super::table::{Problems, at, is_empty};
use crate::object::Stored;

/// Features that need a Kubernetes cluster.
#[rustfmt::skip]
const REFUSED: &[(&str, Rule)] = &[
    ("spec.schedulingGates[]|ephemeralContainers[]|activeDeadlineSeconds", Unset),
    ("spec.volumes[]", HasOnly("name emptyDir configMap secret downwardAPI hostPath")),
    ("spec.initContainers[].restartPolicy", Unset),
    ("spec.@containers.lifecycle.postStart", Unset),
    ("spec.@containers.lifecycle.preStop", HasOnly("exec sleep")),
    ("spec.@containers.lifecycle.stopSignal", Word(&["SIGTERM"])),
    ("spec.@containers.volumeMounts[].subPathExpr", Word(&[])),
    ("spec.@containers.env[].valueFrom.resourceFieldRef|fileKeyRef", Unset),
    ("spec.@containers.@probes.grpc", Unset),
    ("spec.@containers.@probes.httpGet.scheme", Word(&["HTTP"])),
];

/// Fields that are honoured, or that have no meaning without images, scheduler and accounts.
const HONOURED: &[(&str, Rule)] = &[("spec", HasOnly(SPEC)), ("spec.@containers", HasOnly(CONTAINER))];
const SPEC: &str = "containers initContainers restartPolicy terminationGracePeriodSeconds volumes \
                    nodeName readinessGates imagePullSecrets serviceAccountName dnsPolicy tolerations \
                    automountServiceAccountToken enableServiceLinks hostNetwork hostIPC hostPID \
                    shareProcessNamespace";
const CONTAINER: &str = "name image imagePullPolicy command args workingDir env envFrom ports volumeMounts \
                         startupProbe readinessProbe livenessProbe lifecycle terminationMessagePath \
                         terminationMessagePolicy";

/// What a pod needs a Kubernetes cluster for.
pub(super) fn refusal(pod: &Value, host: &str) -> Option<String> {
    let mut problems = Problems::of(pod, REFUSED);
    let name = &pod["spec"]["nodeName"];
    if !is_empty(name) && name != host {
        problems.add("spec.nodeName", format!("{name} is not this machine, {host:?}"));
    }
    for (path, container) in at(pod, "spec.@containers") {
        if is_empty(&container["command"]) && is_empty(&container["args"]) {
            let why = "has neither command nor args; images, and so their entrypoints, are not used";
            problems.add(path, why);
        }
    }
    problems.told()
}

/// Logs the fields of a pod that have no effect here.
pub(crate) fn tell_ignored(pod: &Stored) {
    let ignored: Vec<_> = ignored(&pod.to_object().0).into_iter().collect();
    if !ignored.is_empty() {
        let (pod, ignored) = (pod.reference(), ignored.join(", "));
        tracing::info!("{pod}: the embedded cluster ignores {ignored}");
    }
}

/// Fields that are set but have no effect here; for containers without their numbers.
fn ignored(pod: &Value) -> BTreeSet<String> {
    // podbay gives every pod this security context; nobody has requested it
    let usual = [
        json!({"seccompProfile": {"type": "RuntimeDefault"}}),
        json!({"allowPrivilegeEscalation": false}),
    ];
    let mut contexts = at(pod, "spec.securityContext");
    contexts.extend(at(pod, "spec.@containers.securityContext"));
    contexts.retain(|(_, context)| usual.contains(context));
    let usual: Vec<_> = contexts.into_iter().map(|(path, _)| path).collect();
    let ignored = Problems::of(pod, HONOURED).0.into_iter().map(|(path, _)| path);
    let ignored = ignored.filter(|path| !usual.contains(path));
    ignored
        .map(|path| path.replace(|c: char| c.is_ascii_digit(), ""))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of the pod or of its only container, a value for it, and the error.
    const CASES: &str = r#"
        nodeName | "here" |
        nodeName | "there" | spec.nodeName: "there" is not this machine, "here"
        schedulingGates | [{"name": "g"}] | spec.schedulingGates[0]
        activeDeadlineSeconds | 5 | spec.activeDeadlineSeconds
        initContainers | [{"command": ["x"], "restartPolicy": "Always"}] | spec.initContainers[0].restartPolicy
        containers/0/command | [] | spec.containers[0]: has neither command nor args; images, and so their entrypoints, are not used
        containers/0/livenessProbe | {"grpc": {"port": 1}} | spec.containers[0].livenessProbe.grpc
        containers/0/readinessProbe | {"httpGet": {"scheme": "HTTPS"}} | spec.containers[0].readinessProbe.httpGet.scheme: Unsupported value: "HTTPS": supported values: "HTTP"
        containers/0/lifecycle | {"postStart": {"exec": {"command": ["x"]}}} | spec.containers[0].lifecycle.postStart
        containers/0/lifecycle | {"preStop": {"exec": {"command": ["x"]}}} |
        containers/0/lifecycle | {"stopSignal": "SIGTERM"} |
        containers/0/lifecycle | {"stopSignal": "SIGINT"} | spec.containers[0].lifecycle.stopSignal: Unsupported value: "SIGINT": supported values: "SIGTERM"
        volumes | [{"name": "v", "emptyDir": {}}] |
        volumes | [{"name": "v", "nfs": {"path": "/"}}] | spec.volumes[0].nfs
    "#;

    #[test]
    fn what_needs_a_real_cluster_is_refused_by_name() {
        for case in CASES.trim().lines() {
            let [at, value, expected] = case.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
                panic!("{case}");
            };
            let mut pod = json!({"spec": {"containers": [{"name": "c", "image": "i", "command": ["x"]}]}});
            let at = format!("/spec/{at}");
            let (parent, field) = at.rsplit_once('/').unwrap();
            pod.pointer_mut(parent).unwrap()[field] = serde_json::from_str(value).unwrap();
            assert_eq!(refusal(&pod, "here").unwrap_or_default(), expected, "{case}");
        }
    }

    #[test]
    fn what_makes_no_difference_is_named_once() {
        let container = |name| json!({"name": name, "command": [], "resources": {}, "securityContext": {}});
        let pod = json!({"spec": {"containers": [container("a"), container("b")], "affinity": {}}});
        let named = [
            "spec.affinity",
            "spec.containers[].resources",
            "spec.containers[].securityContext",
        ];
        assert!(ignored(&pod).iter().eq(&named));
    }
}
