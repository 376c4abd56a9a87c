//! The pod as the template of a workload, if the profile names one.
//!
//! | workload | restarts | purpose |
//! |---|---|---|
//! | Pod | as in the launch file | the default: what ROS's own launch would start |
//! | Deployment | always | recreated on another host when its own is lost; never two at a time |
//! | StatefulSet | always | the same, with a stable name and its own volumes |
//! | DaemonSet | always | one on every host |
//! | Job | on failure, if the launch file respawns | work that ends |

use serde_json::{Value, json};

use super::group::{Member, Share};
use super::{at_profile, problem};
use crate::profile::{WorkloadSpec, patch};
use podbay_core::names::{ANNOTATION_PARAMETERS, LABEL_LAUNCH, LABEL_NODE};
use podbay_core::object::Object;
use podbay_core::workload::WorkloadKind;
use podbay_description::Process;
use podbay_text::diagnostic::{Code, Diagnostic};

/// How often a Job restarts its process if the launch file sets no limit.
const NO_LIMIT: u32 = i32::MAX as u32;

/// The result for a pod.
#[derive(Default)]
pub(super) struct Workload {
    /// The workload with the pod as its template; `None` for a plain pod.
    pub(super) object: Option<Object>,
    pub(super) problems: Vec<Diagnostic>,
}

/// Creates the workload of `pod`, that of `share`, and sets the pod's restart policy.
pub(super) fn of(share: &Share<'_>, pod: &mut Object) -> Result<Workload, Diagnostic> {
    let shared = share.shared("workload", |profile| {
        let chosen = &profile.workload.chosen;
        // by default a plain pod
        let creates_pods = profile.workload.kind() != WorkloadKind::Pod;
        creates_pods.then(|| chosen.clone())
    })?;
    let chosen = shared.unwrap_or_default();
    let kind = chosen.kind.unwrap_or_default();
    if kind.template().is_none() {
        return Ok(Workload::default());
    }
    let mut problems = restart(share, kind, pod)?;
    problems.extend(
        share
            .members
            .iter()
            .filter_map(|member| warning(member.process, kind)),
    );
    Ok(Workload {
        object: Some(wrapped(share, &chosen, kind, pod)),
        problems,
    })
}

/// Sets a restart policy that `kind` supports, and warns of what that changes.
fn restart(share: &Share<'_>, kind: WorkloadKind, pod: &mut Object) -> Result<Vec<Diagnostic>, Diagnostic> {
    let wanted = pod.text("/spec/restartPolicy").to_owned();
    let supports = |policy: &str| kind.restart_policies().contains(&policy);
    if supports(&wanted) {
        return Ok(Vec::new());
    }
    for member in &share.members {
        let patches = member.profile.pod.patch.all.iter();
        let mut by_profile = patches.filter_map(|patch| patch["spec"]["restartPolicy"].as_str());
        if let Some(policy) = by_profile.find(|policy| !supports(policy)) {
            let what = format!("workload: {kind} does not support pod.spec.restartPolicy: {policy}");
            let help = format!("use {}", kind.restart_policies().join(" or "));
            let error = Code::ProfileContradiction.says(what).help(help);
            return Err(at_profile(member.process, &member.profile, &["pod"], error));
        }
    }
    let (given, change, help) = match kind {
        WorkloadKind::Pod => return Ok(Vec::new()),
        WorkloadKind::Job => (
            "OnFailure",
            "a Job restarts it only after a failure, although the launch file sets respawn".to_owned(),
            "use `workload: Deployment` if it should run forever",
        ),
        WorkloadKind::Deployment | WorkloadKind::StatefulSet | WorkloadKind::DaemonSet => (
            "Always",
            format!("a {kind} restarts it whenever it ends, although the launch file does not set respawn"),
            "use `workload: Job` or `workload: Pod` if it should end",
        ),
    };
    pod.0["spec"]["restartPolicy"] = json!(given);
    let members = share.members.iter();
    let warning =
        |member: &Member<'_>| problem(Code::RestartsOtherwise, member.process, change.as_str()).help(help);
    Ok(members.map(warning).collect())
}

