//! Computes the `status` of a pod from its containers. Pure.

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

use super::container::Container;
use super::facts;
use super::restart::Restart;
use super::state::Containers;

/// Why a condition is false: reason and message, which may be empty.
type Lack = Option<(&'static str, String)>;

/// Status of a pod whose containers are `containers`. Times of unchanged conditions are kept from `before`.
pub(super) fn status(
    spec: &k8s::PodSpec,
    before: &k8s::PodStatus,
    containers: &Containers,
    now: Timestamp,
) -> k8s::PodStatus {
    let phase = phase(containers);
    let statuses = |containers: &[Container]| {
        containers
            .iter()
            .map(|container| container.status.clone())
            .collect()
    };
    let address = || facts::ADDRESS.to_owned();
    k8s::PodStatus {
        conditions: Some(conditions(spec, containers, phase, before, now)),
        phase: Some(phase.to_owned()),
        host_ip: Some(address()),
        pod_ip: Some(address()),
        pod_ips: Some(vec![k8s::PodIP { ip: address() }]),
        start_time: before.start_time.clone().or(Some(Time(now))),
        qos_class: Some("BestEffort".to_owned()),
        init_container_statuses: Some(statuses(containers.init()))
            .filter(|statuses: &Vec<_>| !statuses.is_empty()),
        container_statuses: Some(statuses(containers.main())),
        ..k8s::PodStatus::default()
    }
}

/// In the kubelet's order.
fn phase(containers: &Containers) -> &'static str {
    let failed = |container: &Container| container.exit_code().is_some_and(|code| code != 0);
    let backs_off =
        |container: &Container| container.waits().is_some() && container.status.last_state.is_some();
    let waits = |container: &Container| container.waits().is_some() && container.status.last_state.is_none();
    let any = |holds: &dyn Fn(&Container) -> bool| containers.main().iter().any(holds);
    if !containers.initialized() {
        let ends = containers.restart == Restart::Never && containers.init().iter().any(failed);
        return if ends { "Failed" } else { "Pending" };
    }
    match containers.restart {
        _ if any(&waits) => "Pending",
        _ if any(&Container::is_running) => "Running",
        Restart::Always => "Running",
        _ if !any(&failed) && !any(&backs_off) => "Succeeded",
        Restart::Never => "Failed",
        Restart::OnFailure => "Running",
    }
}

/// Conditions of a pod in `phase`, with reasons if false; times of unchanged ones are kept from `before`.
fn conditions(
    spec: &k8s::PodSpec,
    containers: &Containers,
    phase: &str,
    before: &k8s::PodStatus,
    now: Timestamp,
) -> Vec<k8s::PodCondition> {
    let incomplete = lacking(containers.init(), |container| container.exit_code() == Some(0));
    let initialized = incomplete.map(|names| {
        let message = format!("containers with incomplete status: [{names}]");
        ("ContainersNotInitialized", message)
    });
    let containers_ready = containers_ready(containers, phase);
    let ready = containers_ready.clone().or_else(|| missing_gate(spec));
    let all = [
        ("PodScheduled", None),
        ("PodReadyToStartContainers", set_up(containers)),
        ("Initialized", initialized),
        ("ContainersReady", containers_ready),
        ("Ready", ready),
    ];
    let all = all.into_iter();
    all.map(|(kind, lack)| condition(kind, lack, before, now))
        .collect()
}

/// Whether no container waits for its volumes.
fn set_up(containers: &Containers) -> Lack {
    let waits = |container: &Container| {
        let waits = container.waits().filter(|waits| waits.message.is_some());
        waits.is_some_and(|waits| waits.reason.as_deref() == Some("ContainerCreating"))
    };
    let mut all = containers.init().iter().chain(containers.main());
    all.any(waits).then(|| ("", String::new()))
}

fn containers_ready(containers: &Containers, phase: &str) -> Lack {
    match phase {
        "Succeeded" => Some(("PodCompleted", String::new())),
        "Failed" => Some(("PodFailed", String::new())),
        _ => {
            let names = lacking(containers.main(), |container| container.status.ready)?;
            let message = format!("containers with unready status: [{names}]");
            Some(("ContainersNotReady", message))
        }
    }
}

/// Names of the containers for which `holds` is false.
fn lacking(containers: &[Container], holds: impl Fn(&Container) -> bool) -> Option<String> {
    let lacking = containers.iter().filter(|container| !holds(container));
    let names: Vec<_> = lacking.map(|container| container.status.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(" "))
}

/// The first readiness gate: nobody can set its condition on the embedded cluster.
fn missing_gate(spec: &k8s::PodSpec) -> Lack {
    let gate = spec.readiness_gates.iter().flatten().next()?;
    let gate = &gate.condition_type;
    let message = format!("corresponding condition of pod readiness gate {gate:?} does not exist.");
    Some(("ReadinessGatesNotReady", message))
}

