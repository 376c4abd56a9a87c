//! Notes about nodes that discover each other but lose data, and about nodes that do not start, because of
//! what their pods share.
//!
//! - Fast DDS takes nodes with the same IPv4 addresses for neighbours (`Host.hpp`) and hands them data by shared memory
//!   alone. Its segments have Boost's usual mode, 0644, so that only the same user can open them to write
//!   (`SharedMemSegment.hpp`). With discovery on localhost, ROS adds that transport whatever the environment says
//!   (rmw_fastrtps `participant.cpp`), and looks for neighbours at 32 ports.
//! - From Iron on, rmw_cyclonedds takes one of 33 participant indices for a process, unless discovery is off
//!   (`rmw_node.cpp`); a process that finds none ends (`q_init.c`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::alike::few;
use super::group::{Member, Share};
use super::{Target, title};
use podbay_core::object::Object;
use podbay_description::ProcessKind;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Folder of shared memory.
const FOLDER: &str = "/dev/shm";

/// Participant indices of rmw_cyclonedds, 0 to 32.
const INDICES: usize = 33;

/// Participant indices for which DDS has ports.
const PORTS: usize = 120;

/// Ports at which Fast DDS looks for neighbours without multicast.
const LOOKED_AT: usize = 32;

/// One process in its pod.
struct Seat {
    title: String,
    /// The pod's own network, or `None` for that of the host.
    network: Option<String>,
    /// The only host it can run on.
    host: Option<String>,
    memory: Memory,
    /// Unset for the image's own user.
    user: Option<i64>,
    /// Whether it passes data to neighbours by shared memory.
    shares: bool,
    /// How many processes of its kind may share a network, and what happens to others.
    limit: Option<(usize, Beyond)>,
    /// Whether it discovers others on localhost only.
    local: bool,
}

/// The shared memory of a container.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Memory {
    Host,
    Pod(String),
    Volume(String, String),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Beyond {
    DoesNotStart,
    IsNotFound,
}

/// Notes about `pods` and their content.
pub(super) fn notes<'a>(
    pods: impl Iterator<Item = (&'a Share<'a>, &'a Object)>,
    target: &Target,
) -> Vec<Diagnostic> {
    let seats: Vec<_> = pods.flat_map(|(share, pod)| seats(share, pod, target)).collect();
    let networks = networks(&seats);
    let mut notes = Vec::new();
    // on one host, all are processes of one user with one shared memory
    if !target.one_host {
        notes.extend(on_host(&seats));
        notes.extend(networks.iter().find_map(|network| in_pod(network)));
        notes.extend(networks.iter().find_map(|network| users(network)));
    }
    notes.extend(crowded(&networks));
    let problem = |what: String| Code::NodesLoseEachOther.says(what);
    notes.into_iter().map(problem).collect()
}

fn seats(share: &Share<'_>, pod: &Object, target: &Target) -> Vec<Seat> {
    let containers = pod.0["spec"]["containers"].as_array().into_iter().flatten();
    let seat = |container: &Value| {
        let mut members = share.members.iter();
        let member = members.find(|member| container["name"] == member.name.process.as_str())?;
        speaks_ros(member).then(|| Seat::new(member, pod, container, target))
    };
    containers.filter_map(seat).collect()
}

fn speaks_ros(member: &Member<'_>) -> bool {
    let process = member.process;
    process.kind != ProcessKind::Executable || super::names::base_name(process.program()) == "ros2"
}

impl Seat {
    fn new(member: &Member<'_>, pod: &Object, container: &Value, target: &Target) -> Self {
        let spec = &pod.0["spec"];
        let on_host = target.one_host || spec["hostNetwork"] == true;
        let variable = |name: &str| variable(container, name);
        let local = variable("ROS_AUTOMATIC_DISCOVERY_RANGE").eq_ignore_ascii_case("LOCALHOST");
        let host =
            ["/spec/nodeName", "/spec/nodeSelector/kubernetes.io~1hostname"].map(|field| pod.text(field));
        let own = [container, spec].map(|whose| whose["securityContext"]["runAsUser"].as_i64());
        Self {
            title: title(member.process),
            network: (!on_host).then(|| pod.name().to_owned()),
            host: host.into_iter().find(|host| !host.is_empty()).map(str::to_owned),
            memory: memory(pod, container),
            user: own.into_iter().find_map(|user| user),
            shares: shares(&variable, local),
            limit: limit(&variable, local, container),
            local,
        }
    }
}

