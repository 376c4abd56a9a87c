//! Converts pods and their changes to messages.

use std::borrow::Borrow;

use super::{now, time};
use crate::ros::backend::podbay_msgs::msg;
use podbay_core::health::{NodePresence, PodEvent, PodReport};
use podbay_core::pod::{self, ContainerState};
use podbay_core::report_size::{self, Detail, Fitting, Missed};
use podbay_text::{lengths, shown};

/// All pods of `cluster`, as far as they fit into one message.
pub(crate) fn array(cluster: &str, reports: &[impl Borrow<PodReport>]) -> (msg::PodArray, Missed) {
    let Fitting { reported, missed } = report_size::fitting(reports, lengths::REPLY);
    let array = msg::PodArray {
        stamp: now(),
        cluster: cluster.to_owned(),
        pods: reported
            .iter()
            .map(|(report, detail)| detailed(report, *detail))
            .collect(),
    };
    (array, missed)
}

/// One change.
pub(crate) fn event(event: &PodEvent) -> msg::PodEvent {
    msg::PodEvent {
        stamp: now(),
        type_: event.kind as u8,
        pod: pod(&event.report),
        previous_health: event.previous as u8,
    }
}

/// Several pods.
pub(crate) fn pods(reports: &[impl Borrow<PodReport>]) -> Vec<msg::Pod> {
    reports.iter().map(|report| pod(report.borrow())).collect()
}

/// One pod and its health.
pub(crate) fn pod(report: &PodReport) -> msg::Pod {
    detailed(report, Detail::Whole)
}

/// One pod, with this level of detail.
pub(crate) fn detailed(report: &PodReport, detail: Detail) -> msg::Pod {
    let PodReport { pod, health } = report;
    let (longest, nodes, containers) = match detail {
        Detail::Whole => (
            report_size::MESSAGE,
            health.nodes.as_slice(),
            pod.reported_containers(),
        ),
        Detail::Brief => (report_size::BRIEF_MESSAGE, Default::default(), Default::default()),
    };
    msg::Pod {
        pod_namespace: pod.key.namespace.clone(),
        name: pod.key.name.clone(),
        uid: pod.uid.clone(),
        phase: pod.phase.as_str().to_owned(),
        health: health.level as u8,
        reason: health.reason.clone(),
        message: shown::beginning(&health.message, longest).into_owned(),
        ready: pod.ready,
        restarts: pod.restarts(),
        host: pod.host.clone(),
        ip: pod.ip.clone(),
        launch: pod.launch().to_owned(),
        nodes: nodes.iter().map(node).collect(),
        containers: containers.iter().map(container).collect(),
        created: time(pod.created),
    }
}

fn node(node: &NodePresence) -> msg::NodePresence {
    msg::NodePresence {
        name: node.name.clone(),
        present: node.present,
    }
}

fn container(container: &pod::Container) -> msg::Container {
    let (state, reason) = match &container.state {
        ContainerState::Waiting { reason, .. } => ("waiting", reason.as_str()),
        ContainerState::Running { .. } => ("running", ""),
        ContainerState::Terminated(end) => ("terminated", end.reason.as_str()),
    };
    msg::Container {
        name: container.name.clone(),
        image: container.image.clone(),
        ready: container.ready,
        restarts: container.restarts,
        state: state.to_owned(),
        reason: reason.to_owned(),
        exit_code: exit_code(container),
    }
}

/// Exit code of the container's last run, 0 without one.
fn exit_code(container: &pod::Container) -> i32 {
    match (&container.state, &container.last) {
        (ContainerState::Terminated(end), _) | (_, Some(end)) => end.exit_code,
        _ => 0,
    }
}
