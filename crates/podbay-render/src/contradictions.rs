//! Contradictions in the merged profile of one process: each rule may be valid by itself.

use std::collections::BTreeSet;

use serde_json::Value;

use super::container::GPU;
use super::{devices, parameters, problem, security};
use crate::profile::{Profile, Security};
use podbay_core::object::Object;
use podbay_core::quantity::is_above;
use podbay_description::Process;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Probe handlers, of which a probe has one.
const PROBES: [&str; 4] = ["exec", "grpc", "httpGet", "tcpSocket"];

/// Refuses what no cluster would accept.
pub(super) fn refuse(process: &Process, profile: &Profile) -> Result<(), Diagnostic> {
    let found = gpu(profile)
        .or_else(|| device(profile))
        .or_else(|| volume(profile))
        .or_else(|| probe(profile))
        .or_else(|| mounts(profile))
        .or_else(|| command(process, profile));
    match found {
        Some(what) => {
            let what = format!("the profile's {what}{}", of(profile));
            Err(problem(Code::ProfileContradiction, process, what))
        }
        None => Ok(()),
    }
}

/// The file to blame; for a contradiction with the launch file, the place of the process.
fn of(profile: &Profile) -> String {
    match profile.file.as_str() {
        "" => String::new(),
        file => format!(" (profile {file})"),
    }
}

/// Refuses a pod with parts of the same name, or without an image.
pub(super) fn refuse_pod(process: &Process, pod: &Object) -> Result<(), Diagnostic> {
    let spec = &pod.0["spec"];
    let lists = |lists: &[&str]| -> Vec<Value> {
        let entries = lists.iter().filter_map(|list| spec[list].as_array());
        entries.flatten().cloned().collect()
    };
    let containers = lists(&["containers", "initContainers"]);
    let found = twice("containers", &containers)
        .or_else(|| twice("volumes", &lists(&["volumes"])))
        .or_else(|| without_image(&containers))
        .or_else(|| containers.iter().find_map(without_probe))
        .or_else(|| containers.iter().find_map(above_limit));
    match found {
        Some(what) => {
            let what = format!("the profile gives its pod {what}");
            Err(problem(Code::ProfileContradiction, process, what))
        }
        None => Ok(()),
    }
}

fn twice(kind: &str, all: &[Value]) -> Option<String> {
    let mut seen = BTreeSet::new();
    let name = all
        .iter()
        .filter_map(|one| one["name"].as_str())
        .find(|name| !seen.insert(*name))?;
    Some(format!(
        "two {kind} called {name:?}, one of which may be podbay's own; give the profile's another name"
    ))
}

fn without_image(containers: &[Value]) -> Option<String> {
    let bare = containers
        .iter()
        .find(|container| container["image"].as_str().is_none_or(str::is_empty))?;
    Some(format!(
        "the container {} without an image; give it `image`, or write it under `containers`, where it has the image of \
         the process",
        bare["name"]
    ))
}

/// A probe for which rules set fields, but none sets a handler.
fn without_probe(container: &Value) -> Option<String> {
    let probes = ["startupProbe", "readinessProbe", "livenessProbe"].into_iter();
    let mut probes = probes.filter(|probe| container[probe].is_object());
    let ways = |probe: &str| PROBES.into_iter().any(|way| !container[probe][way].is_null());
    let probe = probes.find(|probe| !ways(probe))?;
    Some(format!(
        "the container {} with a {probe} that has no way to probe; give it one of {}",
        container["name"],
        PROBES.join(", ")
    ))
}

/// A request above its limit, each of which may be of another rule.
fn above_limit(container: &Value) -> Option<String> {
    let resources = &container["resources"];
    let amount = |list: &str, key: &str| resources[list][key].as_str();
    let mut keys = resources["requests"].as_object()?.keys();
    let key = keys.find(|key| {
        let both = amount("requests", key).zip(amount("limits", key));
        both.is_some_and(|(amount, limit)| is_above(amount, limit))
    })?;
    Some(format!(
        "the container {} with resources.requests of {key}: {}, more than its limit of {}; lower it, or raise the limit",
        container["name"],
        amount("requests", key).unwrap_or_default(),
        amount("limits", key).unwrap_or_default()
    ))
}

/// Notes what a namespace may refuse, depending on its labels.
pub(super) fn note(process: &Process, profile: &Profile) -> Option<Diagnostic> {
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
        "the profile's podSecurity: restricted and {field} contradict each other, and namespaces that enforce \
         the first refuse the pod; leave one out for it by a rule of its own{}",
        of(profile)
    );
    Some(problem(Code::PodMayBeRefused, process, what))
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

fn device(profile: &Profile) -> Option<String> {
    let paths: Vec<_> = profile
        .container
        .devices
        .iter()
        .map(|path| devices::plain(path))
        .collect();
    let twice = (1..paths.len()).find(|at| paths[..*at].contains(&paths[*at]))?;
    let path = paths[twice];
    Some(format!(
        "devices names {path} both with / at its end and without; leave one out"
    ))
}

fn volume(profile: &Profile) -> Option<String> {
    profile.pod.volumes.entries().find_map(|volume| {
        let name = volume["name"].as_str().unwrap_or_default();
        let kinds = volume.as_object()?.keys().filter(|field| *field != "name");
        one_of(
            &format!("volume {name}"),
            &kinds.map(String::as_str).collect::<Vec<_>>(),
        )
    })
}

fn probe(profile: &Profile) -> Option<String> {
    let container = &profile.container;
    let probes = [
        ("startupProbe", &container.startup_probe),
        ("readinessProbe", &container.readiness_probe),
        ("livenessProbe", &container.liveness_probe),
    ];
    probes.into_iter().find_map(|(name, probe)| {
        let ways = PROBES
            .into_iter()
            .filter(|way| probe.value.get(way).is_some_and(|way| !way.is_null()));
        one_of(name, &ways.collect::<Vec<_>>())
    })
}

/// Objects are merged field by field, so alternatives from two rules may end up in one object.
fn one_of(what: &str, said: &[&str]) -> Option<String> {
    let [one, other, ..] = said else { return None };
    Some(format!(
        "{what} has {}, of which Kubernetes takes one; in the rule that replaces the other, take that away by \
         `{one}: null` or `{other}: null`",
        said.join(" and ")
    ))
}

/// The script that runs commands for parameters takes the place of the profile's command.
fn command(process: &Process, profile: &Profile) -> Option<String> {
    profile.container.command.as_ref()?;
    let (name, _) = parameters::printed(process).next()?;
    Some(format!(
        "command leaves nobody in the container to run xacro for the parameter {name}; leave it out, or let podbay run \
         xacro (--allow-command)"
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
    let claims = profile.workload.controller.spec["volumeClaimTemplates"].as_array();
    let claims = claims.into_iter().flatten().map(|claim| &claim["metadata"]);
    let volumes: Vec<_> = volumes.chain(claims).filter_map(named).collect();
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
