//! Health rules about the containers of a pod.

use std::time::SystemTime;

use super::{RESTARTED_LATELY, Verdict};
use crate::health::Level;
use crate::pod::{Container, ContainerState, Pod, Termination};
use podbay_text::shown::beginning;

/// Reasons for waiting that are part of every normal start. Any other reason, including future ones, means
/// that the container cannot run.
const NORMAL_WAITS: [&str; 3] = ["", "ContainerCreating", "PodInitializing"];

/// Characters of a text from the cluster that are shown.
const MESSAGE_LIMIT: usize = 200;

/// A container that waits for anything but a normal start, or that has failed.
pub(super) fn cannot_run(pod: &Pod) -> Option<Verdict> {
    pod.containers.iter().find_map(stuck).or_else(|| ended_badly(pod))
}

fn stuck(container: &Container) -> Option<Verdict> {
    let ContainerState::Waiting { reason, message } = &container.state else {
        return None;
    };
    if NORMAL_WAITS.contains(&reason.as_str()) {
        return None;
    }
    let kind = kind(container);
    let name = &container.name;
    let message = match (&container.last, reason.as_str()) {
        (Some(last), "CrashLoopBackOff") => {
            format!(
                "{kind} {name} keeps restarting: {}, restarts: {}",
                ending(last),
                container.restarts
            )
        }
        (_, "CrashLoopBackOff") => {
            format!("{kind} {name} keeps restarting, restarts: {}", container.restarts)
        }
        _ => format!(
            "{kind} {name} ({}) cannot start: {}",
            container.image,
            short(message).unwrap_or_else(|| reason.clone())
        ),
    };
    Some(Verdict::new(Level::Error, reason, message))
}

/// The first container that ended unsuccessfully.
pub(super) fn ended_badly(pod: &Pod) -> Option<Verdict> {
    // the kubelet stops the sidecars after the others have ended, so their exit codes do not matter
    let (sidecars, others): (Vec<_>, Vec<_>) = pod.containers.iter().partition(|container| container.sidecar);
    others
        .into_iter()
        .chain(sidecars)
        .find_map(|container| match &container.state {
            ContainerState::Terminated(end) if end.exit_code != 0 => Some(Verdict::new(
                Level::Error,
                if end.reason.is_empty() {
                    "Error"
                } else {
                    &end.reason
                },
                format!(
                    "{} {} has ended: {}",
                    kind(container),
                    container.name,
                    ending(end)
                ),
            )),
            _ => None,
        })
}

/// A container that recently ran out of memory: worse than another restart, since it will happen again.
pub(super) fn killed_for_memory(pod: &Pod, now: SystemTime) -> Option<Verdict> {
    let (container, _) = restarts(pod, now).find(|(_, last)| last.was_out_of_memory())?;
    let message = format!(
        "{} {} ran out of memory, restarts: {}",
        kind(container),
        container.name,
        container.restarts
    );
    Some(Verdict::new(Level::Error, Termination::OUT_OF_MEMORY, message))
}

/// A container that was recently restarted.
pub(super) fn restarted(pod: &Pod, now: SystemTime) -> Option<Verdict> {
    let (container, last) = restarts(pod, now).next()?;
    let message = format!(
        "{} {} was restarted after {}, restarts: {}",
        kind(container),
        container.name,
        exit(last),
        container.restarts
    );
    Some(Verdict::new(Level::Warn, "Restarted", message))
}

fn restarts(pod: &Pod, now: SystemTime) -> impl Iterator<Item = (&Container, &Termination)> {
    pod.containers
        .iter()
        .filter(move |container| lately_until(container).is_some_and(|until| until > now))
        .filter_map(|container| Some((container, container.last.as_ref()?)))
}

/// The time until which `container` counts as recently restarted; `None` if it was never restarted.
pub(super) fn lately_until(container: &Container) -> Option<SystemTime> {
    let last = container.last.as_ref().filter(|_| container.restarts > 0)?;
    last.finished.checked_add(RESTARTED_LATELY)
}

fn kind(container: &Container) -> &'static str {
    if container.sidecar { "sidecar" } else { "container" }
}

/// The first reason for which a container waits.
pub(super) fn first_wait(pod: &Pod) -> Option<&str> {
    pod.containers
        .iter()
        .find_map(|container| match &container.state {
            ContainerState::Waiting { reason, .. } if !reason.is_empty() => Some(reason.as_str()),
            _ => None,
        })
}

/// `container a`, `containers a, b`, or "". Sidecars are called sidecars.
pub(super) fn names(pod: &Pod, which: impl Fn(&Container) -> bool) -> String {
    let (sidecars, others): (Vec<_>, Vec<_>) = pod
        .containers
        .iter()
        .filter(|container| which(container))
        .partition(|container| container.sidecar);
    let list = |kind: &str, all: &[&Container]| {
        let names: Vec<_> = all.iter().map(|container| container.name.as_str()).collect();
        match names.as_slice() {
            [] => None,
            [one] => Some(format!("{kind} {one}")),
            several => Some(format!("{kind}s {}", several.join(", "))),
        }
    };
    let both = list("container", &others)
        .into_iter()
        .chain(list("sidecar", &sidecars));
    both.collect::<Vec<_>>().join(" and ")
}

/// `exit code 1`, `exit code 137 (OOMKilled)`; without a reason that adds nothing.
pub(super) fn exit(end: &Termination) -> String {
    match end.reason.as_str() {
        "" | "Error" | "Completed" => format!("exit code {}", end.exit_code),
        reason => format!("exit code {} ({reason})", end.exit_code),
    }
}

/// [`exit`] with the cluster's message: `exit code 128 (StartError): exec: no such file`.
fn ending(end: &Termination) -> String {
    match short(&end.message) {
        Some(message) => format!("{}: {message}", exit(end)),
        None => exit(end),
    }
}

/// The first line of a text from the cluster, shortened; `None` if it is empty.
pub(super) fn short(text: &str) -> Option<String> {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(beginning(line, MESSAGE_LIMIT).into_owned())
}
