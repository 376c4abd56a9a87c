//! Rules about volumes and the secrets in them.

use k8s_openapi::api::core::v1::{Volume, VolumeProjection};
use serde_json::Value;

use super::{Denial, Policy, allowed_by};

/// Volume types that show nothing but the pod's own and its namespace's, besides those with rules of their own.
const PLAIN: [&str; 6] = [
    "configMap",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
];

/// `account` is the one the pod runs as.
pub(super) fn check(policy: &Policy, volume: &Volume, account: &str, denials: &mut Vec<Denial>) {
    let path = format!("volume {}", volume.name);
    for kind in kinds(volume) {
        match kind.as_str() {
            "hostPath" => host_path(policy, &path, volume, denials),
            "secret" | "projected" => {}
            kind if PLAIN.contains(&kind)
                || policy.allow_volume_types.iter().any(|allowed| allowed == kind) => {}
            kind => {
                let what = format!("{path} is of type {kind}, which may reach beyond the namespace");
                denials.push(allowed_by(
                    "volume-type",
                    what,
                    format!("allow_volume_types: [{kind}]"),
                ));
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

/// The types a volume is of, by their names in a manifest; one, unless the manifest is wrong.
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

fn host_path(policy: &Policy, path: &str, volume: &Volume, denials: &mut Vec<Denial>) {
    if !policy.allow_host_path {
        let folder = volume
            .host_path
            .as_ref()
            .map_or("", |source| source.path.as_str());
        let what = format!("{path} shows {folder} of the host");
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
        let what = format!("{path} would give out a token of service account {account}");
        denials.push(allowed_by(
            "service-account",
            what,
            format!("allow_service_accounts: [{account}]"),
        ));
    }
}

/// Whether the secret `name` may be read.
pub(super) fn secret(policy: &Policy, path: &str, name: &str, denials: &mut Vec<Denial>) {
    if !policy
        .allow_secrets
        .iter()
        .any(|allowed| allowed == name || allowed == "*")
    {
        let what = format!("{path} reads secret {name}");
        denials.push(allowed_by("secrets", what, format!("allow_secrets: [{name}]")));
    }
}