fn variable<'a>(container: &'a Value, name: &str) -> &'a str {
    let mut variables = container["env"].as_array().into_iter().flatten();
    let found = variables.find(|variable| variable["name"] == name);
    found
        .and_then(|variable| variable["value"].as_str())
        .unwrap_or_default()
}

fn memory(pod: &Object, container: &Value) -> Memory {
    let spec = &pod.0["spec"];
    let mut mounts = container["volumeMounts"].as_array().into_iter().flatten();
    let Some(mount) = mounts.find(|mount| mount["mountPath"] == FOLDER) else {
        return match spec["hostIPC"] == true {
            true => Memory::Host,
            false => Memory::Pod(pod.name().to_owned()),
        };
    };
    let mut volumes = spec["volumes"].as_array().into_iter().flatten();
    let volume = volumes.find(|volume| volume["name"] == mount["name"]);
    match volume.is_some_and(|volume| volume["hostPath"]["path"] == FOLDER) {
        true => Memory::Host,
        false => Memory::Volume(
            pod.name().to_owned(),
            mount["name"].as_str().unwrap_or_default().to_owned(),
        ),
    }
}

fn shares<'a>(variable: &impl Fn(&str) -> &'a str, local: bool) -> bool {
    let rmw = variable("RMW_IMPLEMENTATION");
    let uri = variable("CYCLONEDDS_URI");
    if rmw.starts_with("rmw_cyclonedds") {
        return uri.contains("iceoryx") || (uri.contains("SharedMemory") && uri.contains(">true<"));
    }
    // the content of a separate file is not known
    let profiles = ["FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE"];
    let by_udp = variable("FASTDDS_BUILTIN_TRANSPORTS")
        .to_ascii_uppercase()
        .starts_with("UDP");
    let fast = rmw.is_empty() || rmw.starts_with("rmw_fastrtps");
    fast && profiles.iter().all(|name| variable(name).is_empty()) && (local || !by_udp)
}

fn limit<'a>(variable: &impl Fn(&str) -> &'a str, local: bool, container: &Value) -> Option<(usize, Beyond)> {
    let rmw = variable("RMW_IMPLEMENTATION");
    if rmw.is_empty() || rmw.starts_with("rmw_fastrtps") {
        return local.then_some((LOOKED_AT, Beyond::IsNotFound));
    }
    let old = variable("ROS_DISTRO") == "humble"
        || container["image"]
            .as_str()
            .is_some_and(|image| image.contains("humble"));
    let range = variable("ROS_AUTOMATIC_DISCOVERY_RANGE");
    let left_alone = ["OFF", "SYSTEM_DEFAULT"]
        .iter()
        .any(|other| range.eq_ignore_ascii_case(other));
    if !rmw.starts_with("rmw_cyclonedds") || old || left_alone {
        return None;
    }
    let said = |element: &str| {
        let (_, rest) = variable("CYCLONEDDS_URI").split_once(&format!("<{element}>"))?;
        rest.split('<').next().map(str::trim)
    };
    match (said("MaxAutoParticipantIndex"), said("ParticipantIndex")) {
        (_, Some("none")) => None,
        (Some(last), _) => Some((last.parse::<usize>().ok()? + 1, Beyond::DoesNotStart)),
        // the content of a separate file is not known
        _ if variable("CYCLONEDDS_URI")
            .trim_start()
            .starts_with(|c: char| c != '<') =>
        {
            None
        }
        _ => Some((INDICES, Beyond::DoesNotStart)),
    }
}

/// The seats of each network. A pod on the host's network may run on any host, unless it is bound to one.
fn networks(seats: &[Seat]) -> Vec<Vec<&Seat>> {
    let mut networks: BTreeMap<_, Vec<&Seat>> = BTreeMap::new();
    let hosts: BTreeSet<_> = seats
        .iter()
        .filter(|seat| seat.network.is_none())
        .map(|seat| &seat.host)
        .collect();
    for seat in seats {
        match (&seat.network, &seat.host) {
            (None, None) => {
                for host in &hosts {
                    networks.entry((&None, *host)).or_default().push(seat);
                }
            }
            (None, host) => networks.entry((&None, host)).or_default().push(seat),
            (network, _) => networks.entry((network, &None)).or_default().push(seat),
        }
    }
    networks.into_values().collect()
}

