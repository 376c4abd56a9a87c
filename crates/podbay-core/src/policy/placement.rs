//! Rules about where a pod runs, its runtime, its scheduler and its priority.

use k8s_openapi::api::core::v1::{PodSpec, Toleration};

use super::{Denial, Policy, allowed_by, entry, names};

/// The scheduler of pods that name none.
const DEFAULT_SCHEDULER: &str = "default-scheduler";

/// Taints of a failing host: tolerating them only sets how long a pod waits for it.
const TROUBLE: [&str; 2] = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"];

pub(super) fn check(policy: &Policy, spec: &PodSpec, denials: &mut Vec<Denial>) {
    let host = spec.node_name.as_deref().unwrap_or_default();
    if !host.is_empty() && !policy.allow_host_selection {
        let what = format!("spec.nodeName {host} bypasses the scheduler");
        denials.push(allowed_by("host-selection", what, "allow_host_selection: true"));
    }
    classes(policy, spec, denials);
    for toleration in spec.tolerations.iter().flatten() {
        denials.extend(tolerated(policy, toleration));
    }
}

/// Classes that the cluster's administrator reserves for some pods.
fn classes(policy: &Policy, spec: &PodSpec, denials: &mut Vec<Denial>) {
    let priority = spec.priority_class_name.as_deref().unwrap_or_default();
    if !priority.is_empty() && !names(&policy.allow_priority_classes, priority) {
        let what = match priority.starts_with("system-") {
            true => format!("spec.priorityClassName {priority} is reserved for the cluster's own pods"),
            false => format!("spec.priorityClassName {priority} may preempt other pods"),
        };
        let setting = entry("allow_priority_classes", priority);
        denials.push(allowed_by("priority-class", what, setting));
    }
    let runtime = spec.runtime_class_name.as_deref().unwrap_or_default();
    if !runtime.is_empty() && !names(&policy.allow_runtime_classes, runtime) {
        let what = format!("spec.runtimeClassName {runtime} changes the container runtime");
        let setting = entry("allow_runtime_classes", runtime);
        denials.push(allowed_by("runtime-class", what, setting));
    }
    let scheduler = spec.scheduler_name.as_deref().unwrap_or_default();
    let usual = matches!(scheduler, "" | DEFAULT_SCHEDULER);
    if !usual && !names(&policy.allow_schedulers, scheduler) {
        let what = format!("spec.schedulerName {scheduler} is not the default scheduler");
        let setting = entry("allow_schedulers", scheduler);
        denials.push(allowed_by("scheduler", what, setting));
    }
}

/// A taint is how an administrator keeps pods off a host.
fn tolerated(policy: &Policy, toleration: &Toleration) -> Option<Denial> {
    let key = toleration.key.as_deref().unwrap_or_default();
    let (what, key) = match key {
        "" => (
            "spec.tolerations tolerates all taints of all hosts".to_owned(),
            "*",
        ),
        key => (format!("spec.tolerations allows hosts with the taint {key}"), key),
    };
    (!TROUBLE.contains(&key) && !names(&policy.allow_tolerations, key))
        .then(|| allowed_by("tolerations", what, entry("allow_tolerations", key)))
}
