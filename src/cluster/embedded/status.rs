//! `status` of a pod, made from what its containers do. Pure.

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::facts;
use super::state::{Ended, Record, Records, State};

/// Truth of a condition, and why it is not true.
enum Truth {
    True,
    False { reason: &'static str, message: String },
}

/// Status of `pod`, whose containers are `records`. The status it had keeps the times of what did not change.
pub(super) fn status(pod: &k8s::Pod, records: &Records, now: Timestamp) -> k8s::PodStatus {
    let before = pod.status.clone().unwrap_or_default();
    let spec = pod.spec.clone().unwrap_or_default();
    let phase = phase(records, spec.restart_policy.as_deref());
    let statuses = |specs: &[k8s::Container], records: &[Record]| -> Vec<_> {
        specs
            .iter()
            .zip(records)
            .map(|(spec, record)| container(pod, spec, record))
            .collect()
    };
    k8s::PodStatus {
        conditions: Some(conditions(&spec, records, phase, &before, now)),
        phase: Some(phase.to_owned()),
        host_ip: Some(facts::ADDRESS.to_owned()),
        pod_ip: Some(facts::ADDRESS.to_owned()),
        pod_ips: Some(vec![k8s::PodIP {
            ip: facts::ADDRESS.to_owned(),
        }]),
        start_time: before.start_time.or(Some(Time(now))),
        qos_class: Some("BestEffort".to_owned()),
        init_container_statuses: spec.init_containers.map(|specs| statuses(&specs, &records.init)),
        container_statuses: Some(statuses(&spec.containers, &records.main)),
        ..k8s::PodStatus::default()
    }
}

/// The kubelet's order of judgement.
fn phase(records: &Records, restart_policy: Option<&str>) -> &'static str {
    let never = restart_policy == Some("Never");
    let on_failure = restart_policy == Some("OnFailure");
    if !records.initialized() {
        let failed = |record: &Record| matches!(&record.state, State::Ended(ended) if ended.code != 0);
        return if never && records.init.iter().any(failed) {
            "Failed"
        } else {
            "Pending"
        };
    }
    let (mut waiting, mut running, mut failed) = (false, false, false);
    for record in &records.main {
        match &record.state {
            State::Running { .. } => running = true,
            State::Waiting { .. } if record.last.is_none() => waiting = true,
            State::Waiting { .. } => failed = true,
            State::Ended(ended) => failed |= ended.code != 0,
        }
    }
    match (waiting, running) {
        (true, _) => "Pending",
        (false, true) => "Running",
        _ if !never && !on_failure => "Running",
        _ if !failed => "Succeeded",
        _ if never => "Failed",
        _ => "Running",
    }
}

fn conditions(
    spec: &k8s::PodSpec,
    records: &Records,
    phase: &str,
    before: &k8s::PodStatus,
    now: Timestamp,
) -> Vec<k8s::PodCondition> {
    let initialized = all(
        "ContainersNotInitialized",
        "incomplete status",
        &records.init,
        |record| matches!(&record.state, State::Ended(ended) if ended.code == 0),
    );
    let containers = containers_ready(records, phase);
    let ready = match (&containers, missing_gate(spec, before)) {
        (Truth::True, Some(gate)) => Truth::False {
            reason: "ReadinessGatesNotReady",
            message: format!("corresponding condition of pod readiness gate {gate:?} does not exist."),
        },
        (Truth::True, None) => Truth::True,
        (Truth::False { reason, message }, _) => Truth::False {
            reason,
            message: message.clone(),
        },
    };
    let all = [
        ("PodScheduled", Truth::True),
        ("PodReadyToStartContainers", Truth::True),
        ("Initialized", initialized),
        ("ContainersReady", containers),
        ("Ready", ready),
    ];
    all.into_iter()
        .map(|(kind, truth)| condition(kind, truth, before, now))
        .collect()
}

