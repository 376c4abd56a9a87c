//! Errors and warnings about discovery.

use std::collections::BTreeMap;

use super::{Join, Planned};
use crate::group::{Member, Share};
use crate::pod::only_host;
use crate::profile::{Discovery, Mode, Switch};
use crate::{Target, at_profile, problem};
use podbay_core::object::Object;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Variables with which a user configures Zenoh.
const ZENOH: [&str; 2] = ["ZENOH_CONFIG_OVERRIDE", "ZENOH_SESSION_CONFIG_URI"];

/// Whether the nodes of `share` may use Fast DDS, which is ROS's default.
pub(super) fn may_be_fast_dds(share: &Share<'_>) -> bool {
    let fast = |rmw: &str| rmw.is_empty() || rmw.starts_with("rmw_fastrtps");
    share.members.iter().any(|member| fast(rmw(member)))
}

/// Processes whose middleware does not support the mode.
pub(super) fn contradictions(share: &Share<'_>, discovery: Option<&Discovery>) -> Vec<Diagnostic> {
    let Some(mode) = discovery.map(|discovery| discovery.mode) else {
        return Vec::new();
    };
    share
        .members
        .iter()
        .filter_map(|member| {
            let wrong = of_middleware(member, mode).or_else(|| of_workload(member, mode));
            let (what, help) = wrong.or_else(|| of_network(member, mode))?;
            let what = format!("`discovery: {}` {what}", mode.as_str());
            let error = Code::DiscoveryContradiction.says(what).help(help);
            Some(at_profile(member.process, &member.profile, &["discovery"], error))
        })
        .collect()
}

/// An error, and the way out.
type Wrong = Option<(String, String)>;

fn of_middleware(member: &Member<'_>, mode: Mode) -> Wrong {
    let rmw = rmw(member);
    let (needed, other) = match mode {
        _ if rmw.is_empty() => return None,
        Mode::DiscoveryServer if !rmw.starts_with("rmw_fastrtps") => {
            ("rmw_fastrtps_cpp", "staticPeers or hostNetwork")
        }
        Mode::ZenohRouter if !rmw.starts_with("rmw_zenoh") => ("rmw_zenoh_cpp", "staticPeers or hostNetwork"),
        Mode::Multicast | Mode::StaticPeers | Mode::Localhost if needs_router(member) => {
            ("a DDS middleware", "zenohRouter")
        }
        _ => return None,
    };
    let what = format!("needs {needed}, but RMW_IMPLEMENTATION is {rmw}");
    Some((what, format!("remove that variable, or use {other}")))
}

fn of_workload(member: &Member<'_>, mode: Mode) -> Wrong {
    let unnamed = mode == Mode::StaticPeers && member.profile.workload.kind().is_on_every_host();
    let what = "needs pods with fixed names, which a DaemonSet does not have";
    let help = "use another workload, hostNetwork or discoveryServer";
    unnamed.then(|| (what.to_owned(), help.to_owned()))
}

fn of_network(member: &Member<'_>, mode: Mode) -> Wrong {
    let apart = mode == Mode::HostNetwork && member.profile.pod.host_network == Some(Switch(false));
    let what = "and `hostNetwork: false` contradict each other";
    let help = "remove one, or choose another mode";
    apart.then(|| (what.to_owned(), help.to_owned()))
}

/// Warnings about the processes of `share`.
pub(super) fn warnings(share: &Share<'_>, discovery: Option<&Discovery>) -> Vec<Diagnostic> {
    let mode = discovery.map(|discovery| discovery.mode);
    let warning = |member: &Member<'_>| {
        let (what, help) = match mode {
            None if needs_router(member) => (
                "rmw_zenoh_cpp discovers other nodes only through a router",
                "set `discovery: zenohRouter` in the profile",
            ),
            Some(Mode::StaticPeers) if member.profile.container.command.is_some() => (
                "the profile sets the command, so it does not wait until its peers have addresses; with Fast DDS, it ends \
                 if one has none",
                "",
            ),
            _ => return None,
        };
        Some(problem(Code::Discovery, member.process, what).help(help))
    };
    share.members.iter().filter_map(warning).collect()
}

/// Modes that separate nodes.
pub(super) fn mixed(all: &[Planned<'_, '_>]) -> Option<Diagnostic> {
    let mut ways: BTreeMap<String, &str> = BTreeMap::new();
    for (share, discovery) in all {
        let way = match discovery {
            None => Mode::default().as_str().to_owned(),
            Some(discovery) if discovery.mode == Mode::Localhost => continue,
            Some(discovery) => way(discovery),
        };
        ways.entry(way).or_insert(&share.name().pod);
    }
    if ways.len() < 2 {
        return None;
    }
    let ways: Vec<_> = ways
        .into_iter()
        .map(|(way, pod)| format!("{way} (such as pod {pod})"))
        .collect();
    let what = format!(
        "nodes with different `discovery` do not discover each other: {}",
        ways.join(", ")
    );
    Some(Code::Discovery.says(what))
}

fn way(discovery: &Discovery) -> String {
    match &discovery.address {
        Some(address) => format!("{} {address}", discovery.mode.as_str()),
        None => discovery.mode.as_str().to_owned(),
    }
}

/// Nodes that podbay cannot see.
pub(super) fn hidden(joins: &[Join], target: &Target) -> Option<Diagnostic> {
    let hidden = joins.iter().find(|join| join.hidden)?;
    let mode = hidden
        .discovery
        .as_ref()
        .map_or("", |discovery| discovery.mode.as_str());
    let help = match target.multicast_only && mode != Mode::Localhost.as_str() {
        true => "use a podbay that is built with r2r and configured for it",
        false => "",
    };
    let what = format!(
        "podbay's own node cannot discover nodes with `discovery: {mode}`, so the health of their pods ignores the ROS \
         graph"
    );
    Some(Code::Discovery.says(what).help(help))
}

/// Multicast by default, between `pods` that may run on several hosts.
pub(super) fn assumed_multicast(pods: &[&Object], target: &Target) -> Option<Diagnostic> {
    let on_network = |pod: &&&Object| pod.0.pointer("/spec/hostNetwork") != Some(&true.into());
    let pods: Vec<_> = pods.iter().filter(on_network).collect();
    let [first, rest @ ..] = pods.as_slice() else {
        return None;
    };
    let pinned = only_host(first).is_some() && rest.iter().all(|pod| only_host(pod) == only_host(first));
    if target.one_host || rest.is_empty() || pinned {
        return None;
    }
    let what = "the profile has no `discovery`, so nodes use multicast, which most cluster networks do not carry between \
                hosts";
    let help = "set `discovery: hostNetwork`, discoveryServer, staticPeers or zenohRouter, or `discovery: multicast` \
                   if your network carries it";
    Some(Code::Discovery.says(what).help(help))
}

/// The selected middleware of a process; "" if none is selected.
fn rmw<'a>(member: &'a Member<'_>) -> &'a str {
    variable(member, "RMW_IMPLEMENTATION")
}

fn needs_router(member: &Member<'_>) -> bool {
    rmw(member).starts_with("rmw_zenoh") && ZENOH.iter().all(|name| variable(member, name).is_empty())
}

/// A variable that the launch file or the profile sets; "" if neither does.
pub(super) fn variable<'a>(member: &'a Member<'_>, name: &str) -> &'a str {
    let of_process = member.process.environment.get(name);
    of_process
        .or_else(|| member.profile.container.env.get(name))
        .map_or("", String::as_str)
}
