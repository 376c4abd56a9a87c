//! How the nodes of a launch discover each other: the required environment, fields of pods, and additional
//! objects.
//!
//! ```text
//!   shares ── plan ──┬── a target for each share, whose environment is that of its mode   (environment)
//!                    ├── objects before the pods: a server or router, a Service for names (center, peers)
//!                    └── problems: contradictions, nodes that do not discover each other      (check)
//!   pods ── join ──> pods with the fields of their mode
//! ```
//!
//! Sources for ROS 2: docs.ros.org, "Improved Dynamic Discovery" and "Fast DDS Discovery Server";
//! rmw_fastrtps `participant.cpp`, rmw_cyclonedds `rmw_node.cpp` and rcl `init.c` as of Jazzy; for Zenoh: the
//! README of rmw_zenoh; for Fast DDS: `PDPClient.cpp` of 2.6 (Humble) and 2.14 (Jazzy), and its documentation
//! on Docker.

mod center;
mod check;
mod environment;
pub(super) mod peers;

use serde_json::{Value, json};

use super::group::Share;
use super::names::{Name, Names};
use super::{Room, Target};
use crate::profile::{Discovery, Mode};
use podbay_core::names::ANNOTATION_NODES;
use podbay_core::object::Object;
use podbay_core::workload::WorkloadKind;
use podbay_text::diagnostic::Diagnostic;

/// The discovery of a launch.
pub(super) struct Plan {
    /// For each share, in order.
    joins: Vec<Join>,
    /// Objects to create before the pods.
    pub(super) objects: Vec<Object>,
    pub(super) problems: Vec<Diagnostic>,
}

/// The discovery of one share.
pub(super) struct Join {
    discovery: Option<Discovery>,
    /// The target for rendering its processes.
    pub(super) target: Target,
    /// Fields of its pod's spec.
    fields: Value,
    /// Whether podbay's own node cannot discover its nodes.
    hidden: bool,
}

/// What exists once for all nodes of a launch.
#[derive(Default)]
struct Meeting {
    server: Option<Name>,
    router: Option<Name>,
    /// The Service that gives each pod a DNS name.
    peers: Option<Name>,
}

/// Plans the discovery of all `shares`.
pub(super) fn plan(
    shares: &[Share<'_>],
    names: &mut Names,
    target: &Target,
) -> Result<Plan, Vec<Diagnostic>> {
    let discoveries = agree(shares)?;
    let all: Vec<_> = shares.iter().zip(discoveries).collect();
    let meeting = Meeting::of(&all, names, target);
    let mut problems: Vec<_> = check::mixed(&all).into_iter().collect();
    let mut joins = Vec::new();
    // each pod may have the names of all others
    let mut room = Room::new(&target.limits);
    for (share, discovery) in &all {
        problems.extend(check::warnings(share, discovery.as_ref()));
        let join = join(share, discovery.clone(), &all, &meeting, target);
        let variables = join.target.environment.iter();
        room.take(variables.map(|(name, value)| name.len() + value.len()).sum())?;
        joins.push(join);
    }
    problems.extend(check::hidden(&joins, target));
    Ok(Plan {
        objects: meeting.objects(&all, target),
        joins,
        problems,
    })
}

impl Plan {
    /// The discovery of each share, in order.
    pub(super) fn joins(&self) -> &[Join] {
        &self.joins
    }

    /// Warnings about all `pods` together, in the order of the shares.
    pub(super) fn warnings<'a>(
        &self,
        pods: impl Iterator<Item = &'a Object>,
        target: &Target,
    ) -> Option<Diagnostic> {
        let undecided = pods.zip(&self.joins).filter(|(_, join)| join.discovery.is_none());
        check::assumed_multicast(&undecided.map(|(pod, _)| pod).collect::<Vec<_>>(), target)
    }
}

