//! Rules about volumes and the secrets in them.

use k8s_openapi::api::core::v1::{PodSpec, Volume, VolumeProjection};
use serde_json::Value;

use super::{Denial, Policy, allowed_by, entry, names};
use crate::quantity::Memory;

/// Volume types with access only to the pod and its namespace, in addition to those with their own rules.
const PLAIN: [&str; 4] = ["configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim"];

/// `account` is the service account of the pod.
pub(super) fn check(policy: &Policy, volume: &Volume, account: &str, denials: &mut Vec<Denial>) {
    let path = format!("volume {}", volume.name);
    for kind in kinds(volume) {
        match kind.as_str() {
            "hostPath" => host_path(policy, &path, volume, denials),
            "secret" | "projected" => {}
            kind if PLAIN.contains(&kind) => {}
            kind if names(&policy.allow_volume_types, kind) => credentials(policy, &path, volume, denials),
            kind => {
                let what = match kind {
                    "ephemeral" => {
                        format!("{path} is of type ephemeral, which can claim any volume of the cluster")
                    }
                    "image" => format!("{path} is of type image, which gives access to any image"),
                    kind => format!("{path} is of type {kind}, which may give access beyond the namespace"),
                };
                denials.push(allowed_by("volume-type", what, entry("allow_volume_types", kind)));
            }
        }
    }
    if let Some(name) = volume
        .secret
        .as_ref()
        .and_then(|source| source.secret_name.as_ref())
    {
        secret(policy, &path, name, denials);
    }
    let sources = volume
        .projected
        .iter()
        .flat_map(|projected| projected.sources.iter().flatten());
    sources.for_each(|source| projection(policy, &path, source, account, denials));
}

/// Default limit of in-memory volumes.
const MEMORY: &str = "1Gi";

/// In-memory volumes take memory of the host, and without a limit from all other pods on it.
pub(super) fn in_memory(policy: &Policy, spec: &PodSpec) -> Option<Denial> {
    let most = policy
        .allow_memory_volumes
        .clone()
        .or_else(|| Memory::parse(MEMORY))?;
    let mut all = 0.0;
    for volume in spec.volumes.iter().flatten() {
        let source = volume.empty_dir.as_ref();
        let Some(source) = source.filter(|source| source.medium.as_deref() == Some("Memory")) else {
            continue;
        };
        let size = source.size_limit.as_ref().and_then(|size| Memory::parse(&size.0));
        let Some(size) = size else {
            return Some(Denial {
                rule: "memory-volumes",
                what: format!("in-memory volume {} has no sizeLimit", volume.name),
                help: format!("set a sizeLimit of at most {most}"),
            });
        };
        all += size.bytes;
    }
    let asked = Memory::of(all);
    (all > most.bytes).then(|| {
        let what = format!("in-memory volumes of {asked} exceed the limit of {most}");
        allowed_by("memory-volumes", what, format!("allow_memory_volumes: {asked}"))
    })
}

/// The types of a volume, by their names in a manifest; exactly one, unless the manifest is wrong.
fn kinds(volume: &Volume) -> Vec<String> {
    match serde_json::to_value(volume) {
        Ok(Value::Object(fields)) => fields
            .into_iter()
            .map(|(field, _)| field)
            .filter(|field| field != "name")
            .collect(),
        _ => Vec::new(),
    }
}

/// Secrets that an allowed volume type uses to access its storage.
fn credentials(policy: &Policy, path: &str, volume: &Volume, denials: &mut Vec<Denial>) {
    let volume = serde_json::to_value(volume).unwrap_or_default();
    for source in volume.as_object().into_iter().flatten().map(|(_, source)| source) {
        let named = ["secretRef", "nodePublishSecretRef"].map(|field| &source[field]["name"]);
        let named = named
            .into_iter()
            .chain([&source["secretName"]])
            .filter_map(Value::as_str);
        named.for_each(|name| secret(policy, path, name, denials));
    }
}

fn host_path(policy: &Policy, path: &str, volume: &Volume, denials: &mut Vec<Denial>) {
    if !policy.allow_host_path {
        let folder = volume
            .host_path
            .as_ref()
            .map_or("", |source| source.path.as_str());
        let what = format!("{path} mounts {folder} of the host");
        denials.push(allowed_by("host-path", what, "allow_host_path: true"));
    }
}

fn projection(
    policy: &Policy,
    path: &str,
    source: &VolumeProjection,
    account: &str,
    denials: &mut Vec<Denial>,
) {
    if let Some(named) = &source.secret {
        secret(policy, path, &named.name, denials);
    }
    let identity = source.service_account_token.is_some() || source.pod_certificate.is_some();
    if identity && !policy.allows_account(account) {
        let what = format!("{path} would expose a token of service account {account}");
        denials.push(allowed_by(
            "service-account",
            what,
            entry("allow_service_accounts", account),
        ));
    }
}

/// Whether the secret `name` may be read.
pub(super) fn secret(policy: &Policy, path: &str, name: &str, denials: &mut Vec<Denial>) {
    if !names(&policy.allow_secrets, name) {
        let what = format!("{path} reads secret {name}");
        denials.push(allowed_by("secrets", what, entry("allow_secrets", name)));
    }
}
