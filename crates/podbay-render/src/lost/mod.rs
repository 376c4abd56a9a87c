//! Warnings about nodes that discover each other but lose data, and about nodes that do not start, because of
//! what their pods share.
//!
//! - Fast DDS treats nodes with the same IPv4 addresses as neighbours (`Host.hpp`) and passes data to them only by
//!   shared memory. Its segments have Boost's default mode, 0644, so only the same user can open them for writing
//!   (`SharedMemSegment.hpp`). With discovery on localhost, ROS adds that transport regardless of the environment
//!   (rmw_fastrtps `participant.cpp`), and searches 32 ports for neighbours.
//! - From Iron on, rmw_cyclonedds gives a process one of 33 participant indices, unless discovery is off
//!   (`rmw_node.cpp`); a process without one ends (`q_init.c`).

mod participant;

use std::collections::{BTreeMap, BTreeSet};

use super::Target;
use super::alike::few;
use super::group::Share;
use participant::{Beyond, Memory, Participant, participants};
use podbay_core::object::Object;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Participant indices for which DDS has ports.
const PORTS: usize = 120;

/// Warnings about `pods` and their content.
pub(super) fn warnings<'a>(
    pods: impl Iterator<Item = (&'a Share<'a>, &'a Object)>,
    target: &Target,
) -> Vec<Diagnostic> {
    let participants: Vec<_> = pods
        .flat_map(|(share, pod)| participants(share, pod, target))
        .collect();
    let networks = networks(&participants);
    let mut warnings = Vec::new();
    // on one host, all are processes of one user with one shared memory
    if !target.one_host {
        warnings.extend(on_host(&participants));
        warnings.extend(networks.iter().find_map(|network| in_pod(network)));
        warnings.extend(networks.iter().find_map(|network| users(network)));
    }
    warnings.extend(crowded(&networks));
    warnings
}

/// The participants of each network. A pod on the host's network may run on any host, unless it is bound to one.
fn networks(participants: &[Participant]) -> Vec<Vec<&Participant>> {
    let mut networks: BTreeMap<_, Vec<&Participant>> = BTreeMap::new();
    let hosts: BTreeSet<_> = participants
        .iter()
        .filter(|participant| participant.network.is_none())
        .map(|participant| &participant.host)
        .collect();
    for participant in participants {
        match (&participant.network, &participant.host) {
            (None, None) => {
                for host in &hosts {
                    networks.entry((&None, *host)).or_default().push(participant);
                }
            }
            (None, host) => networks.entry((&None, host)).or_default().push(participant),
            (network, _) => networks.entry((network, &None)).or_default().push(participant),
        }
    }
    networks.into_values().collect()
}

/// The network of the host without its shared memory.
fn on_host(participants: &[Participant]) -> Option<Diagnostic> {
    let lost = |participant: &&Participant| {
        participant.shares && participant.network.is_none() && participant.memory != Memory::Host
    };
    let lost: Vec<_> = participants.iter().filter(lost).collect();
    (!lost.is_empty()).then(|| {
        apart(
            &lost,
            "the host, but not its",
            "set hostIPC: true, without a volume at /dev/shm",
        )
    })
}

/// One pod with several shared memories.
fn in_pod(network: &[&Participant]) -> Option<Diagnostic> {
    let sharing: Vec<_> = network
        .iter()
        .filter(|participant| participant.shares && participant.network.is_some())
        .copied()
        .collect();
    let first = sharing.first()?;
    let differ = sharing
        .iter()
        .any(|participant| participant.memory != first.memory);
    differ.then(|| {
        apart(
            &sharing,
            "one pod, but not",
            "mount the same volume at /dev/shm in all of its containers",
        )
    })
}

fn apart(lost: &[&Participant], place: &str, help: &str) -> Diagnostic {
    let what = format!(
        "nodes share the network of {place} shared memory, so they discover each other but lose data: {}",
        named(lost)
    );
    warning(what, format!("{help}{}", without(lost)))
}

/// One shared memory with several users.
fn users(network: &[&Participant]) -> Option<Diagnostic> {
    let mut memories: BTreeMap<&Memory, &Participant> = BTreeMap::new();
    let mut sharing = network.iter().filter(|participant| participant.shares);
    let (one, other) = sharing.find_map(|participant| {
        let first = memories.entry(&participant.memory).or_insert(participant);
        (first.user != participant.user).then_some((*first, *participant))
    })?;
    let user = |participant: &Participant| match participant.user {
        Some(user) => format!("user {user}"),
        None => "the image's own user".to_owned(),
    };
    let what = format!(
        "{} ({}) and {} ({}) share memory as different users: nodes discover each other but lose data, since only the \
         user that created a segment can write to it",
        one.title,
        user(one),
        other.title,
        user(other)
    );
    Some(warning(
        what,
        format!("set the same runAsUser for all{}", without(&[one, other])),
    ))
}

/// How to disable shared memory.
fn without(participants: &[&Participant]) -> &'static str {
    match participants.iter().any(|participant| participant.local) {
        true => "",
        false => ", or env: {FASTDDS_BUILTIN_TRANSPORTS: UDPv4}",
    }
}

/// Too many processes on a network.
fn crowded(networks: &[Vec<&Participant>]) -> Vec<Diagnostic> {
    let warning = |beyond: Beyond| {
        let of_kind =
            |participant: &&&Participant| participant.limit.is_some_and(|(_, other)| other == beyond);
        let crowds = networks
            .iter()
            .map(|network| network.iter().filter(of_kind).copied().collect::<Vec<_>>());
        let crowd = crowds.max_by_key(Vec::len)?;
        let limit = crowd
            .iter()
            .filter_map(|participant| Some(participant.limit?.0))
            .min()?;
        (crowd.len() > limit).then(|| crowd_note(&crowd, limit, beyond))
    };
    [Beyond::DoesNotStart, Beyond::IsNotDiscovered]
        .into_iter()
        .filter_map(warning)
        .collect()
}

fn crowd_note(crowd: &[&Participant], limit: usize, beyond: Beyond) -> Diagnostic {
    let place = match &crowd[0].network {
        Some(pod) => format!("the network of pod {pod}"),
        None => "the network of the host, if they run on the same one".to_owned(),
    };
    let count = crowd.len();
    let (what, help) = match beyond {
        Beyond::DoesNotStart => (
            format!(
                "{count} processes with rmw_cyclonedds_cpp share {place}, but Cyclone DDS has only {limit} participant \
                 indices: the others will not start"
            ),
            more_indices(count),
        ),
        Beyond::IsNotDiscovered => (
            format!(
                "{count} processes with Fast DDS share {place} without multicast, where each searches only {limit} ports: \
                 some will not be discovered"
            ),
            "put fewer of them together, or set `discovery: multicast` or discoveryServer".to_owned(),
        ),
    };
    warning(what, help)
}

/// Help for `count` processes with Cyclone DDS.
fn more_indices(count: usize) -> String {
    match count < PORTS {
        true => format!(
            "set env: {{CYCLONEDDS_URI: \"<CycloneDDS><Domain><Discovery><MaxAutoParticipantIndex>{}\
             </MaxAutoParticipantIndex></Discovery></Domain></CycloneDDS>\"}}, or put fewer of them together",
            PORTS - 1
        ),
        false => format!("put at most {PORTS} of them together"),
    }
}

fn warning(what: String, help: String) -> Diagnostic {
    Code::NodesLoseEachOther.says(what).help(help)
}

fn named(participants: &[&Participant]) -> String {
    few(&participants
        .iter()
        .map(|participant| participant.title.as_str())
        .collect::<Vec<_>>())
}
