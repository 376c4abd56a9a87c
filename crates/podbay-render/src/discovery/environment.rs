//! The environment of each mode.
//!
//! It overrides podbay's own environment, and the profile's `env` overrides it.

use super::{Meeting, Planned, check, peers};
use crate::Target;
use crate::container::DEFAULT_IMAGE;
use crate::group::{Member, Share};
use crate::profile::{Discovery, Mode};
use crate::release::is_humble;

/// Default port of a Fast DDS discovery server.
pub(super) const SERVER_PORT: u16 = 11811;

/// Default port of a Zenoh router.
pub(super) const ROUTER_PORT: u16 = 7447;

/// Variables that configure discovery in any mode. podbay's own do not apply if the profile has `discovery`.
const DECIDED: [&str; 2] = ["ROS_AUTOMATIC_DISCOVERY_RANGE", "ROS_LOCALHOST_ONLY"];

/// The environment of the containers of `share`, overridden by the profile's.
pub(super) fn of(
    share: &Share<'_>,
    discovery: &Discovery,
    all: &[Planned<'_, '_>],
    meeting: &Meeting,
    target: &Target,
) -> Vec<(String, String)> {
    let mut environment: Vec<_> = target
        .environment
        .iter()
        .filter(|(name, _)| !DECIDED.contains(&name.as_str()))
        .cloned()
        .collect();
    let mut set = |name: &str, value: &str| {
        environment.retain(|(known, _)| known != name);
        environment.push((name.to_owned(), value.to_owned()));
    };
    set("ROS_AUTOMATIC_DISCOVERY_RANGE", range(discovery.mode));
    match discovery.mode {
        Mode::Multicast | Mode::HostNetwork => {}
        // Humble reads this one; later releases warn that it is deprecated
        Mode::Localhost if share.members.iter().any(|member| may_be_humble(member, target)) => {
            set("ROS_LOCALHOST_ONLY", "1");
        }
        Mode::Localhost => {}
        Mode::DiscoveryServer => {
            let address = server(discovery, meeting);
            set("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp");
            set("ROS_DISCOVERY_SERVER", &address);
            let names = peers::names_of(&address);
            if !names.is_empty() {
                set(peers::WAIT_FOR, &names);
            }
        }
        Mode::StaticPeers => {
            let names = peers::of(share, discovery, all, meeting);
            if !names.is_empty() {
                set(peers::PEERS, &names);
            }
        }
        Mode::ZenohRouter => {
            set("RMW_IMPLEMENTATION", "rmw_zenoh_cpp");
            set("ZENOH_CONFIG_OVERRIDE", &session(&router(discovery, meeting)));
        }
    }
    environment
}

/// Whether the release of a process is Humble, or unknown.
fn may_be_humble(member: &Member<'_>, target: &Target) -> bool {
    let set = check::variable(member, "ROS_DISTRO");
    match (set, target.one_host) {
        ("", true) => matches!(target.distro.as_str(), "" | "humble"),
        ("", false) => {
            let image = member.profile.container.image.as_deref().unwrap_or(DEFAULT_IMAGE);
            is_humble(image) != Some(false)
        }
        (set, _) => set == "humble",
    }
}

/// For static peers, the range without multicast: otherwise Cyclone would send data by multicast, and Fast
/// DDS would try fewer ports of each peer.
fn range(mode: Mode) -> &'static str {
    match mode {
        Mode::Localhost | Mode::StaticPeers => "LOCALHOST",
        _ => "SUBNET",
    }
}

fn server(discovery: &Discovery, meeting: &Meeting) -> String {
    let own = || {
        meeting
            .server
            .as_ref()
            .map(|name| format!("{}:{SERVER_PORT}", name.service()))
    };
    discovery.address.clone().or_else(own).unwrap_or_default()
}

fn router(discovery: &Discovery, meeting: &Meeting) -> String {
    let own = || meeting.router.as_ref().map(|name| name.service());
    let address = discovery.address.clone().or_else(own).unwrap_or_default();
    let (protocol, endpoint) = address.split_once('/').unwrap_or(("tcp", &address));
    let port = match endpoint.rsplit_once(':') {
        Some(_) if !endpoint.ends_with(']') => String::new(),
        _ => format!(":{ROUTER_PORT}"),
    };
    format!("{protocol}/{endpoint}{port}")
}

/// Configures a client of the router, since a router forwards nothing between peers, and peers listen only
/// inside their pod. It waits for the router, which a client does not by default.
fn session(router: &str) -> String {
    format!(r#"mode="client";connect/endpoints=["{router}"];connect/timeout_ms=-1"#)
}
