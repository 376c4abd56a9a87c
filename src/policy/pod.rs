//! Rules about a pod as a whole.

use k8s_openapi::api::core::v1::{Pod, PodSecurityContext, PodSpec};
use serde_json::Value;

use super::container::{self, confinement};
use super::{Denial, Policy, allowed_by, never, volume};
use crate::domain::names::ANNOTATION_NODES;
use crate::domain::object::Object;

/// Kernel parameters that act on the pod alone, as Kubernetes lists them.
const SAFE_SYSCTLS: [&str; 12] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.tcp_wmem",
];

/// Annotations that change what runs the pod, or without which confinement.
const HOST_ANNOTATIONS: [&str; 4] = [
    "kubernetes.io/config.",
    "container.apparmor.security.beta.kubernetes.io/",
    "container.seccomp.security.alpha.kubernetes.io/",
    "seccomp.security.alpha.kubernetes.io/",
];

/// What the names of podbay's own labels and annotations begin with: by them it knows what belongs to a launch.
const RESERVED: &str = "podbay.dev/";

/// Labels and annotations of a caller's manifest that only podbay sets.
pub(super) fn reserved_names(pod: &Object) -> Vec<Denial> {
    let names = |kind: &'static str, field: &str| {
        let map = pod.0.pointer(field).and_then(Value::as_object);
        map.into_iter().flatten().map(move |(name, _)| (kind, name))
    };
    names("label", "/metadata/labels")
        .chain(names("annotation", "/metadata/annotations"))
        .filter(|(_, name)| name.starts_with(RESERVED))
        .filter(|(kind, name)| (*kind, name.as_str()) != ("annotation", ANNOTATION_NODES))
        .map(|(kind, name)| never("reserved-name", format!("{kind} {name} is for podbay to set")))
        .collect()
}

pub(super) fn check(policy: &Policy, pod: &Pod, denials: &mut Vec<Denial>) {
    metadata(pod, denials);
    let Some(spec) = &pod.spec else { return };
    namespaces(policy, spec, denials);
    placement(policy, spec, denials);
    account(policy, spec, denials);
    if let Some(context) = &spec.security_context {
        security(policy, context, denials);
    }
    for volume in spec.volumes.iter().flatten() {
        volume::check(policy, volume, account_of(spec), denials);
    }
    for container in spec.init_containers.iter().flatten().chain(&spec.containers) {
        container::check(policy, container, denials);
    }
    if spec.ephemeral_containers.is_some() {
        let what = "spec.ephemeralContainers can only be added to a running pod".to_owned();
        denials.push(never("ephemeral-containers", what));
    }
}

/// A finalizer would keep the pod from ever going, an owner would take it away, and some annotations speak to
/// the host.
fn metadata(pod: &Pod, denials: &mut Vec<Denial>) {
    let mut deny = |what: String| denials.push(never("metadata", what));
    if pod
        .metadata
        .finalizers
        .as_ref()
        .is_some_and(|list| !list.is_empty())
    {
        deny("metadata.finalizers would keep the pod from being deleted".to_owned());
    }
    if pod
        .metadata
        .owner_references
        .as_ref()
        .is_some_and(|list| !list.is_empty())
    {
        deny("metadata.ownerReferences would make the pod another object's".to_owned());
    }
    for name in pod.metadata.annotations.iter().flatten().map(|(name, _)| name) {
        if HOST_ANNOTATIONS.iter().any(|reserved| name.starts_with(reserved)) {
            deny(format!("annotation {name} speaks to the host"));
        }
    }
}

fn namespaces(policy: &Policy, spec: &PodSpec, denials: &mut Vec<Denial>) {
    let shared = [
        ("hostNetwork", spec.host_network),
        ("hostPID", spec.host_pid),
        ("hostIPC", spec.host_ipc),
    ];
    for (field, _) in shared
        .iter()
        .filter(|(_, on)| *on == Some(true) && !policy.allow_host_namespaces)
    {
        let what = format!("spec.{field} is true");
        denials.push(allowed_by("host-namespaces", what, "allow_host_namespaces: true"));
    }
}

fn placement(policy: &Policy, spec: &PodSpec, denials: &mut Vec<Denial>) {
    if let Some(host) = spec
        .node_name
        .as_ref()
        .filter(|host| !host.is_empty() && !policy.allow_host_selection)
    {
        let what = format!("spec.nodeName {host} bypasses the scheduler");
        denials.push(allowed_by("host-selection", what, "allow_host_selection: true"));
    }
    let class = spec.priority_class_name.as_deref().unwrap_or_default();
    if class.starts_with("system-")
        && !policy
            .allow_priority_classes
            .iter()
            .any(|allowed| allowed == class)
    {
        let what = format!("spec.priorityClassName {class} is for the cluster's own pods");
        denials.push(allowed_by(
            "priority-class",
            what,
            format!("allow_priority_classes: [{class}]"),
        ));
    }
}

fn account(policy: &Policy, spec: &PodSpec, denials: &mut Vec<Denial>) {
    let mut deny = |what: String, account: &str| {
        let setting = format!("allow_service_accounts: [{account}]");
        denials.push(allowed_by("service-account", what, setting));
    };
    let fields = [
        ("serviceAccountName", spec.service_account_name.as_deref()),
        ("serviceAccount", spec.service_account.as_deref()),
    ];
    for (field, account) in fields.map(|(field, account)| (field, account.unwrap_or_default())) {
        if !matches!(account, "" | "default") && !policy.allows_account(account) {
            deny(format!("spec.{field} {account} is not the default one"), account);
        }
    }
    let account = account_of(spec);
    if spec.automount_service_account_token == Some(true) && !policy.allows_account(account) {
        deny(
            "spec.automountServiceAccountToken would give out the account's token".to_owned(),
            account,
        );
    }
}

fn account_of(spec: &PodSpec) -> &str {
    let names = [
        spec.service_account_name.as_deref(),
        spec.service_account.as_deref(),
    ];
    names
        .into_iter()
        .flatten()
        .find(|name| !name.is_empty())
        .unwrap_or("default")
}

fn security(policy: &Policy, context: &PodSecurityContext, denials: &mut Vec<Denial>) {
    let path = "spec.securityContext";
    let profiles = (
        context.seccomp_profile.as_ref(),
        context.app_armor_profile.as_ref(),
    );
    let windows = context.windows_options.as_ref();
    confinement(
        policy,
        path,
        profiles,
        context.se_linux_options.as_ref(),
        windows,
        denials,
    );
    for name in context
        .sysctls
        .iter()
        .flatten()
        .map(|sysctl| sysctl.name.as_str())
    {
        if !SAFE_SYSCTLS.contains(&name) && !policy.allow_sysctls.iter().any(|allowed| allowed == name) {
            let what = format!("{path}.sysctls sets {name}, which reaches beyond the pod");
            denials.push(allowed_by("sysctl", what, format!("allow_sysctls: [{name}]")));
        }
    }
}
