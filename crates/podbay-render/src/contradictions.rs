//! Contradictions in the merged profile of one process: each rule may be valid by itself.

use std::collections::BTreeSet;

use serde_json::Value;

use super::container::GPU;
use super::{about, devices, parameters, problem, security};
use crate::profile::{Profile, Security};
use podbay_core::object::Object;
use podbay_core::quantity::is_above;
use podbay_description::Process;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Handlers of probes; a probe has one.
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
        Some(mut error) => {
            error.message.push_str(&of(profile));
            Err(about(process, error))
        }
        None => Ok(()),
    }
}

/// Names the profile; the place of the error is that of the process in the launch file.
fn of(profile: &Profile) -> String {
    match profile.file.as_str() {
        "" => " (in the profile)".to_owned(),
        file => format!(" (profile {file})"),
    }
}

fn contradiction(what: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Code::ProfileContradiction.says(what).help(help)
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
    found.map_or(Ok(()), |error| Err(about(process, error)))
}

fn twice(kind: &str, all: &[Value]) -> Option<Diagnostic> {
    let mut seen = BTreeSet::new();
    let name = all
        .iter()
        .filter_map(|one| one["name"].as_str())
        .find(|name| !seen.insert(*name))?;
    Some(contradiction(
        format!("its pod has two {kind} named {name:?}"),
        "rename the one in the profile; the other may belong to podbay",
    ))
}

fn without_image(containers: &[Value]) -> Option<Diagnostic> {
    let bare = containers
        .iter()
        .find(|container| container["image"].as_str().is_none_or(str::is_empty))?;
    Some(contradiction(
        format!("container {} of its pod has no image", bare["name"]),
        "add `image`, or move it to `containers` of the profile, where the default is the image of the process",
    ))
}

/// A probe for which rules set fields, but none sets a handler.
fn without_probe(container: &Value) -> Option<Diagnostic> {
    let probes = ["startupProbe", "readinessProbe", "livenessProbe"].into_iter();
    let mut probes = probes.filter(|probe| container[probe].is_object());
    let has_handler = |probe: &str| PROBES.into_iter().any(|way| !container[probe][way].is_null());
    let probe = probes.find(|probe| !has_handler(probe))?;
    Some(contradiction(
        format!("{probe} of container {} has no handler", container["name"]),
        format!("add one of {}", PROBES.join(", ")),
    ))
}

/// A request above its limit; both may come from different rules.
fn above_limit(container: &Value) -> Option<Diagnostic> {
    let resources = &container["resources"];
    let amount = |list: &str, key: &str| resources[list][key].as_str();
    let mut keys = resources["requests"].as_object()?.keys();
    let key = keys.find(|key| {
        let both = amount("requests", key).zip(amount("limits", key));
        both.is_some_and(|(amount, limit)| is_above(amount, limit))
    })?;
    let what = format!(
        "resources.requests of container {} has {key}: {}, which exceeds the limit of {}",
        container["name"],
        amount("requests", key).unwrap_or_default(),
        amount("limits", key).unwrap_or_default()
    );
    Some(contradiction(what, "lower it, or raise the limit"))
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
        "podSecurity: restricted and {field} contradict each other, so a namespace that enforces `restricted` refuses the \
         pod{}",
        of(profile)
    );
    Some(
        problem(Code::PodMayBeRefused, process, what).help("change one of them for this process with a rule"),
    )
}

fn gpu(profile: &Profile) -> Option<Diagnostic> {
    let count = profile.container.gpu?.to_string();
    let limit = profile
        .container
        .resources
        .limits
        .get(GPU)
        .filter(|limit| **limit != count)?;
    let what = format!("gpu: {count} and {GPU}: {limit} in `resources.limits` contradict each other");
    Some(contradiction(what, "remove one"))
}

fn device(profile: &Profile) -> Option<Diagnostic> {
    let paths: Vec<_> = profile
        .container
        .devices
        .iter()
        .map(|path| devices::plain(path))
        .collect();
    let twice = (1..paths.len()).find(|at| paths[..*at].contains(&paths[*at]))?;
    let what = format!(
        "`devices` has {} both with and without '/' at its end",
        paths[twice]
    );
    Some(contradiction(what, "remove one"))
}

fn volume(profile: &Profile) -> Option<Diagnostic> {
    profile.pod.volumes.entries().find_map(|volume| {
        let name = volume["name"].as_str().unwrap_or_default();
        let kinds = volume.as_object()?.keys().filter(|field| *field != "name");
        one_of(
            &format!("volume {name}"),
            &kinds.map(String::as_str).collect::<Vec<_>>(),
        )
    })
}

fn probe(profile: &Profile) -> Option<Diagnostic> {
    let container = &profile.container;
    let probes = [
        ("startupProbe", &container.startup_probe),
        ("readinessProbe", &container.readiness_probe),
        ("livenessProbe", &container.liveness_probe),
    ];
    probes.into_iter().find_map(|(name, probe)| {
        let handlers = PROBES
            .into_iter()
            .filter(|way| probe.value.get(way).is_some_and(|way| !way.is_null()));
        one_of(name, &handlers.collect::<Vec<_>>())
    })
}

/// Objects are merged field by field, so alternatives from two rules may end up in one object.
fn one_of(what: &str, given: &[&str]) -> Option<Diagnostic> {
    let [one, other, ..] = given else { return None };
    Some(contradiction(
        format!(
            "{what} has {}, but Kubernetes accepts only one",
            given.join(" and ")
        ),
        format!("in the later rule, remove the earlier one with `{one}: null` or `{other}: null`"),
    ))
}

/// The script that runs commands for parameters replaces the profile's command.
fn command(process: &Process, profile: &Profile) -> Option<Diagnostic> {
    profile.container.command.as_ref()?;
    let (name, _) = parameters::printed(process).next()?;
    Some(contradiction(
        format!("`command` replaces podbay's script, which would run xacro for the parameter {name}"),
        "remove `command`, or let podbay run xacro (--allow-command)",
    ))
}

fn mounts(profile: &Profile) -> Option<Diagnostic> {
    let by_patch = profile
        .pod
        .patch
        .all
        .iter()
        .flat_map(|patch| patch["spec"]["volumes"].as_array());
    let named = |volume: &Value| volume["name"].as_str().map(str::to_owned);
    let volumes = profile.pod.volumes.entries().chain(by_patch.flatten());
    let claims = profile.workload.chosen.spec["volumeClaimTemplates"].as_array();
    let claims = claims.into_iter().flatten().map(|claim| &claim["metadata"]);
    let volumes: Vec<_> = volumes.chain(claims).filter_map(named).collect();
    let mut mounts = profile.container.volume_mounts.entries().filter_map(named);
    let missing = mounts.find(|name| !volumes.contains(name))?;
    let help = match volumes.is_empty() {
        true => "add it to `volumes`".to_owned(),
        false => format!("add it to `volumes`, or use one of {}", volumes.join(", ")),
    };
    let what = format!("`volumeMounts` names the unknown volume {missing:?}");
    Some(contradiction(what, help))
}
