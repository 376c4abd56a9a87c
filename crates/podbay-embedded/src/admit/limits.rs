//! What the embedded cluster does not support: refused if the pod could not work, otherwise ignored and
//! logged.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fields::Rule::{self, Only, Unset, Word};
use super::fields::{Errors, at, is_empty, others};

const NO: Rule = Unset("unsupported");

/// Features that need a Kubernetes cluster.
#[rustfmt::skip]
const REFUSED: &[(&str, Rule)] = &[
    ("spec.schedulingGates[]|ephemeralContainers[]|activeDeadlineSeconds", NO),
    ("spec.volumes[]", Only("name emptyDir configMap secret downwardAPI hostPath")),
    ("spec.volumes[].downwardAPI.items[].resourceFieldRef", NO),
    ("spec.initContainers[].restartPolicy", NO),
    ("spec.@containers.lifecycle.postStart", NO),
    ("spec.@containers.lifecycle.preStop", Only("exec sleep")),
    ("spec.@containers.lifecycle.stopSignal", Word(&["SIGTERM"])),
    ("spec.@containers.volumeMounts[].subPathExpr", NO),
    ("spec.@containers.env[].valueFrom.resourceFieldRef|fileKeyRef", NO),
    ("spec.@containers.@probes.grpc", NO),
    ("spec.@containers.@probes.httpGet.scheme", Word(&["HTTP"])),
];

/// Fields that have an effect, or no meaning without images, a scheduler and service accounts.
const HONOURED: &[(&str, &str)] = &[("spec", SPEC), ("spec.@containers", CONTAINER)];
const SPEC: &str = "containers initContainers restartPolicy terminationGracePeriodSeconds volumes \
                    nodeName readinessGates imagePullSecrets serviceAccountName dnsPolicy tolerations \
                    automountServiceAccountToken enableServiceLinks hostNetwork hostIPC hostPID \
                    shareProcessNamespace";
const CONTAINER: &str = "name image imagePullPolicy command args workingDir env envFrom ports volumeMounts \
                         startupProbe readinessProbe livenessProbe lifecycle terminationMessagePath \
                         terminationMessagePolicy";

/// Why `pod` needs a Kubernetes cluster.
pub(super) fn refusal(pod: &Value, host: &str) -> Option<String> {
    let mut errors = Errors::of(pod, REFUSED);
    let name = &pod["spec"]["nodeName"];
    if !is_empty(name) && name != host {
        errors.add(
            "spec.nodeName",
            format_args!("{name} is not this machine, {host:?}"),
        );
    }
    for (path, container) in at(pod, "spec.@containers") {
        if is_empty(&container["command"]) && is_empty(&container["args"]) {
            let why =
                "`command` or `args` is required: the embedded cluster ignores images and their entrypoints";
            errors.add(&path, why);
        }
    }
    errors.text()
}

/// Fields that are set but have no effect; of containers without their index.
pub(crate) fn ignored(pod: &Value) -> BTreeSet<String> {
    // podbay sets these security contexts on every pod; nobody has requested them
    let usual = [
        json!({"seccompProfile": {"type": "RuntimeDefault"}}),
        json!({"allowPrivilegeEscalation": false}),
    ];
    let mut ignored = BTreeSet::new();
    for (pattern, honoured) in HONOURED {
        for (path, value) in at(pod, pattern) {
            let path = path.replace(|c: char| c.is_ascii_digit(), "");
            let without_effect =
                others(value, honoured).filter(|name| !usual.contains(&value[name.as_str()]));
            ignored.extend(without_effect.map(|name| format!("{path}.{name}")));
        }
    }
    ignored
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_effect_is_named_once() {
        let container = |name| json!({"name": name, "command": [], "resources": {}, "securityContext": {}});
        let usual = json!({"seccompProfile": {"type": "RuntimeDefault"}});
        let containers = [container("a"), container("b")];
        let pod = json!({"spec": {"containers": containers, "affinity": {}, "securityContext": usual}});
        let named = [
            "spec.affinity",
            "spec.containers[].resources",
            "spec.containers[].securityContext",
        ];
        assert!(ignored(&pod).iter().eq(&named));
    }
}
