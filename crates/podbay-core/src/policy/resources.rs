//! Rules about resources that only some hosts have, in limited numbers.

use k8s_openapi::api::core::v1::ResourceRequirements;

use super::{Denial, Policy, allowed_by, entry, names};

/// Resources that every host has.
const USUAL: [&str; 3] = ["cpu", "ephemeral-storage", "memory"];

/// Denies devices, huge pages and other resources of device plugins, each only once.
pub(super) fn check(
    policy: &Policy,
    path: &str,
    resources: Option<&ResourceRequirements>,
    denials: &mut Vec<Denial>,
) {
    let Some(resources) = resources else { return };
    let limits = resources.limits.iter().flatten();
    let requests = resources.requests.iter().flatten();
    let only_requested = requests.filter(|(name, _)| {
        let limits = resources.limits.as_ref();
        limits.is_none_or(|limits| !limits.contains_key(*name))
    });
    for (name, _) in limits.chain(only_requested) {
        if !USUAL.contains(&name.as_str()) && !names(&policy.allow_resources, name) {
            let what = format!("{path} requests {name}, a device or a scarce resource of the host");
            denials.push(allowed_by("resources", what, entry("allow_resources", name)));
        }
    }
}
