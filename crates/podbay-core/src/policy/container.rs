//! Rules about a container.

use k8s_openapi::api::core::v1::{
    AppArmorProfile, Container, LifecycleHandler, Probe, SELinuxOptions, SeccompProfile, SecurityContext,
    WindowsSecurityContextOptions,
};

use super::{Denial, Policy, allowed_by, entry, resources, volume};

/// Types of seccomp and AppArmor profiles that confine.
const CONFINED: [&str; 2] = ["Localhost", "RuntimeDefault"];

pub(super) fn check(policy: &Policy, container: &Container, denials: &mut Vec<Denial>) {
    let path = format!("container {}", container.name);
    if let Some(context) = &container.security_context {
        security(policy, &path, context, denials);
    }
    resources::check(policy, &path, container.resources.as_ref(), denials);
    mounts(policy, &path, container, denials);
    ports(policy, &path, container, denials);
    probes(policy, &path, container, denials);
    environment(policy, &path, container, denials);
}

fn security(policy: &Policy, path: &str, context: &SecurityContext, denials: &mut Vec<Denial>) {
    let path = format!("{path}: securityContext");
    if context.privileged == Some(true) && !policy.allow_privileged {
        denials.push(privileged(format!("{path}.privileged is true")));
    }
    let proc_mount = context.proc_mount.as_deref().unwrap_or("Default");
    if proc_mount != "Default" && !policy.allow_privileged {
        denials.push(privileged(format!("{path}.procMount is {proc_mount}")));
    }
    let confinement = Confinement {
        seccomp: context.seccomp_profile.as_ref(),
        app_armor: context.app_armor_profile.as_ref(),
        se_linux: context.se_linux_options.as_ref(),
        windows: context.windows_options.as_ref(),
    };
    confinement.check(policy, &path, denials);
    let added = context
        .capabilities
        .iter()
        .flat_map(|capabilities| capabilities.add.iter().flatten());
    for capability in added.filter(|capability| !allows_capability(policy, capability)) {
        let what = format!("{path}.capabilities adds {capability}");
        denials.push(allowed_by(
            "capabilities",
            what,
            entry("allow_capabilities", capability),
        ));
    }
}

/// The fields of a security context, of a container or a pod, by which it may be less confined.
pub(super) struct Confinement<'a> {
    pub(super) seccomp: Option<&'a SeccompProfile>,
    pub(super) app_armor: Option<&'a AppArmorProfile>,
    pub(super) se_linux: Option<&'a SELinuxOptions>,
    pub(super) windows: Option<&'a WindowsSecurityContextOptions>,
}

impl Confinement<'_> {
    /// Denies less confinement than the runtime's default.
    pub(super) fn check(&self, policy: &Policy, path: &str, denials: &mut Vec<Denial>) {
        identity(policy, path, self.windows, denials);
        if policy.allow_privileged {
            return;
        }
        let kinds = [
            ("seccompProfile", self.seccomp.map(|profile| &profile.type_)),
            ("appArmorProfile", self.app_armor.map(|profile| &profile.type_)),
        ];
        for (profile, kind) in kinds {
            if let Some(kind) = kind.filter(|kind| !CONFINED.contains(&kind.as_str())) {
                denials.push(privileged(format!("{path}.{profile} is {kind}")));
            }
        }
        let named = self
            .app_armor
            .and_then(|profile| profile.localhost_profile.as_deref());
        // AppArmor's name for no confinement
        if let Some(name) = named.filter(|name| name.trim().eq_ignore_ascii_case("unconfined")) {
            denials.push(privileged(format!(
                "{path}.appArmorProfile.localhostProfile is {name}"
            )));
        }
        let sets = |options: &SELinuxOptions| {
            options.user.is_some() || options.role.is_some() || options.type_.is_some()
        };
        if self.se_linux.is_some_and(sets) {
            denials.push(privileged(format!(
                "{path}.seLinuxOptions sets user, role or type"
            )));
        }
        if self
            .windows
            .is_some_and(|options| options.host_process == Some(true))
        {
            denials.push(privileged(format!("{path}.windowsOptions.hostProcess is true")));
        }
    }
}