/// The network of the host without its shared memory.
fn on_host(seats: &[Seat]) -> Option<String> {
    let lost = |seat: &&Seat| seat.shares && seat.network.is_none() && seat.memory != Memory::Host;
    let lost: Vec<_> = seats.iter().filter(lost).collect();
    let what = "on the network of the host and without its shared memory";
    (!lost.is_empty()).then(|| apart(&lost, what, "give hostIPC: true, and no volume at /dev/shm"))
}

/// One pod with several shared memories.
fn in_pod(network: &[&Seat]) -> Option<String> {
    let sharing: Vec<_> = network
        .iter()
        .filter(|seat| seat.shares && seat.network.is_some())
        .copied()
        .collect();
    let first = sharing.first()?;
    let differ = sharing.iter().any(|seat| seat.memory != first.memory);
    let what = "on the network of one pod and without the same shared memory";
    differ.then(|| apart(&sharing, what, "give all of its containers the same at /dev/shm"))
}

fn apart(lost: &[&Seat], what: &str, way_out: &str) -> String {
    format!(
        "{}: {what}, by which their middleware hands data to neighbours: nodes find each other, and the data is lost; \
         {way_out}{}",
        named(lost),
        without(lost)
    )
}

/// One shared memory with several users.
fn users(network: &[&Seat]) -> Option<String> {
    let mut memories: BTreeMap<&Memory, &Seat> = BTreeMap::new();
    let mut sharing = network.iter().filter(|seat| seat.shares);
    let (one, other) = sharing.find_map(|seat| {
        let first = memories.entry(&seat.memory).or_insert(seat);
        (first.user != seat.user).then_some((*first, *seat))
    })?;
    let user = |seat: &Seat| match seat.user {
        Some(user) => format!("user {user}"),
        None => "the image's own user".to_owned(),
    };
    Some(format!(
        "{} ({}) and {} ({}) share memory, and only the same user can open what one of them writes: nodes find each other, \
         and the data is lost; give all the same runAsUser{}",
        one.title,
        user(one),
        other.title,
        user(other),
        without(&[one, other])
    ))
}

/// How to disable shared memory.
fn without(seats: &[&Seat]) -> &'static str {
    match seats.iter().any(|seat| seat.local) {
        true => "",
        false => ", or env: {FASTDDS_BUILTIN_TRANSPORTS: UDPv4}",
    }
}

/// Too many processes on a network.
fn crowded(networks: &[Vec<&Seat>]) -> Vec<String> {
    let note = |beyond: Beyond| {
        let of_kind = |seat: &&&Seat| seat.limit.is_some_and(|(_, other)| other == beyond);
        let crowds = networks
            .iter()
            .map(|network| network.iter().filter(of_kind).copied().collect::<Vec<_>>());
        let crowd = crowds.max_by_key(Vec::len)?;
        let limit = crowd.iter().filter_map(|seat| Some(seat.limit?.0)).min()?;
        (crowd.len() > limit).then(|| crowd_note(&crowd, limit, beyond))
    };
    [Beyond::DoesNotStart, Beyond::IsNotFound]
        .into_iter()
        .filter_map(note)
        .collect()
}

fn crowd_note(crowd: &[&Seat], limit: usize, beyond: Beyond) -> String {
    let place = match &crowd[0].network {
        Some(pod) => format!("the network of pod {pod}"),
        None => "the network of the host, if they come to one".to_owned(),
    };
    let count = crowd.len();
    match beyond {
        Beyond::DoesNotStart => {
            let way_out = match count < PORTS {
                true => format!(
                    "give env: {{CYCLONEDDS_URI: \"<CycloneDDS><Domain><Discovery><MaxAutoParticipantIndex>{}\
                     </MaxAutoParticipantIndex></Discovery></Domain></CycloneDDS>\"}}, or put fewer of them together",
                    PORTS - 1
                ),
                false => format!("put at most {PORTS} of them together"),
            };
            format!(
                "{count} processes with rmw_cyclonedds_cpp share {place}, and Cyclone DDS has participant indices for \
                 {limit}: the others will not start; {way_out}"
            )
        }
        Beyond::IsNotFound => format!(
            "{count} processes with Fast DDS share {place} without multicast, where they look for each other at {limit} \
             ports: the others will not find one another; put fewer of them together, or give `discovery: multicast` or \
             discoveryServer"
        ),
    }
}

fn named(seats: &[&Seat]) -> String {
    few(&seats.iter().map(|seat| seat.title.as_str()).collect::<Vec<_>>())
}