/// What may be unexpected about `kind`.
fn warning(process: &Process, kind: WorkloadKind) -> Option<Diagnostic> {
    process.node_name().filter(|_| kind.is_on_every_host())?;
    let what = format!(
        "a {kind} runs it under the same name on every host that nodeSelector, affinity and taints allow"
    );
    let help = "select one host, or start one node per host, each in its own namespace";
    Some(problem(Code::OneNameOnSeveralHosts, process, what).help(help))
}

/// A workload of a `kind` with `pod` as its template.
fn wrapped(share: &Share<'_>, chosen: &WorkloadSpec, kind: WorkloadKind, pod: &Object) -> Object {
    let metadata = &pod.0["metadata"];
    let mut spec = own_fields(share, kind, pod);
    if !chosen.spec.is_null() {
        patch::apply(&mut spec, &chosen.spec, "");
    }
    let mut template = json!({"metadata": {"labels": metadata["labels"]}, "spec": pod.0["spec"]});
    if let Some(annotations) = metadata.get("annotations") {
        template["metadata"]["annotations"] = annotations.clone();
        // if the template cannot be changed, other parameters would be refused
        if !may_change(kind)
            && let Some(annotations) = template["metadata"]["annotations"].as_object_mut()
        {
            annotations.shift_remove(ANNOTATION_PARAMETERS);
        }
    }
    let mut own = metadata.clone();
    if let Some(own) = own.as_object_mut() {
        own.shift_remove("annotations");
    }
    spec["template"] = template;
    Object(json!({"apiVersion": kind.api_version(), "kind": kind.name(), "metadata": own, "spec": spec}))
}

/// Whether the cluster lets the template of a `kind` be changed.
fn may_change(kind: WorkloadKind) -> bool {
    match kind {
        WorkloadKind::Job => false,
        WorkloadKind::Pod
        | WorkloadKind::Deployment
        | WorkloadKind::StatefulSet
        | WorkloadKind::DaemonSet => true,
    }
}

/// Fields of the workload's own spec.
fn own_fields(share: &Share<'_>, kind: WorkloadKind, pod: &Object) -> Value {
    let labels = [LABEL_LAUNCH, LABEL_NODE].map(|name| (name.to_owned(), json!(pod.label(name))));
    let selector = json!({"matchLabels": serde_json::Map::from_iter(labels)});
    match kind {
        WorkloadKind::Pod => Value::Null,
        // two nodes of the same name interfere with each other, so the old pod is deleted before the new one
        // is created
        WorkloadKind::Deployment => {
            json!({"replicas": 1, "strategy": {"type": "Recreate"}, "selector": selector})
        }
        WorkloadKind::StatefulSet => {
            json!({"replicas": 1, "serviceName": service(share, pod), "selector": selector})
        }
        WorkloadKind::DaemonSet => json!({"selector": selector}),
        WorkloadKind::Job => json!({"backoffLimit": retries(share, pod)}),
    }
}

/// The Service that gives the pod a DNS name: that of its peers, or that of its ports, if any.
fn service(share: &Share<'_>, pod: &Object) -> String {
    let of_peers = pod.text("/spec/subdomain");
    if !of_peers.is_empty() {
        return of_peers.to_owned();
    }
    let mut services = share
        .members
        .iter()
        .filter_map(|member| member.profile.network.service.as_ref());
    let named = services.find_map(|service| service.name.clone());
    named.unwrap_or_else(|| share.name().service())
}

/// As in ROS, the launch file limits the restarts.
fn retries(share: &Share<'_>, pod: &Object) -> u32 {
    if pod.text("/spec/restartPolicy") == "Never" {
        return 0;
    }
    let limits = share
        .members
        .iter()
        .map(|member| member.process.restart.max_retries);
    limits
        .map(|limit| limit.unwrap_or(NO_LIMIT))
        .max()
        .unwrap_or(NO_LIMIT)
}
