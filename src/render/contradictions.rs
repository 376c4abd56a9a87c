//! What a profile says of one process that cannot be true together. Each rule by itself is fine, so this shows
//! only once they are laid over each other.

use serde_json::Value;

use super::container::GPU;
use super::{problem, security, title};
use crate::config::profile::{Profile, Security};
use crate::domain::description::{Problem, Process};

/// Refuses what no cluster would take.
pub(super) fn refuse(process: &Process, profile: &Profile) -> Result<(), Problem> {
    let found = gpu(profile).or_else(|| mounts(profile));
    match found {
        Some(what) => Err(problem(
            process,
            format!("{}: the profile's {what}", title(process)),
        )),
        None => Ok(()),
    }
}

/// What a namespace may refuse, depending on how it is labelled.
pub(super) fn note(process: &Process, profile: &Profile) -> Option<Problem> {
    if profile.pod.security != Some(Security::Restricted) {
        return None;
    }
    let pod = &profile.pod;
    let reasons = [
        ("devices", !profile.container.devices.is_empty()),
        (
            "securityContext.privileged",
            security::of_main(profile)["privileged"] == true,
        ),
        ("hostNetwork", pod.host_network == Some(true)),
        ("hostIPC", pod.host_ipc == Some(true)),
        ("hostPID", pod.host_pid == Some(true)),
    ];
    let (field, _) = reasons.into_iter().find(|(_, applies)| *applies)?;
    let what = format!(
        "{}: the profile's podSecurity: restricted and {field} contradict each other, and namespaces that enforce \
         the first refuse the pod; leave one out for it by a rule of its own",
        title(process)
    );
    Some(problem(process, what))
}

fn gpu(profile: &Profile) -> Option<String> {
    let count = profile.container.gpu?.to_string();
    let limit = profile
        .container
        .resources
        .limits
        .get(GPU)
        .filter(|limit| **limit != count)?;
    Some(format!(
        "gpu: {count} and resources.limits with {GPU}: {limit} contradict each other; leave one out"
    ))
}

fn mounts(profile: &Profile) -> Option<String> {
    let by_patch = profile
        .pod
        .patch
        .all
        .iter()
        .flat_map(|patch| patch["spec"]["volumes"].as_array());
    let named = |volume: &Value| volume["name"].as_str().map(str::to_owned);
    let volumes = profile.pod.volumes.entries().chain(by_patch.flatten());
    let volumes: Vec<_> = volumes.filter_map(named).collect();
    let mut mounts = profile.container.volume_mounts.entries().filter_map(named);
    let missing = mounts.find(|name| !volumes.contains(name))?;
    Some(format!(
        "volumeMounts names {missing:?}, which no volume is called; add it to volumes ({})",
        if volumes.is_empty() {
            "there are none".to_owned()
        } else {
            format!("there are {}", volumes.join(", "))
        }
    ))
}
