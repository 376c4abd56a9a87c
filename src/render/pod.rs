//! One process as a pod.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::command::{self, Invocation};
use super::names::Name;
use super::parameters::{self, Parameters};
use super::{Target, notes};
use crate::config::profile::Profile;
use crate::domain::description::{Problem, Process};
use crate::domain::grace::LONGEST;
use crate::domain::names::{ANNOTATION_NODES, LABEL_LAUNCH, LABEL_MANAGED_BY, LABEL_NODE, MANAGED_BY};
use crate::domain::object::Object;

/// For processes whose profile names no image.
pub(super) const DEFAULT_IMAGE: &str = "docker.io/library/ros:jazzy";

/// Seconds that ROS waits after SIGINT, and again after SIGTERM, unless told otherwise.
const ROS_TIMEOUT: f64 = 5.0;

/// A process, rendered as if it had a pod of its own.
pub(super) struct RenderedProcess {
    pub(super) pod: Object,
    /// What the pod needs.
    pub(super) objects: Vec<Object>,
    pub(super) problems: Vec<Problem>,
}

/// Renders `process`, for which `profile` counts and no rule of it.
pub(super) fn render(
    process: &Process,
    profile: &Profile,
    name: &Name,
    target: &Target,
) -> Result<RenderedProcess, Problem> {
    let parameters = parameters::render(process);
    let env = environment(process, profile, target);
    let invocation = command::invocation(process, profile, &parameters.arguments, env)?;
    let mut problems = notes::of_process(process, profile);
    problems.extend(parameters.problems.iter().cloned());
    let mut objects = Vec::new();
    if !parameters.files.is_empty() {
        objects.push(config_map(&parameters, name, target));
    }
    Ok(RenderedProcess {
        pod: pod(process, profile, &parameters, invocation, name, target),
        objects,
        problems,
    })
}

/// What the launch file sets is meant for this process, so it wins over the profile's, and that over podbay's own.
fn environment(process: &Process, profile: &Profile, target: &Target) -> BTreeMap<String, String> {
    let mut env: BTreeMap<_, _> = target.environment.iter().cloned().collect();
    env.extend(profile.container.env.clone());
    env.extend(process.environment.clone());
    env
}

fn pod(
    process: &Process,
    profile: &Profile,
    parameters: &Parameters,
    invocation: Invocation,
    name: &Name,
    target: &Target,
) -> Object {
    let mut metadata = metadata(&name.pod, name, target);
    if let Some(node) = process.node_name() {
        metadata["annotations"] = json!({ ANNOTATION_NODES: node });
    }
    let mut spec = json!({
        "restartPolicy": if process.respawn { "Always" } else { "Never" },
        "terminationGracePeriodSeconds": grace(process),
        // nothing a ROS node does needs the API server
        "automountServiceAccountToken": false,
        // one variable for every Service of the namespace is not what a launch file asked for
        "enableServiceLinks": false,
    });
    if let Some(account) = &profile.pod.service_account_name {
        spec["serviceAccountName"] = json!(account);
    }
    let mut container = container(process, profile, invocation, name);
    if !parameters.files.is_empty() {
        container["volumeMounts"] =
            json!([{"name": "params", "mountPath": parameters::FOLDER, "readOnly": true}]);
        spec["volumes"] = json!([{"name": "params", "configMap": {"name": params_name(name)}}]);
    }
    spec["containers"] = json!([container]);
    Object(json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}))
}

fn container(process: &Process, profile: &Profile, invocation: Invocation, name: &Name) -> Value {
    let image = profile.container.image.as_deref().unwrap_or(DEFAULT_IMAGE);
    let mut container = json!({"name": name.process, "image": image});
    let mut set = |field: &str, value: Value| {
        container[field] = value;
    };
    if let Some(policy) = profile.container.image_pull_policy {
        set("imagePullPolicy", json!(policy));
    }
    if !invocation.command.is_empty() {
        set("command", json!(invocation.command));
    }
    if !invocation.args.is_empty() {
        set("args", json!(invocation.args));
    }
    // run.sh enters a folder of a package
    if !process.cwd.is_empty() && !command::names_package(&process.cwd) {
        set("workingDir", json!(process.cwd));
    }
    if process.emulate_tty {
        set("tty", json!(true));
    }
    if !invocation.env.is_empty() {
        let env = invocation
            .env
            .iter()
            .map(|(name, value)| json!({"name": name, "value": value}));
        set("env", env.collect());
    }
    if profile.container.resources != Default::default() {
        set("resources", json!(profile.container.resources));
    }
    container
}

fn config_map(parameters: &Parameters, name: &Name, target: &Target) -> Object {
    Object(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata(&params_name(name), name, target),
        "data": parameters.files,
    }))
}

fn params_name(name: &Name) -> String {
    format!("{}-params", name.pod)
}

fn metadata(object: &str, name: &Name, target: &Target) -> Value {
    let mut labels = labels(&target.launch_id);
    labels.insert(LABEL_NODE.to_owned(), json!(name.process));
    json!({"name": object, "namespace": target.namespace, "labels": labels})
}

/// Labels of everything that belongs to a launch.
pub(super) fn labels(launch_id: &str) -> Map<String, Value> {
    let labels = [(LABEL_MANAGED_BY, MANAGED_BY), (LABEL_LAUNCH, launch_id)];
    labels
        .map(|(label, value)| (label.to_owned(), json!(value)))
        .into_iter()
        .collect()
}

fn grace(process: &Process) -> u64 {
    let seconds =
        process.sigterm_timeout.unwrap_or(ROS_TIMEOUT) + process.sigkill_timeout.unwrap_or(ROS_TIMEOUT);
    // the conversion saturates, and no grace at all would be SIGKILL at once
    (seconds.ceil() as u64).clamp(1, LONGEST.as_secs())
}
