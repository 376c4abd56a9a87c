//! `status` of a pod, made from what its containers do. Pure.

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::conditions::conditions;
use super::facts;
use super::record::{Ended, Record, State};
use super::state::Records;

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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::{Value, json};

    use super::super::backoff::BackoffRule;
    use super::super::state::Slot;
    use super::*;

    /// What a container has gone through.
    #[derive(Clone, Copy, Debug)]
    enum Life {
        Waits,
        Runs,
        Ended(i32),
        /// So often, with code 1.
        Crashed(u32),
    }

    fn live(records: &mut Records, slot: Slot, life: Life) {
        let now = Timestamp::now();
        let start = |records: &mut Records| records.on_started(slot, 1, now);
        let end =
            |records: &mut Records, code| records.on_ended(slot, Ended::with_code(code, now), Instant::now());
        match life {
            Life::Waits => {}
            Life::Runs => start(records),
            Life::Ended(code) => {
                start(records);
                end(records, code);
            }
            Life::Crashed(times) => (0..times).for_each(|_| {
                start(records);
                end(records, 1);
            }),
        }
    }

    fn status_of(policy: &str, init: &[Life], main: &[Life], more: Value) -> k8s::PodStatus {
        let named = |prefix: &str, lives: &[Life]| -> Vec<Value> {
            (0..lives.len())
                .map(|n| json!({"name": format!("{prefix}{n}")}))
                .collect()
        };
        let mut pod = json!({"metadata": {"uid": "u"}, "spec": {"restartPolicy": policy,
            "initContainers": named("i", init), "containers": named("m", main)}});
        pod["spec"]
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().cloned().unwrap_or_default());
        let pod = serde_json::from_value(pod).unwrap();
        let mut records = Records::new(&pod, BackoffRule::default());
        init.iter()
            .enumerate()
            .for_each(|(n, life)| live(&mut records, Slot::Init(n), *life));
        main.iter()
            .enumerate()
            .for_each(|(n, life)| live(&mut records, Slot::Main(n), *life));
        records
            .main
            .iter_mut()
            .for_each(|record| record.ready = matches!(record.state, State::Running { .. }));
        status(&pod, &records, Timestamp::now())
    }

    #[test]
    fn phases_follow_the_kubelet() {
        use Life::{Crashed, Ended, Runs, Waits};
        let cases: [(&str, &[Life], &[Life], &str); 16] = [
            ("Always", &[], &[Waits], "Pending"),
            ("Always", &[], &[Runs, Waits], "Pending"),
            ("Always", &[], &[Runs], "Running"),
            ("Always", &[], &[Ended(0)], "Running"),
            ("Always", &[], &[Crashed(3)], "Running"),
            ("OnFailure", &[], &[Ended(0)], "Succeeded"),
            ("OnFailure", &[], &[Ended(0), Runs], "Running"),
            ("OnFailure", &[], &[Ended(1)], "Running"),
            ("OnFailure", &[], &[Crashed(3)], "Running"),
            ("Never", &[], &[Ended(0), Ended(0)], "Succeeded"),
            ("Never", &[], &[Ended(0), Ended(1)], "Failed"),
            ("Never", &[], &[Runs, Ended(1)], "Running"),
            ("Always", &[Runs], &[Waits], "Pending"),
            ("Always", &[Crashed(3)], &[Waits], "Pending"),
            ("Never", &[Ended(1)], &[Waits], "Failed"),
            ("Always", &[Ended(0)], &[Runs], "Running"),
        ];
        for (policy, init, main, expected) in cases {
            let status = status_of(policy, init, main, Value::Null);
            assert_eq!(
                status.phase.as_deref(),
                Some(expected),
                "{policy} {init:?} {main:?}"
            );
        }
    }

    #[test]
    fn conditions_say_why_they_do_not_hold() {
        use Life::{Ended, Runs, Waits};
        let gates = json!({"readinessGates": [{"conditionType": "podbay.dev/in-ros-graph"}]});
        for (init, main, more, kind, expected) in [
            (vec![], vec![Runs], json!({}), "Ready", "True"),
            (
                vec![],
                vec![Runs, Waits],
                json!({}),
                "Ready",
                "False ContainersNotReady containers with unready status: [m1]",
            ),
            (
                vec![Runs],
                vec![Waits],
                json!({}),
                "Initialized",
                "False ContainersNotInitialized containers with incomplete status: [i0]",
            ),
            (vec![Ended(0)], vec![Runs], json!({}), "Initialized", "True"),
            (vec![], vec![Ended(0)], json!({}), "Ready", "False PodCompleted"),
            (
                vec![],
                vec![Ended(1)],
                json!({}),
                "ContainersReady",
                "False PodFailed",
            ),
            (vec![], vec![Waits], json!({}), "PodScheduled", "True"),
            (
                vec![],
                vec![Runs],
                gates,
                "Ready",
                "False ReadinessGatesNotReady corresponding condition of pod readiness gate \
                 \"podbay.dev/in-ros-graph\" does not exist.",
            ),
        ] {
            let status = status_of("Never", &init, &main, more);
            let condition = status
                .conditions
                .iter()
                .flatten()
                .find(|condition| condition.type_ == kind)
                .unwrap();
            let words = [
                Some(condition.status.clone()),
                condition.reason.clone(),
                condition.message.clone(),
            ];
            let told = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
            assert_eq!(told, expected, "{kind} {init:?} {main:?}");
        }
    }

    #[test]
    fn a_container_killed_by_a_signal_names_it() {
        let status = status_of("Never", &[], &[Life::Ended(137)], Value::Null);
        let state = status.container_statuses.unwrap()[0].state.clone().unwrap();
        let end = state.terminated.unwrap();
        assert_eq!(
            (end.exit_code, end.signal, end.reason.as_deref()),
            (137, Some(9), Some("Error"))
        );
    }
}
