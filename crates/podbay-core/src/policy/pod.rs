//! Rules about a pod as a whole.

use k8s_openapi::api::core::v1::{Pod, PodSecurityContext, PodSpec};

use super::container::{self, Confinement};
use super::{Denial, Policy, allowed_by, entry, metadata, names, never, placement, resources, volume};

/// Kernel parameters that affect the pod alone, according to Kubernetes.
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

pub(super) fn check(policy: &Policy, pod: &Pod, denials: &mut Vec<Denial>) {
    metadata::check(policy, &pod.metadata, denials);
    let Some(spec) = &pod.spec else { return };
    namespaces(policy, spec, denials);
    placement::check(policy, spec, denials);
    account(policy, spec, denials);
    pull_secrets(policy, spec, denials);
    resources::check(policy, "spec.resources", spec.resources.as_ref(), denials);
    let grace = (
        "spec.terminationGracePeriodSeconds",
        spec.termination_grace_period_seconds,
    );
    denials.extend(policy.long_grace(grace));
    if let Some(context) = &spec.security_context {
        security(policy, context, denials);
    }
    denials.extend(volume::in_memory(policy, spec));
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

fn account(policy: &Policy, spec: &PodSpec, denials: &mut Vec<Denial>) {
    let mut deny = |what: String, account: &str| {
        let setting = entry("allow_service_accounts", account);
        denials.push(allowed_by("service-account", what, setting));
    };
    let fields = [
        ("serviceAccountName", spec.service_account_name.as_deref()),
        ("serviceAccount", spec.service_account.as_deref()),
    ];
    for (field, account) in fields.map(|(field, account)| (field, account.unwrap_or_default())) {
        if !matches!(account, "" | "default") && !policy.allows_account(account) {
            deny(
                format!("spec.{field} {account} is not the default service account"),
                account,
            );
        }
    }
    let account = account_of(spec);
    if spec.automount_service_account_token == Some(true) && !policy.allows_account(account) {
        deny(
            "spec.automountServiceAccountToken would expose the account's token".to_owned(),
            account,
        );
    }
}

/// Registry credentials pull images that the caller could not.
fn pull_secrets(policy: &Policy, spec: &PodSpec, denials: &mut Vec<Denial>) {
    let secrets = spec.image_pull_secrets.iter().flatten();
    for name in secrets.map(|secret| secret.name.as_str()) {
        if !names(&policy.allow_image_pull_secrets, name) {
            let what = format!("spec.imagePullSecrets pulls images with secret {name}");
            let setting = entry("allow_image_pull_secrets", name);
            denials.push(allowed_by("image-pull-secrets", what, setting));
        }
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
    let confinement = Confinement {
        seccomp: context.seccomp_profile.as_ref(),
        app_armor: context.app_armor_profile.as_ref(),
        se_linux: context.se_linux_options.as_ref(),
        windows: context.windows_options.as_ref(),
    };
    confinement.check(policy, path, denials);
    for name in context
        .sysctls
        .iter()
        .flatten()
        .map(|sysctl| sysctl.name.as_str())
    {
        if !SAFE_SYSCTLS.contains(&name) && !names(&policy.allow_sysctls, name) {
            let what = format!("{path}.sysctls sets {name}, which affects more than the pod");
            denials.push(allowed_by("sysctl", what, entry("allow_sysctls", name)));
        }
    }
}