/// On Windows, a container can run as another account by naming it.
fn identity(
    policy: &Policy,
    path: &str,
    windows: Option<&WindowsSecurityContextOptions>,
    denials: &mut Vec<Denial>,
) {
    let Some(windows) = windows.filter(|_| !policy.allow_windows_accounts) else {
        return;
    };
    let fields = [
        ("gmsaCredentialSpec", &windows.gmsa_credential_spec),
        ("gmsaCredentialSpecName", &windows.gmsa_credential_spec_name),
        ("runAsUserName", &windows.run_as_user_name),
    ];
    for (field, _) in fields.iter().filter(|(_, account)| account.is_some()) {
        let what = format!("{path}.windowsOptions.{field} uses a Windows account");
        denials.push(allowed_by(
            "windows-accounts",
            what,
            "allow_windows_accounts: true",
        ));
    }
}

/// A mount that is propagated to the host.
fn mounts(policy: &Policy, path: &str, container: &Container, denials: &mut Vec<Denial>) {
    let mounts = container.volume_mounts.iter().flatten();
    let shared = mounts.filter(|mount| mount.mount_propagation.as_deref() == Some("Bidirectional"));
    for mount in shared.filter(|_| !policy.allow_privileged) {
        let what = format!(
            "{path}: volumeMounts propagates mounts in {} to the host",
            mount.mount_path
        );
        denials.push(privileged(what));
    }
}

fn privileged(what: String) -> Denial {
    allowed_by("privileged", what, "allow_privileged: true")
}

fn allows_capability(policy: &Policy, capability: &str) -> bool {
    let plain = |name: &str| name.to_ascii_uppercase().trim_start_matches("CAP_").to_owned();
    let wanted = plain(capability);
    policy
        .allow_capabilities
        .iter()
        .any(|allowed| plain(allowed) == wanted)
}

fn ports(policy: &Policy, path: &str, container: &Container, denials: &mut Vec<Denial>) {
    let on_host = container
        .ports
        .iter()
        .flatten()
        .filter_map(|port| port.host_port)
        .filter(|port| *port != 0);
    for port in on_host.filter(|_| !policy.allow_host_namespaces) {
        let what = format!("{path}: hostPort {port} opens a port of the host");
        denials.push(allowed_by("host-namespaces", what, "allow_host_namespaces: true"));
    }
}

/// Probes and hooks run from the host's network; with a host name they could reach anything that the host
/// reaches.
fn probes(policy: &Policy, path: &str, container: &Container, denials: &mut Vec<Denial>) {
    let probes = [
        &container.liveness_probe,
        &container.readiness_probe,
        &container.startup_probe,
    ];
    let of_probes = probes.iter().copied().flatten().filter_map(probe_host);
    let hooks = container
        .lifecycle
        .iter()
        .flat_map(|lifecycle| [&lifecycle.post_start, &lifecycle.pre_stop]);
    let of_hooks = hooks.flatten().filter_map(hook_host);
    for host in of_probes
        .chain(of_hooks)
        .filter(|host| !host.is_empty() && !policy.allow_host_namespaces)
    {
        let what = format!("{path}: a probe or hook to {host} uses the host's network");
        denials.push(allowed_by("host-namespaces", what, "allow_host_namespaces: true"));
    }
    for grace in probes
        .iter()
        .filter_map(|probe| probe.as_ref()?.termination_grace_period_seconds)
    {
        let field = format!("{path}: a probe's terminationGracePeriodSeconds");
        denials.extend(policy.long_grace((&field, Some(grace))));
    }
}

fn probe_host(probe: &Probe) -> Option<&str> {
    let http = probe.http_get.as_ref().and_then(|get| get.host.as_deref());
    http.or_else(|| {
        probe
            .tcp_socket
            .as_ref()
            .and_then(|socket| socket.host.as_deref())
    })
}

fn hook_host(hook: &LifecycleHandler) -> Option<&str> {
    let http = hook.http_get.as_ref().and_then(|get| get.host.as_deref());
    http.or_else(|| hook.tcp_socket.as_ref().and_then(|socket| socket.host.as_deref()))
}

/// A secret in the environment can be read from the log.
fn environment(policy: &Policy, path: &str, container: &Container, denials: &mut Vec<Denial>) {
    let sources = container
        .env
        .iter()
        .flatten()
        .filter_map(|variable| variable.value_from.as_ref());
    let single = sources
        .filter_map(|source| source.secret_key_ref.as_ref())
        .map(|secret| &secret.name);
    let whole = container
        .env_from
        .iter()
        .flatten()
        .filter_map(|source| source.secret_ref.as_ref());
    for secret in single.chain(whole.map(|secret| &secret.name)) {
        volume::secret(policy, &format!("{path}: env"), secret, denials);
    }
}
