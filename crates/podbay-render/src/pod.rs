//! Renders one process as a pod.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as k8s;
use serde_json::{Map, Value, json};

use super::command::{self, Invocation};
use super::container::{self, set, set_list};
use super::discovery::peers;
use super::names::Name;
use super::parameters::{self, Parameters};
use super::{Target, argv, contradictions, devices, security, warnings};
use crate::profile::{PARAMETERS, Profile, Switch, Typed};
use podbay_core::grace::LONGEST;
use podbay_core::names::{ANNOTATION_NODES, LABEL_LAUNCH, LABEL_MANAGED_BY, LABEL_NODE, MANAGED_BY};
use podbay_core::object::Object;
use podbay_description::Process;
use podbay_text::diagnostic::Diagnostic;

/// Runtime class for pods with GPUs, as named by NVIDIA's operator.
pub(super) const GPU_RUNTIME: &str = "nvidia";

/// ROS's default timeout in seconds after SIGINT, and again after SIGTERM.
const ROS_TIMEOUT: f64 = 5.0;

/// A process, rendered as if it had its own pod.
pub(super) struct RenderedProcess {
    pub(super) pod: Object,
    /// Objects that the pod needs.
    pub(super) objects: Vec<Object>,
    pub(super) problems: Vec<Diagnostic>,
}

/// Renders `process` with the merged `profile`.
pub(super) fn render(
    process: &Process,
    profile: &Profile,
    name: &Name,
    target: &Target,
) -> Result<RenderedProcess, Diagnostic> {
    contradictions::refuse(process, profile)?;
    let parameters = parameters::render(process);
    let env = environment(process, profile, target);
    let invocation = command::invocation(process, profile, &parameters.arguments, env)?;
    let mut problems = warnings::of_process(process, profile);
    problems.extend(contradictions::warning(process, profile));
    problems.extend(parameters.problems.iter().cloned());
    let objects = config_maps(&parameters, name, target);
    let pod = pod(process, profile, &parameters, invocation, name, target);
    contradictions::refuse_pod(process, profile, &pod, &name.process)?;
    argv::refuse(process, &pod)?;
    Ok(RenderedProcess {
        pod,
        objects,
        problems,
    })
}

/// The launch file's environment overrides the profile's, which overrides podbay's own.
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
    let maps = parameters.maps.len();
    let mut spec = spec(process, profile);
    set_list(&mut spec, "initContainers", init_containers(profile, target));
    let main = container::main(process, profile, invocation, maps, name);
    let others = beside(&profile.pod.containers, profile, target);
    spec["containers"] = std::iter::once(main).chain(others).collect();
    set_list(&mut spec, "volumes", volumes(profile, name, maps));
    let mut metadata = metadata(&name.pod, name, target);
    let mut pod = json!({"metadata": extended(&mut metadata, process, profile), "spec": null});
    // not with json!, which would copy it
    pod["spec"] = spec;
    profile.pod.patch.apply(&mut pod);
    let mut whole = json!({"apiVersion": "v1", "kind": "Pod"});
    for field in ["metadata", "spec"] {
        whole[field] = pod[field].take();
    }
    Object(whole)
}

/// `metadata` with additions from the profile and the process.
fn extended(metadata: &mut Value, process: &Process, profile: &Profile) -> Value {
    for (name, value) in &profile.pod.labels {
        metadata["labels"][name] = json!(value);
    }
    let node = process
        .node_name()
        .map(|node| (ANNOTATION_NODES.to_owned(), node));
    let annotations: BTreeMap<_, _> = node.into_iter().chain(profile.pod.annotations.clone()).collect();
    set(metadata, "annotations", json!(annotations));
    metadata.take()
}

/// The pod's spec without containers and volumes.
fn spec(process: &Process, profile: &Profile) -> Value {
    let mut spec = json!({
        "restartPolicy": if process.restart.wanted { "Always" } else { "Never" },
        "terminationGracePeriodSeconds": grace(process),
        // no ROS node needs the API server
        "automountServiceAccountToken": false,
        // a launch file does not expect a variable for every Service of the namespace
        "enableServiceLinks": false,
    });
    let pod = &profile.pod;
    let fields = [
        ("serviceAccountName", json!(pod.service_account_name)),
        ("imagePullSecrets", pod.image_pull_secrets.value.clone()),
        ("runtimeClassName", runtime_class(profile)),
        ("nodeSelector", json!(pod.node_selector)),
        ("affinity", pod.affinity.value.clone()),
        ("tolerations", pod.tolerations.value.clone()),
        ("priorityClassName", json!(pod.priority_class_name)),
        ("hostNetwork", json!(pod.host_network)),
        // otherwise a pod on the host's network cannot resolve the cluster's Services
        ("dnsPolicy", dns_policy(pod.host_network)),
        ("hostIPC", json!(pod.host_ipc)),
        ("hostPID", json!(pod.host_pid)),
        ("securityContext", security::of_pod(pod)),
    ];
    for (field, value) in fields {
        set(&mut spec, field, value);
    }
    spec
}