fn condition(kind: &str, lack: Lack, before: &k8s::PodStatus, now: Timestamp) -> k8s::PodCondition {
    let status = if lack.is_none() { "True" } else { "False" };
    let (reason, message) = lack.unwrap_or_default();
    let mut known = before.conditions.iter().flatten();
    let since = known.find(|old| old.type_ == kind && old.status == status);
    let since = since.and_then(|old| old.last_transition_time.clone());
    k8s::PodCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()).filter(|reason| !reason.is_empty()),
        message: Some(message).filter(|message| !message.is_empty()),
        last_transition_time: since.or(Some(Time(now))),
        ..k8s::PodCondition::default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::container::ended;
    use crate::probe::Purpose;
    use crate::restart::BackoffRule;
    use crate::state::tests::pod;

    /// Status of a pod whose containers have gone through this: `Waits`, `Runs`, `Ended` with a code,
    /// or `Crashed` so often.
    fn status_of(policy: &str, init: &str, main: &str, gate: Option<&str>) -> k8s::PodStatus {
        let lives = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let (init, main) = (lives(init), lives(main));
        let mut pod = pod(policy, init.len(), main.len());
        let gate = gate.map(|gate| k8s::PodReadinessGate {
            condition_type: gate.to_owned(),
        });
        Arc::make_mut(&mut pod.spec).readiness_gates = gate.map(|gate| vec![gate]);
        let mut containers = Containers::new(&pod, BackoffRule::default());
        for (slot, life) in init.iter().chain(&main).enumerate() {
            let now = Timestamp::now();
            let (what, number) = life.split_once(':').unwrap_or((life, "1"));
            let number: i32 = number.parse().unwrap();
            let (times, code) = match what {
                "Crashed" => (number, 1),
                "Ended" => (1, number),
                _ => (0, 0),
            };
            if what == "Runs" {
                containers.on_started(slot, 1, now);
                containers.on_probed(slot, Purpose::Readiness, slot >= init.len());
            }
            for _ in 0..times {
                containers.on_started(slot, 1, now);
                containers.on_ended(slot, ended(code, now), Instant::now());
            }
        }
        status(&pod.spec, &pod.status, &containers, Timestamp::now())
    }

    #[test]
    fn phases_follow_the_kubelet() {
        for (policy, init, main, expected) in [
            ("Always", "", "Waits", "Pending"),
            ("Always", "", "Runs Waits", "Pending"),
            ("Always", "", "Runs", "Running"),
            ("Always", "", "Ended:0", "Running"),
            ("Always", "", "Crashed:3", "Running"),
            ("OnFailure", "", "Ended:0", "Succeeded"),
            ("OnFailure", "", "Ended:0 Runs", "Running"),
            ("OnFailure", "", "Ended:1", "Running"),
            ("OnFailure", "", "Crashed:3", "Running"),
            ("Never", "", "Ended:0 Ended:0", "Succeeded"),
            ("Never", "", "Ended:0 Ended:1", "Failed"),
            ("Never", "", "Runs Ended:1", "Running"),
            ("Always", "Runs", "Waits", "Pending"),
            ("Always", "Crashed:3", "Waits", "Pending"),
            ("Never", "Ended:1", "Waits", "Failed"),
            ("Always", "Ended:0", "Runs", "Running"),
        ] {
            let status = status_of(policy, init, main, None);
            assert_eq!(
                status.phase.as_deref(),
                Some(expected),
                "{policy} [{init}] {main}"
            );
        }
    }

    #[test]
    fn conditions_say_why_they_do_not_hold() {
        let (none, gate) = (None, Some("podbay.dev/in-ros-graph"));
        let unready = "False ContainersNotReady containers with unready status: [main1]";
        let incomplete = "False ContainersNotInitialized containers with incomplete status: [init0]";
        let gated = "False ReadinessGatesNotReady corresponding condition of pod readiness gate \
                    \"podbay.dev/in-ros-graph\" does not exist.";
        for (init, main, gate, kind, expected) in [
            ("", "Runs", none, "Ready", "True"),
            ("", "Runs Waits", none, "Ready", unready),
            ("Runs", "Waits", none, "Initialized", incomplete),
            ("Ended:0", "Runs", none, "Initialized", "True"),
            ("", "Ended:0", none, "Ready", "False PodCompleted"),
            ("", "Ended:1", none, "ContainersReady", "False PodFailed"),
            ("", "Waits", none, "PodScheduled", "True"),
            ("", "Runs", gate, "Ready", gated),
        ] {
            let status = status_of("Never", init, main, gate);
            let mut conditions = status.conditions.into_iter().flatten();
            let condition = conditions.find(|condition| condition.type_ == kind).unwrap();
            let words = [Some(condition.status), condition.reason, condition.message];
            let text = words.into_iter().flatten().collect::<Vec<_>>().join(" ");
            assert_eq!(text, expected, "{kind} [{init}] {main}");
        }
    }

    #[test]
    fn a_container_killed_by_a_signal_names_it() {
        let status = status_of("Never", "", "Ended:137", None);
        let state = status.container_statuses.unwrap()[0].state.clone().unwrap();
        let end = state.terminated.unwrap();
        let how = (end.exit_code, end.signal, end.reason.as_deref());
        assert_eq!(how, (137, Some(9), Some("Error")));
    }
}
