//! The containers of a pod: that of the process, and others.

use serde_json::{Value, json};

use super::command::Invocation;
use super::names::Name;
use super::{devices, parameters, security};
use crate::profile::{PARAMETERS, Profile, patch};
use podbay_description::Process;
use podbay_description::symbolic::is_symbolic;

/// The default image.
pub(super) const DEFAULT_IMAGE: &str = "docker.io/library/ros:jazzy";

/// Resource name of a GPU.
pub(super) const GPU: &str = "nvidia.com/gpu";

/// The container that runs `process`, whose parameters are in `maps` ConfigMaps.
pub(super) fn main(
    process: &Process,
    profile: &Profile,
    invocation: Invocation,
    maps: usize,
    name: &Name,
) -> Value {
    let mut container = json!({"name": name.process, "image": image(profile)});
    command_line(&mut container, process, invocation);
    let settings = &profile.container;
    if let Some(policy) = settings.image_pull_policy {
        container["imagePullPolicy"] = json!(policy);
    }
    let mounts = mounts(profile, maps);
    set_list(&mut container, "volumeMounts", mounts);
    set(&mut container, "resources", resources(profile));
    let probes = [
        ("startupProbe", &settings.startup_probe),
        ("readinessProbe", &settings.readiness_probe),
        ("livenessProbe", &settings.liveness_probe),
    ];
    for (field, probe) in probes {
        set(&mut container, field, probe.value.clone());
    }
    set(&mut container, "securityContext", security::of_main(profile));
    settings.patch.apply(&mut container);
    container
}

/// Another container from the profile. Its defaults are the same image and environment, since most of them
/// also use ROS.
pub(super) fn beside(given: &Value, profile: &Profile, env: &[(String, String)]) -> Value {
    let mut container = json!({"name": given["name"], "image": image(profile)});
    if let Some(policy) = profile
        .container
        .image_pull_policy
        .filter(|_| given.get("image").is_none())
    {
        container["imagePullPolicy"] = json!(policy);
    }
    set_list(&mut container, "env", env.iter().map(variable).collect());
    patch::apply(&mut container, given, "");
    let context = security::of_container(&profile.pod, &given["securityContext"]);
    set(&mut container, "securityContext", context);
    container
}

fn image(profile: &Profile) -> &str {
    profile.container.image.as_deref().unwrap_or(DEFAULT_IMAGE)
}

fn command_line(container: &mut Value, process: &Process, invocation: Invocation) {
    set_list(
        container,
        "command",
        invocation.command.into_iter().map(Value::from).collect(),
    );
    set_list(
        container,
        "args",
        invocation.args.into_iter().map(Value::from).collect(),
    );
    // run.sh changes to a folder of a package
    if !process.cwd.is_empty() && !is_symbolic(&process.cwd) {
        container["workingDir"] = json!(process.cwd);
    }
    if process.emulate_tty {
        container["tty"] = json!(true);
    }
    set_list(container, "env", invocation.env.iter().map(variable).collect());
}

fn variable((name, value): &(String, String)) -> Value {
    json!({"name": name, "value": value})
}

fn resources(profile: &Profile) -> Value {
    let mut resources = profile.container.resources.clone();
    if let Some(count) = profile.container.gpu.filter(|count| *count > 0) {
        resources
            .limits
            .entry(GPU.to_owned())
            .or_insert_with(|| count.to_string());
    }
    json!(resources)
}

fn mounts(profile: &Profile, maps: usize) -> Vec<Value> {
    let own = (0..maps).map(|at| {
        let name = parameters::numbered(PARAMETERS, at);
        json!({"name": name, "mountPath": parameters::numbered(parameters::FOLDER, at), "readOnly": true})
    });
    let devices = profile.container.devices.iter().map(|path| devices::mount(path));
    own.chain(devices)
        .chain(profile.container.volume_mounts.entries().cloned())
        .collect()
}

/// Sets `field`, unless `value` is unset.
pub(super) fn set(object: &mut Value, field: &str, value: Value) {
    let empty = value.as_object().is_some_and(serde_json::Map::is_empty);
    if !value.is_null() && !empty {
        object[field] = value;
    }
}

/// Sets `field`, unless `list` is empty.
pub(super) fn set_list(object: &mut Value, field: &str, list: Vec<Value>) {
    if !list.is_empty() {
        object[field] = Value::Array(list);
    }
}