fn runtime_class(profile: &Profile) -> Value {
    let with_gpu = profile.container.gpu.is_some_and(|count| count > 0);
    match &profile.pod.runtime_class_name {
        Some(class) if class.is_empty() => Value::Null,
        Some(class) => json!(class),
        None if with_gpu => json!(GPU_RUNTIME),
        None => Value::Null,
    }
}

fn dns_policy(host_network: Option<Switch>) -> Value {
    match host_network {
        Some(Switch(true)) => json!("ClusterFirstWithHostNet"),
        _ => Value::Null,
    }
}

/// In Kubernetes, a container that starts before the process and ends after it is a restartable init
/// container.
fn init_containers(profile: &Profile, target: &Target) -> Vec<Value> {
    let mut all = beside(&profile.pod.init_containers, profile, target);
    for mut sidecar in beside(&profile.pod.sidecars, profile, target) {
        sidecar["restartPolicy"] = json!("Always");
        all.push(sidecar);
    }
    all
}

fn beside(containers: &Typed<Vec<k8s::Container>>, profile: &Profile, target: &Target) -> Vec<Value> {
    let mut env: BTreeMap<_, _> = target.environment.iter().cloned().collect();
    env.extend(profile.container.env.clone());
    let mut env: Vec<_> = env.into_iter().collect();
    peers::without_script(&mut env);
    containers
        .entries()
        .map(|given| container::beside(given, profile, &env))
        .collect()
}

fn volumes(profile: &Profile, name: &Name, maps: usize) -> Vec<Value> {
    let own = (0..maps).map(|at| {
        let map = parameters::map_name(&name.pod, at);
        json!({"name": parameters::numbered(PARAMETERS, at), "configMap": {"name": map}})
    });
    let devices = profile.container.devices.iter().map(|path| devices::volume(path));
    own.chain(devices)
        .chain(profile.pod.volumes.entries().cloned())
        .collect()
}

fn config_maps(parameters: &Parameters, name: &Name, target: &Target) -> Vec<Object> {
    let map = |(at, files): (usize, &Map<String, Value>)| {
        Object(json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": metadata(&parameters::map_name(&name.pod, at), name, target),
            "data": files,
        }))
    };
    parameters.maps.iter().enumerate().map(map).collect()
}

/// Name and labels of an object that belongs to one process or pod.
pub(super) fn metadata(object: &str, name: &Name, target: &Target) -> Value {
    let mut labels = labels(target.launch_id.as_str());
    labels.insert(LABEL_NODE.to_owned(), json!(name.process));
    placed(object, labels, target)
}

/// Metadata in the namespace of `target`, if it has one.
pub(super) fn placed(object: &str, labels: Map<String, Value>, target: &Target) -> Value {
    let mut metadata = json!({"name": object});
    if !target.namespace.is_empty() {
        metadata["namespace"] = json!(target.namespace);
    }
    metadata["labels"] = Value::Object(labels);
    metadata
}

/// Labels by which a Service or a Deployment selects the pod named `name`.
pub(super) fn selector(name: &Name, target: &Target) -> Value {
    json!({ LABEL_LAUNCH: target.launch_id.as_str(), LABEL_NODE: name.process })
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
    // the conversion saturates; a grace period of zero would mean SIGKILL at once
    (seconds.ceil() as u64).clamp(1, LONGEST.as_secs())
}

/// The only host on which `pod` can run, if it names one.
pub(super) fn only_host(pod: &Object) -> Option<&str> {
    let fields = ["/spec/nodeName", "/spec/nodeSelector/kubernetes.io~1hostname"];
    fields
        .into_iter()
        .map(|field| pod.text(field))
        .find(|host| !host.is_empty())
}
