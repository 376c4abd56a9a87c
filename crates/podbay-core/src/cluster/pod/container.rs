//! The containers of a pod and their states.

use k8s_openapi::api::core::v1 as k8s;

use super::text::{sentence, word};
use super::time;
use crate::pod::{Container, ContainerState, Termination};

/// The containers of a pod; init containers first.
pub(super) fn containers(spec: &k8s::PodSpec, status: &k8s::PodStatus) -> Vec<Container> {
    let init = spec.init_containers.iter().flatten();
    let init = init.map(|spec| container(spec, true, status.init_container_statuses.as_deref()));
    let main = spec.containers.iter();
    let main = main.map(|spec| container(spec, false, status.container_statuses.as_deref()));
    init.chain(main).collect()
}

fn container(spec: &k8s::Container, init: bool, statuses: Option<&[k8s::ContainerStatus]>) -> Container {
    let status = statuses
        .into_iter()
        .flatten()
        .find(|status| status.name == spec.name);
    Container {
        name: spec.name.clone(),
        image: sentence(&spec.image),
        init,
        sidecar: init && spec.restart_policy.as_deref() == Some("Always"),
        ready: status.is_some_and(|status| status.ready),
        restarts: status.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or(0)),
        state: state(status.and_then(|status| status.state.as_ref())),
        last: status
            .and_then(|status| status.last_state.as_ref())
            .and_then(|last| last.terminated.as_ref())
            .map(termination),
    }
}

fn state(state: Option<&k8s::ContainerState>) -> ContainerState {
    let Some(state) = state else { return waiting(None) };
    if let Some(running) = &state.running {
        let started = time(running.started_at.as_ref());
        return ContainerState::Running { started };
    }
    match &state.terminated {
        Some(terminated) => ContainerState::Terminated(termination(terminated)),
        None => waiting(state.waiting.as_ref()),
    }
}

pub(super) fn waiting(waiting: Option<&k8s::ContainerStateWaiting>) -> ContainerState {
    ContainerState::Waiting {
        reason: waiting.map(|waiting| word(&waiting.reason)).unwrap_or_default(),
        message: waiting
            .map(|waiting| sentence(&waiting.message))
            .unwrap_or_default(),
    }
}

fn termination(terminated: &k8s::ContainerStateTerminated) -> Termination {
    Termination {
        exit_code: terminated.exit_code,
        reason: word(&terminated.reason),
        message: sentence(&terminated.message),
        finished: time(terminated.finished_at.as_ref()),
    }
}
