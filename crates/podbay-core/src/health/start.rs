//! What prevents a pod from starting: no host, no volumes or network, an init container that is running.

use std::time::{Duration, SystemTime};

use super::Verdict;
use super::containers::{self, short};
use crate::health::Level;
use crate::pod::{Container, ContainerState, Phase, Pod, Setup};

/// How long a pod may wait for a host before it is an error. An autoscaler notices it within seconds, and a
/// new host boots and joins within one to four minutes at the usual providers.
const SCALE_UP: Duration = Duration::from_secs(300);

/// How long volumes and network may fail. The kubelet retries by itself, and a ConfigMap, or a disk still in
/// use elsewhere, often becomes available a moment later.
pub const SETUP_FAILING: Duration = Duration::from_secs(60);

/// How long they may take if the cluster reports no failure, or podbay may not read its events. The kubelet
/// itself stops waiting after two minutes.
const SETUP_SILENT: Duration = Duration::from_secs(180);

/// The scheduler finds no host.
pub(super) fn unschedulable(pod: &Pod, now: SystemTime) -> Option<Verdict> {
    let report = pod.unschedulable.as_ref()?;
    let why = short(&report.message).unwrap_or_else(|| "no reason given".to_owned());
    let verdict = match passed(report.since, SCALE_UP, now) {
        true => Verdict::new(
            Level::Error,
            "Unschedulable",
            format!("no host accepts it: {why}"),
        ),
        false => Verdict::new(
            Level::Warn,
            "Unschedulable",
            format!("no host accepts it yet: {why}"),
        ),
    };
    Some(verdict)
}

/// Volumes or network do not become available.
pub(super) fn not_set_up(pod: &Pod, now: SystemTime) -> Option<Verdict> {
    let reason = waits_for_setup(pod)?;
    let (since, patience) = patience(pod)?;
    if !passed(since, patience, now) {
        return None;
    }
    let message = match failure(pod) {
        Some(why) => format!("cannot be set up on host {}: {why}", pod.host),
        None => format!(
            "host {} does not set up its volumes or network; see `kubectl describe pod`",
            pod.host
        ),
    };
    Some(Verdict::new(Level::Error, reason, message))
}

/// The pod is not running yet, which is not an error by itself.
pub(super) fn starting(pod: &Pod) -> Option<Verdict> {
    if pod.phase != Phase::Pending {
        return None;
    }
    if pod.host.is_empty() {
        return Some(Verdict::new(Level::Warn, "Pending", "waiting for a host"));
    }
    let reason = containers::first_wait(pod).unwrap_or("Pending");
    let host = &pod.host;
    let message = match (
        failure(pod).filter(|_| waits_for_setup(pod).is_some()),
        first(pod),
    ) {
        (Some(why), _) => format!("starting on host {host}: {why}"),
        (None, Some(container)) if container.sidecar => {
            format!("starting on host {host}: sidecar {} is not ready", container.name)
        }
        (None, Some(container)) => {
            format!(
                "starting on host {host}: init container {} is running",
                container.name
            )
        }
        (None, None) => format!("starting on host {host}"),
    };
    Some(Verdict::new(Level::Warn, reason, message))
}

/// When time alone changes the health of a starting pod.
pub(super) fn due(pod: &Pod) -> impl Iterator<Item = SystemTime> {
    let host = pod.unschedulable.as_ref().map(|report| (report.since, SCALE_UP));
    let setup = waits_for_setup(pod).and_then(|_| patience(pod));
    let all = host.into_iter().chain(setup);
    all.filter_map(|(since, patience)| since.checked_add(patience))
}

/// The reason of a container that waits for volumes and network; images are pulled afterwards, under the same
/// reason.
fn waits_for_setup(pod: &Pod) -> Option<&str> {
    let may_wait = pod.setup != Setup::Done && !pod.host.is_empty() && first(pod).is_none();
    containers::first_wait(pod)
        .filter(|reason| may_wait && matches!(*reason, "ContainerCreating" | "PodInitializing"))
}

/// Since when the host sets up the pod, and how long that may take.
fn patience(pod: &Pod) -> Option<(SystemTime, Duration)> {
    match (pod.setup, failure(pod)) {
        (Setup::Missing(since) | Setup::Unreported(Some(since)), Some(_)) => Some((since, SETUP_FAILING)),
        (Setup::Unreported(None), Some(_)) => Some((pod.created, SETUP_FAILING)),
        (Setup::Missing(since), None) => Some((since, SETUP_SILENT)),
        // the image may still be pulled, which may take any time
        (Setup::Unreported(_) | Setup::Done, None) | (Setup::Done, Some(_)) => None,
    }
}

/// The failure, in the cluster's words. The embedded cluster has no events and reports it as the container's
/// message.
fn failure(pod: &Pod) -> Option<String> {
    let waiting = pod
        .containers
        .iter()
        .find_map(|container| match &container.state {
            ContainerState::Waiting { message, .. } => short(message),
            _ => None,
        });
    pod.warning.as_deref().and_then(short).or(waiting)
}

/// The running init container, for which the others wait.
fn first(pod: &Pod) -> Option<&Container> {
    let begun = |container: &&Container| !matches!(container.state, ContainerState::Waiting { .. });
    let last = pod
        .containers
        .iter()
        .filter(|container| container.init)
        .rfind(begun)?;
    let runs = matches!(last.state, ContainerState::Running { .. });
    (runs && !(last.sidecar && last.ready)).then_some(last)
}

/// Whether more than `patience` has passed after `since`.
pub(super) fn passed(since: SystemTime, patience: Duration, now: SystemTime) -> bool {
    since.checked_add(patience).is_some_and(|until| until <= now)
}
