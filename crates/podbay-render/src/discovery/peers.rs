//! DNS names of pods: which processes wait for which names, and the Service that provides them.

use serde_json::json;

use super::{Meeting, Planned};
use crate::group::Share;
use crate::names::Name;
use crate::profile::{Discovery, Mode};
use crate::{Target, pod};
use podbay_core::object::Object;

/// Names without which a process does not start; read by the script.
pub(super) const WAIT_FOR: &str = "PODBAY_WAIT_FOR";

/// Names of peers; read by the script.
pub(super) const PEERS: &str = "PODBAY_PEERS";

/// Waits until names can be resolved. Precedes `run.sh`.
pub(crate) const SCRIPT: &str = include_str!("peers.sh");

/// Whether a process with this environment has to wait for names.
pub(crate) fn waits(env: &[(String, String)]) -> bool {
    env.iter().any(|(name, _)| name == WAIT_FOR || name == PEERS)
}

/// For a process without podbay's script: it does not wait, and gets the names of all peers.
pub(crate) fn without_script(env: &mut Vec<(String, String)>) {
    env.retain(|(name, _)| name != WAIT_FOR);
    for (name, value) in env.iter_mut().filter(|(name, _)| name == PEERS) {
        "ROS_STATIC_PEERS".clone_into(name);
        *value = value.replace(' ', ";");
    }
}

/// Names of all other pods with static peers, and of the profile's `peers`, separated by spaces.
pub(super) fn of(
    share: &Share<'_>,
    discovery: &Discovery,
    all: &[Planned<'_, '_>],
    meeting: &Meeting,
) -> String {
    let own = share.name();
    let is_peer = |other: &Option<Discovery>| {
        other
            .as_ref()
            .is_some_and(|other| other.mode == Mode::StaticPeers)
    };
    let others = all
        .iter()
        .filter(|(other, discovery)| is_peer(discovery) && other.name().pod != own.pod);
    let pods = meeting.peers.iter().flat_map(|service| {
        let others = others.clone();
        others.map(|(other, _)| format!("{}.{}", host(other), service.service()))
    });
    let all: Vec<_> = discovery.peers.iter().cloned().chain(pods).collect();
    all.join(" ")
}

/// The host name of the pod of `share`; a StatefulSet adds a suffix.
pub(super) fn host(share: &Share<'_>) -> String {
    let name = &share.name().pod;
    share.kind().pod_of(name).unwrap_or_else(|| name.clone())
}

/// The hosts in `HOST:PORT;…` that are names, separated by spaces.
pub(super) fn names_of(address: &str) -> String {
    let host = |endpoint: &str| {
        endpoint
            .rsplit_once(':')
            .map_or(endpoint, |(host, _)| host)
            .to_owned()
    };
    let is_name = |host: &String| host.contains(|c: char| c.is_ascii_alphabetic()) && !host.starts_with('[');
    address
        .split(';')
        .map(host)
        .filter(is_name)
        .collect::<Vec<_>>()
        .join(" ")
}

/// A headless Service: `POD.SERVICE` resolves to the address of the pod, as soon as it has one.
pub(super) fn service(name: &Name, target: &Target) -> Object {
    Object(json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": pod::metadata(&name.service(), name, target),
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": true,
            "selector": pod::labels(target.launch_id.as_str()),
        },
    }))
}
