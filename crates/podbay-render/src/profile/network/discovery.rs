//! `discovery`: how nodes discover each other.

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer};

use super::short::{self, Short};
use crate::profile::check::Found;
use podbay_text::diagnostic::Code;

/// How nodes discover each other.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(crate) struct Discovery {
    /// The mode.
    pub(crate) mode: Mode,
    /// Address of an existing server or router; by default podbay creates one.
    pub(crate) address: Option<String>,
    /// Image of the server or router that podbay creates; default: that of the nodes.
    pub(crate) image: Option<String>,
    /// Peers in addition to the pods of the launch.
    #[serde(default)]
    pub(crate) peers: Vec<String>,
}

/// Modes of discovery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Mode {
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
    pub(crate) fn as_str(self) -> &'static str {
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
    fn has_center(self) -> bool {
        matches!(self, Self::DiscoveryServer | Self::ZenohRouter)
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
    const EXPECTED: &'static str = "a mode, such as hostNetwork, or {mode: hostNetwork, …}";

    fn full<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived reader
        Self::deserialize(deserializer)
    }

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
    pub(super) fn check(&self) -> Result<(), Found> {
        self.check_keys()?;
        let error = |path: &str, value: &str, what: &str| {
            Code::ProfileValue.says(format!("`{path}` is {value:?}, which is not a valid {what}"))
        };
        if let Some(address) = self.address.as_ref().filter(|address| !self.is_address(address)) {
            let path = "discovery.address".to_owned();
            let help = match self.mode {
                Mode::DiscoveryServer => "write it as HOST or HOST:PORT, and separate several with ';'",
                _ => "write it as HOST, HOST:PORT or tcp/HOST:PORT",
            };
            let error = error(&path, address, "address").help(help);
            return Err(Found::value(path, error));
        }
        let mut peers = self.peers.iter().enumerate();
        match peers.find(|(_, peer)| !is_host(peer)) {
            Some((index, peer)) => {
                let path = format!("discovery.peers[{index}]");
                let help = "write the name or address of a host, without a port";
                let error = error(&path, peer, "host").help(help);
                Err(Found::value(path, error))
            }
            None => Ok(()),
        }
    }

    /// Keys that the mode does not support.
    fn check_keys(&self) -> Result<(), Found> {
        let center = "discoveryServer and zenohRouter";
        let has_center = self.mode.has_center();
        let has_peers = self.mode == Mode::StaticPeers;
        let keys = [
            ("address", self.address.is_some(), has_center, center),
            ("image", self.image.is_some(), has_center, center),
            ("peers", !self.peers.is_empty(), has_peers, "staticPeers"),
        ];
        let mut wrong = keys
            .into_iter()
            .filter(|(_, given, supported, _)| *given && !supported);
        let Some((key, _, _, modes)) = wrong.next() else {
            return Ok(());
        };
        let path = format!("discovery.{key}");
        let error = Code::ProfileContradiction
            .says(format!("`{path}` is valid only for {modes}"))
            .help("remove it, or choose another mode");
        Err(Found::key(path, error))
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

/// The name or address of a host.
fn is_host(text: &str) -> bool {
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    !text.is_empty() && text.chars().all(in_name)
}
