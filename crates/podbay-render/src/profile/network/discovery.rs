//! `discovery`: how nodes discover each other.

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer};

use super::Mistake;
use super::short::{self, Short};

/// How nodes discover each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovery {
    /// The mode.
    pub mode: Mode,
    /// Address of an existing server or router; by default podbay creates one.
    pub address: Option<String>,
    /// Image of the server or router that podbay creates; default: that of the nodes.
    pub image: Option<String>,
    /// Peers in addition to the pods of the launch.
    pub peers: Vec<String>,
}

/// Modes of discovery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// DDS multicast on the pod network.
    #[default]
    Multicast,
    /// DDS multicast on the hosts' network.
    HostNetwork,
    /// A Fast DDS discovery server.
    DiscoveryServer,
    /// Each node gets the names of all pods.
    StaticPeers,
    /// A Zenoh router, which also carries the data.
    ZenohRouter,
    /// Only nodes in the same pod.
    Localhost,
}

impl Mode {
    /// The name in a profile.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Multicast => "multicast",
            Self::HostNetwork => "hostNetwork",
            Self::DiscoveryServer => "discoveryServer",
            Self::StaticPeers => "staticPeers",
            Self::ZenohRouter => "zenohRouter",
            Self::Localhost => "localhost",
        }
    }

    /// Whether all nodes connect to a server or router.
    pub fn has_center(self) -> bool {
        matches!(self, Self::DiscoveryServer | Self::ZenohRouter)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Full {
    mode: Mode,
    address: Option<String>,
    image: Option<String>,
    #[serde(default)]
    peers: Vec<String>,
}

impl From<Full> for Discovery {
    fn from(full: Full) -> Self {
        Self {
            mode: full.mode,
            address: full.address,
            image: full.image,
            peers: full.peers,
        }
    }
}

impl From<Mode> for Discovery {
    fn from(mode: Mode) -> Self {
        Self {
            mode,
            address: None,
            image: None,
            peers: Vec::new(),
        }
    }
}

impl Short for Discovery {
    const EXPECTED: &'static str = "a way of discovery, such as hostNetwork, or {mode: hostNetwork, …}";

    type Full = Full;

    fn of_word<E: Error>(word: &str) -> Option<Result<Self, E>> {
        let word: StrDeserializer<'_, E> = word.into_deserializer();
        Some(Mode::deserialize(word).map(Into::into))
    }

    fn of_number(_: u64) -> Option<Self> {
        None
    }
}

impl<'de> Deserialize<'de> for Discovery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        short::read(deserializer)
    }
}

impl Discovery {
    pub(super) fn check(&self) -> Result<(), (String, Mistake)> {
        let center = "discoveryServer and zenohRouter";
        let keys = [
            ("address", self.address.is_some(), self.mode.has_center(), center),
            ("image", self.image.is_some(), self.mode.has_center(), center),
            (
                "peers",
                !self.peers.is_empty(),
                self.mode == Mode::StaticPeers,
                "staticPeers",
            ),
        ];
        for (key, given, counts, modes) in keys {
            if given && !counts {
                return Err((format!("discovery.{key}"), Mistake::OtherMode { key, modes }));
            }
        }
        if let Some(address) = self.address.as_ref().filter(|address| !self.is_address(address)) {
            let more = match self.mode {
                Mode::DiscoveryServer => "; several are separated by ;",
                _ => ", or as tcp/HOST:PORT",
            };
            return Err((
                "discovery.address".to_owned(),
                Mistake::Address(address.clone(), more),
            ));
        }
        match self.peers.iter().position(|peer| !is_host(peer)) {
            Some(index) => Err((
                format!("discovery.peers[{index}]"),
                Mistake::Peer(self.peers[index].clone()),
            )),
            None => Ok(()),
        }
    }

    fn is_address(&self, address: &str) -> bool {
        match self.mode {
            Mode::DiscoveryServer => address.split(';').all(is_endpoint),
            _ => is_endpoint(address.split_once('/').map_or(address, |(_, endpoint)| endpoint)),
        }
    }
}

/// `HOST` or `HOST:PORT`; IPv6 addresses in brackets.
fn is_endpoint(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, port.parse::<u16>().is_ok_and(|port| port > 0)),
        _ => (text, true),
    };
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    port && bare.map_or_else(
        || is_host(host),
        |bare| bare.parse::<core::net::Ipv6Addr>().is_ok(),
    )
}

/// The name or the address of a host.
fn is_host(text: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.chars().all(in_name)
}