fn containers_ready(records: &Records, phase: &str) -> Truth {
    let ended = |reason| Truth::False {
        reason,
        message: String::new(),
    };
    match phase {
        "Succeeded" => ended("PodCompleted"),
        "Failed" => ended("PodFailed"),
        _ => all("ContainersNotReady", "unready status", &records.main, |record| {
            record.ready
        }),
    }
}

fn all(reason: &'static str, lack: &str, records: &[Record], holds: impl Fn(&Record) -> bool) -> Truth {
    let names: Vec<_> = records
        .iter()
        .filter(|record| !holds(record))
        .map(|record| record.name.as_str())
        .collect();
    if names.is_empty() {
        return Truth::True;
    }
    Truth::False {
        reason,
        message: format!("containers with {lack}: [{}]", names.join(" ")),
    }
}

/// A readiness gate without its condition.
fn missing_gate<'a>(spec: &'a k8s::PodSpec, status: &k8s::PodStatus) -> Option<&'a str> {
    let holds = |gate: &str| {
        status
            .conditions
            .iter()
            .flatten()
            .any(|condition| condition.type_ == gate && condition.status == "True")
    };
    let mut gates = spec
        .readiness_gates
        .iter()
        .flatten()
        .map(|gate| gate.condition_type.as_str());
    gates.find(|gate| !holds(gate))
}

fn condition(kind: &str, truth: Truth, before: &k8s::PodStatus, now: Timestamp) -> k8s::PodCondition {
    let (status, reason, message) = match truth {
        Truth::True => ("True", None, None),
        Truth::False { reason, message } => (
            "False",
            Some(reason.to_owned()),
            Some(message).filter(|message| !message.is_empty()),
        ),
    };
    let mut known = before.conditions.iter().flatten();
    let since = known.find(|old| old.type_ == kind && old.status == status);
    let since = since.and_then(|old| old.last_transition_time.clone());
    k8s::PodCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason,
        message,
        last_transition_time: since.or(Some(Time(now))),
        ..k8s::PodCondition::default()
    }
}

fn container(pod: &k8s::Pod, spec: &k8s::Container, record: &Record) -> k8s::ContainerStatus {
    let id = |record: &Record| format!("embedded://{}/{}/{}", uid(pod), record.name, record.pid);
    k8s::ContainerStatus {
        name: record.name.clone(),
        image: spec.image.clone().unwrap_or_default(),
        ready: record.ready,
        started: Some(record.started),
        restart_count: record.restarts,
        container_id: (record.pid != 0).then(|| id(record)),
        state: Some(state(&record.state)),
        last_state: record.last.as_ref().map(|last| k8s::ContainerState {
            terminated: Some(terminated(last)),
            ..k8s::ContainerState::default()
        }),
        ..k8s::ContainerStatus::default()
    }
}

fn uid(pod: &k8s::Pod) -> &str {
    pod.metadata.uid.as_deref().unwrap_or_default()
}

fn state(state: &State) -> k8s::ContainerState {
    let mut out = k8s::ContainerState::default();
    match state {
        State::Waiting { reason, message } => {
            let message = Some(message.clone()).filter(|message| !message.is_empty());
            out.waiting = Some(k8s::ContainerStateWaiting {
                reason: Some((*reason).to_owned()),
                message,
            });
        }
        State::Running { since } => {
            out.running = Some(k8s::ContainerStateRunning {
                started_at: Some(Time(*since)),
            });
        }
        State::Ended(ended) => out.terminated = Some(terminated(ended)),
    }
    out
}

fn terminated(ended: &Ended) -> k8s::ContainerStateTerminated {
    k8s::ContainerStateTerminated {
        exit_code: ended.code,
        signal: (ended.code > 128)
            .then(|| ended.code - 128)
            .filter(|_| ended.reason == "Error"),
        reason: Some(ended.reason.to_owned()),
        message: Some(ended.message.clone()).filter(|message| !message.is_empty()),
        started_at: Some(Time(ended.started)),
        finished_at: Some(Time(ended.finished)),
        ..k8s::ContainerStateTerminated::default()
    }
}
