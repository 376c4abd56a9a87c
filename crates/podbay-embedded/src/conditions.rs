//! `conditions` of a pod's status: what is true of it, and if not, why. Pure.

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::record::{Record, State};
use super::state::Records;

/// Truth of a condition, and why it is not true.
enum Truth {
    True,
    False { reason: &'static str, message: String },
}

/// The conditions of a pod in `phase`; those that stay as they were `before` keep their times.
pub(super) fn conditions(
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
        ("PodReadyToStartContainers", set_up(records)),
        ("Initialized", initialized),
        ("ContainersReady", containers),
        ("Ready", ready),
    ];
    all.into_iter()
        .map(|(kind, truth)| condition(kind, truth, before, now))
        .collect()
}

/// Whether no container waits for its volumes.
fn set_up(records: &Records) -> Truth {
    let waits = |record: &Record| {
        matches!(&record.state, State::Waiting { reason, message }
            if *reason == "ContainerCreating" && !message.is_empty())
    };
    match records.init.iter().chain(&records.main).any(waits) {
        false => Truth::True,
        true => Truth::False {
            reason: "",
            message: String::new(),
        },
    }
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
            Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
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