impl Join {
    /// Adds the required fields to `pod`. A pod patch overrides them.
    pub(super) fn apply(&self, pod: &mut Object) {
        for (field, value) in self.fields.as_object().into_iter().flatten() {
            if pod.0["spec"].get(field).is_none() {
                pod.0["spec"][field] = value.clone();
            }
        }
        let annotations = pod.0.pointer_mut("/metadata/annotations");
        if let Some(annotations) = annotations.and_then(Value::as_object_mut).filter(|_| self.hidden) {
            annotations.shift_remove(ANNOTATION_NODES);
            if annotations.is_empty() {
                pod.0["metadata"]
                    .as_object_mut()
                    .map(|metadata| metadata.shift_remove("annotations"));
            }
        }
    }
}

type Planned<'a, 'b> = (&'b Share<'a>, Option<Discovery>);

fn agree(shares: &[Share<'_>]) -> Result<Vec<Option<Discovery>>, Vec<Diagnostic>> {
    let (mut agreed, mut errors) = (Vec::new(), Vec::new());
    for share in shares {
        match share.shared("discovery", |profile| profile.network.discovery.clone()) {
            Ok(discovery) => {
                errors.extend(check::contradictions(share, discovery.as_ref()));
                agreed.push(discovery);
            }
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(agreed)
    } else {
        Err(errors)
    }
}

impl Meeting {
    fn of(all: &[Planned<'_, '_>], names: &mut Names, target: &Target) -> Self {
        let own = |wanted: Mode| {
            let mut discoveries = all.iter().filter_map(|(_, discovery)| discovery.as_ref());
            discoveries.any(|discovery| discovery.mode == wanted && discovery.address.is_none())
        };
        let mut name =
            |exists: bool, name: &str| exists.then(|| names.give(name, name, WorkloadKind::Deployment));
        Self {
            server: name(own(Mode::DiscoveryServer), "discovery-server"),
            router: name(own(Mode::ZenohRouter), "zenoh-router"),
            // on one host, nodes discover each other without names
            peers: name(own(Mode::StaticPeers) && !target.one_host, "peers"),
        }
    }

    fn objects(&self, all: &[Planned<'_, '_>], target: &Target) -> Vec<Object> {
        let mut objects = Vec::new();
        if let Some(name) = &self.server {
            objects.extend(center::server(name, all, target));
        }
        if let Some(name) = &self.router {
            objects.extend(center::router(name, all, target));
        }
        if let Some(name) = &self.peers {
            objects.push(peers::service(name, target));
        }
        objects
    }
}

fn join(
    share: &Share<'_>,
    discovery: Option<Discovery>,
    all: &[Planned<'_, '_>],
    meeting: &Meeting,
    target: &Target,
) -> Join {
    // the record's part of the target may be large
    let mut target = Target {
        launch_id: target.launch_id.clone(),
        namespace: target.namespace.clone(),
        environment: target.environment.clone(),
        one_host: target.one_host,
        distro: target.distro.clone(),
        multicast_only: target.multicast_only,
        ..Target::default()
    };
    let (mut fields, mut hidden) = (Value::Null, false);
    if let Some(discovery) = &discovery {
        target.environment = environment::of(share, discovery, all, meeting, &target);
        fields = pod_fields(share, discovery, meeting);
        hidden = match discovery.mode {
            Mode::Multicast | Mode::HostNetwork => false,
            Mode::Localhost => !target.one_host,
            Mode::StaticPeers => target.multicast_only && !target.one_host,
            Mode::DiscoveryServer | Mode::ZenohRouter => target.multicast_only,
        };
    }
    Join {
        discovery,
        target,
        fields,
        hidden,
    }
}

fn pod_fields(share: &Share<'_>, discovery: &Discovery, meeting: &Meeting) -> Value {
    match (discovery.mode, &meeting.peers) {
        (Mode::HostNetwork, _) => {
            let mut fields = json!({"hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"});
            // Fast DDS passes data to nodes with the same addresses by shared memory
            if check::may_be_fast_dds(share) {
                fields["hostIPC"] = json!(true);
            }
            fields
        }
        (Mode::StaticPeers, Some(peers)) => json!({
            "hostname": peers::host(share),
            "subdomain": peers.service(),
        }),
        _ => Value::Null,
    }
}
