//! Contradictions in the merged profile of one process: each rule may be valid by itself.

use std::collections::BTreeSet;

use serde_json::Value;

use super::container::GPU;
use super::{at_profile, devices, parameters, security};
use crate::profile::{Profile, Security, Switch};
use podbay_core::object::Object;
use podbay_core::quantity::is_above;
use podbay_description::Process;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Keys that add containers to a pod.
const CONTAINERS: &[&str] = &["containers", "initContainers", "sidecars", "pod"];

/// Probes, and the keys that may set their fields.
const OF_PROBES: [(&str, &[&str]); 3] = [
    ("startupProbe", &["startupProbe", "container", "pod"]),
    ("readinessProbe", &["readinessProbe", "container", "pod"]),
    ("livenessProbe", &["livenessProbe", "container", "pod"]),
];

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
        Some((keys, error)) => Err(at_profile(process, profile, keys, error)),
        None => Ok(()),
    }
}

/// A contradiction, and the keys of the profile that it may be about.
type Found = (&'static [&'static str], Diagnostic);

fn contradiction(keys: &'static [&'static str], what: impl Into<String>, help: impl Into<String>) -> Found {
    (keys, Code::ProfileContradiction.says(what).help(help))
}

/// Refuses a pod with parts of the same name, or without an image. `own` is the name of the process's container.
pub(super) fn refuse_pod(
    process: &Process,
    profile: &Profile,
    pod: &Object,
    own: &str,
) -> Result<(), Diagnostic> {
    let spec = &pod.0["spec"];
    let lists = |lists: &[&str]| -> Vec<Value> {
        let entries = lists.iter().filter_map(|list| spec[list].as_array());
        entries.flatten().cloned().collect()
    };
    let containers = lists(&["containers", "initContainers"]);
    let found = twice("containers", CONTAINERS, &containers)
        .or_else(|| twice("volumes", &["volumes", "pod"], &lists(&["volumes"])))
        .or_else(|| without_image(&containers))
        .or_else(|| containers.iter().find_map(|one| without_probe(one, own)))
        .or_else(|| containers.iter().find_map(|one| above_limit(one, own)));
    found.map_or(Ok(()), |(keys, error)| {
        Err(at_profile(process, profile, keys, error))
    })
}

fn twice(kind: &str, keys: &'static [&'static str], all: &[Value]) -> Option<Found> {
    let mut seen = BTreeSet::new();
    let name = all
        .iter()
        .filter_map(|one| one["name"].as_str())
        .find(|name| !seen.insert(*name))?;
    Some(contradiction(
        keys,
        format!("its pod has two {kind} named {name:?}"),
        "rename the one in the profile; the other may belong to podbay",
    ))
}

fn without_image(containers: &[Value]) -> Option<Found> {
    let bare = containers
        .iter()
        .find(|container| container["image"].as_str().is_none_or(str::is_empty))?;
    Some(contradiction(
        CONTAINERS,
        format!("container {} of its pod has no image", bare["name"]),
        "add `image`, or move it to `containers` of the profile, where the default is the image of the process",
    ))
}

/// `container` in a message about its process. The name of the process's `own` container would only differ between
/// processes with the same error.
fn container_of(container: &Value, own: &str) -> String {
    match container["name"] == own {
        true => "its container".to_owned(),
        false => format!("container {}", container["name"]),
    }
}

/// A probe for which rules set fields, but none sets a handler.
fn without_probe(container: &Value, own: &str) -> Option<Found> {
    let mut probes = OF_PROBES.iter().filter(|(probe, _)| container[probe].is_object());
    let has_handler = |probe: &str| PROBES.into_iter().any(|way| !container[probe][way].is_null());
    let (probe, keys) = probes.find(|(probe, _)| !has_handler(probe))?;
    Some(contradiction(
        keys,
        format!("{probe} of {} has no handler", container_of(container, own)),
        format!("add one of {}", PROBES.join(", ")),
    ))
}

