//! What a process shares with others by its container and its pod.

use serde_json::Value;

use crate::group::{Member, Share};
use crate::memory::FOLDER;
use crate::names::base_name;
use crate::pod::only_host;
use crate::release::is_humble;
use crate::{Target, title};
use podbay_core::object::Object;
use podbay_description::ProcessKind;

/// Participant indices of rmw_cyclonedds, 0 to 32.
const INDICES: usize = 33;

/// Ports that Fast DDS searches for others without multicast.
const SEARCHED: usize = 32;

/// A process that takes part in DDS.
pub(super) struct Participant {
    pub(super) title: String,
    /// The pod's own network, or `None` for that of the host.
    pub(super) network: Option<String>,
    /// The only host it can run on.
    pub(super) host: Option<String>,
    pub(super) memory: Memory,
    /// Unset for the image's own user.
    pub(super) user: Option<i64>,
    /// Whether it passes data to others by shared memory.
    pub(super) shares: bool,
    /// How many processes of its kind may share a network, and what happens to the others.
    pub(super) limit: Option<(usize, Beyond)>,
    /// Whether it discovers others on localhost only.
    pub(super) local: bool,
}

/// The shared memory of a container.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Memory {
    Host,
    Pod(String),
    Volume(String, String),
}

/// What happens to processes beyond a limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Beyond {
    DoesNotStart,
    IsNotDiscovered,
}

/// The processes in `pod` that use ROS.
pub(super) fn participants(share: &Share<'_>, pod: &Object, target: &Target) -> Vec<Participant> {
    let containers = pod.0["spec"]["containers"].as_array().into_iter().flatten();
    let participant = |container: &Value| {
        let mut members = share.members.iter();
        let member = members.find(|member| container["name"] == member.name.process.as_str())?;
        speaks_ros(member).then(|| Participant::new(member, pod, container, target))
    };
    containers.filter_map(participant).collect()
}

fn speaks_ros(member: &Member<'_>) -> bool {
    let process = member.process;
    process.kind != ProcessKind::Executable || base_name(process.program()) == "ros2"
}

impl Participant {
    fn new(member: &Member<'_>, pod: &Object, container: &Value, target: &Target) -> Self {
        let spec = &pod.0["spec"];
        let on_host = target.one_host || spec["hostNetwork"] == true;
        let variable = |name: &str| variable(container, name);
        let local = variable("ROS_AUTOMATIC_DISCOVERY_RANGE").eq_ignore_ascii_case("LOCALHOST");
        let own = [container, spec].map(|whose| whose["securityContext"]["runAsUser"].as_i64());
        Self {
            title: title(member.process),
            network: (!on_host).then(|| pod.name().to_owned()),
            host: only_host(pod).map(str::to_owned),
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
        return local.then_some((SEARCHED, Beyond::IsNotDiscovered));
    }
    let old =
        variable("ROS_DISTRO") == "humble" || container["image"].as_str().and_then(is_humble) == Some(true);
    let range = variable("ROS_AUTOMATIC_DISCOVERY_RANGE");
    let left_alone = ["OFF", "SYSTEM_DEFAULT"]
        .iter()
        .any(|other| range.eq_ignore_ascii_case(other));
    if !rmw.starts_with("rmw_cyclonedds") || old || left_alone {
        return None;
    }
    let setting = |element: &str| {
        let (_, rest) = variable("CYCLONEDDS_URI").split_once(&format!("<{element}>"))?;
        rest.split('<').next().map(str::trim)
    };
    match (setting("MaxAutoParticipantIndex"), setting("ParticipantIndex")) {
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