/// A request above its limit; both may come from different rules.
fn above_limit(container: &Value, own: &str) -> Option<Found> {
    let resources = &container["resources"];
    let amount = |list: &str, key: &str| resources[list][key].as_str();
    let mut keys = resources["requests"].as_object()?.keys();
    let key = keys.find(|key| {
        let both = amount("requests", key).zip(amount("limits", key));
        both.is_some_and(|(amount, limit)| is_above(amount, limit))
    })?;
    let what = format!(
        "resources.requests of {} has {key}: {}, which exceeds the limit of {}",
        container_of(container, own),
        amount("requests", key).unwrap_or_default(),
        amount("limits", key).unwrap_or_default()
    );
    Some(contradiction(
        &["resources", "container", "containers", "pod"],
        what,
        "lower it, or raise the limit",
    ))
}

/// Warns of what a namespace may refuse, depending on its labels.
pub(super) fn warning(process: &Process, profile: &Profile) -> Option<Diagnostic> {
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
        ("hostNetwork", pod.host_network == Some(Switch(true))),
        ("hostIPC", pod.host_ipc == Some(Switch(true))),
        ("hostPID", pod.host_pid == Some(Switch(true))),
    ];
    let (field, _) = reasons.into_iter().find(|(_, applies)| *applies)?;
    let keys = &[field.split('.').next().unwrap_or(field), "container", "pod"];
    let what = format!(
        "podSecurity: restricted and {field} contradict each other, so a namespace that enforces `restricted` refuses the \
         pod"
    );
    let warning = Code::PodMayBeRefused.says(what);
    let warning = warning.help("change one of them for this process with a rule");
    Some(at_profile(process, profile, keys, warning))
}

fn gpu(profile: &Profile) -> Option<Found> {
    let count = profile.container.gpu?.to_string();
    let limit = profile
        .container
        .resources
        .limits
        .get(GPU)
        .filter(|limit| **limit != count)?;
    let what = format!("gpu: {count} and {GPU}: {limit} in `resources.limits` contradict each other");
    Some(contradiction(&["gpu"], what, "remove one"))
}

fn device(profile: &Profile) -> Option<Found> {
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
    Some(contradiction(&["devices"], what, "remove one"))
}

fn volume(profile: &Profile) -> Option<Found> {
    profile.pod.volumes.entries().find_map(|volume| {
        let name = volume["name"].as_str().unwrap_or_default();
        let kinds = volume.as_object()?.keys().filter(|field| *field != "name");
        one_of(
            &["volumes"],
            &format!("volume {name}"),
            &kinds.map(String::as_str).collect::<Vec<_>>(),
        )
    })
}

fn probe(profile: &Profile) -> Option<Found> {
    let container = &profile.container;
    let probes = [
        &container.startup_probe,
        &container.readiness_probe,
        &container.liveness_probe,
    ];
    let mut probes = OF_PROBES.iter().zip(probes);
    probes.find_map(|((name, keys), probe)| {
        let handlers = PROBES
            .into_iter()
            .filter(|way| probe.value.get(way).is_some_and(|way| !way.is_null()));
        one_of(keys, name, &handlers.collect::<Vec<_>>())
    })
}

/// Objects are merged field by field, so alternatives from two rules may end up in one object.
fn one_of(keys: &'static [&'static str], what: &str, given: &[&str]) -> Option<Found> {
    let [one, other, ..] = given else { return None };
    Some(contradiction(
        keys,
        format!(
            "{what} has {}, but Kubernetes accepts only one",
            given.join(" and ")
        ),
        format!("remove one; if it is from an earlier rule, with `{one}: null` or `{other}: null`"),
    ))
}

/// The script that runs commands for parameters replaces the profile's command.
fn command(process: &Process, profile: &Profile) -> Option<Found> {
    profile.container.command.as_ref()?;
    let (name, _) = parameters::printed(process).next()?;
    Some(contradiction(
        &["command"],
        format!("`command` replaces podbay's script, which would run xacro for the parameter {name}"),
        "remove `command`, or let podbay run xacro (--allow-command)",
    ))
}

fn mounts(profile: &Profile) -> Option<Found> {
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
    Some(contradiction(&["volumeMounts"], what, help))
}
