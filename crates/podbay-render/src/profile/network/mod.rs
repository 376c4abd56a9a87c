//! Discovery, and the ports of nodes.

mod discovery;
mod port;
mod short;

use std::collections::BTreeMap;

pub use discovery::{Discovery, Mode};
pub use port::{Port, Protocol, Service, ServiceType};

use super::section::{Merge, section};
use podbay_text::diagnostic::Code;

section! {
    /// Discovery, and the ports of nodes.
    pub struct Network {
        /// How its nodes discover others, and are discovered.
        discovery: Option<Discovery> = "discovery",
        /// Ports by name, for which its pod gets a Service.
        ports: BTreeMap<String, Port> = "ports",
        /// Settings of that Service.
        service: Option<Service> = "service",
    }
}

/// Merged key by key.
impl Merge for BTreeMap<String, Port> {
    fn merge(&mut self, later: &Self, _: &str) {
        self.extend(later.clone());
    }
}

/// An error in the network settings of a profile.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Mistake {
    #[error("`discovery` has `{key}`, which counts for {modes} only; leave it out, or choose another mode")]
    OtherMode { key: &'static str, modes: &'static str },
    #[error("`discovery` has the address {0:?}; write it as HOST or HOST:PORT{more}", more = .1)]
    Address(String, &'static str),
    #[error("`discovery` has the peer {0:?}; write the name or the address of a host, without a port")]
    Peer(String),
    #[error(
        "`ports` has {0:?}; the name of a port is at most 15 lower case letters, digits and single '-', with a letter"
    )]
    PortName(String),
    #[error("`ports` has {0} with port 0; ports are from 1 to 65535")]
    PortNumber(String),
    #[error(
        "`service` has the name {0:?}; it is at most 63 lower case letters, digits and '-', and begins with a letter"
    )]
    ServiceName(String),
}

impl Mistake {
    /// Kind of error.
    pub(super) fn code(&self) -> Code {
        match self {
            Self::OtherMode { .. } => Code::ProfileContradiction,
            Self::Address(..) | Self::Peer(_) | Self::PortNumber(_) => Code::ProfileValue,
            Self::PortName(_) | Self::ServiceName(_) => Code::ProfileName,
        }
    }
}

impl Network {
    /// The first error, with its path.
    pub(super) fn check(&self) -> Result<(), (String, Mistake)> {
        if let Some(discovery) = &self.discovery {
            discovery.check()?;
        }
        for (name, port) in &self.ports {
            port.check(name)
                .map_err(|mistake| (format!("ports.{name}"), mistake))?;
        }
        let service = self.service.as_ref().map_or(Ok(()), Service::check);
        service.map_err(|mistake| ("service.name".to_owned(), mistake))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Profile;
    use super::*;

    fn network(text: &str) -> Network {
        Profile::parse(text).unwrap().network
    }

    #[test]
    fn the_short_forms_mean_the_same_as_the_full_ones() {
        for (short, full) in [
            ("discovery: hostNetwork", "discovery: {mode: hostNetwork}"),
            ("ports: {web: 80}", "ports: {web: {port: 80, protocol: TCP}}"),
            ("service: NodePort", "service: {type: NodePort}"),
        ] {
            assert_eq!(network(short), network(full), "{short}");
        }
        let named = network("service: {name: web}").service.unwrap();
        assert_eq!(
            (named.kind, named.name.as_deref()),
            (ServiceType::ClusterIP, Some("web"))
        );
    }

    #[test]
    fn addresses_are_of_hosts() {
        for good in ["a", "a.b-c:1", "10.0.0.1", "[fd00::1]", "[fd00::1]:7447"] {
            network(&format!("discovery: {{mode: zenohRouter, address: \"{good}\"}}"));
        }
        network("discovery: {mode: zenohRouter, address: tls/a:1}");
        network("discovery: {mode: discoveryServer, address: a;10.0.0.1:11812}");
        for bad in [
            "", "a b", "a:0", "a:70000", ":1", "fd00::1", "a;b", "tcp/", "a\\\"", "[a]",
        ] {
            let text = format!("discovery: {{mode: zenohRouter, address: \"{bad}\"}}");
            let error = Profile::parse(&text).unwrap_err().text();
            assert!(error.contains("HOST:PORT"), "{bad}: {error}");
        }
    }

    #[test]
    fn mistakes_name_the_way_out() {
        for (text, expected) in [
            ("discovery: hostnetwork", "did you mean `hostNetwork`?"),
            ("discovery: 7", "`discovery` takes a way of discovery"),
            ("discovery: {address: a}", "mode"),
            (
                "discovery: {mode: multicast, address: a}",
                "discoveryServer and zenohRouter only",
            ),
            (
                "discovery: {mode: staticPeers, peers: [\"a:1\"]}",
                "without a port",
            ),
            ("discovery: {mode: multicast, adress: a}", "adress"),
            ("ports: {Web: 80}", "\"Web\""),
            ("ports: {\"80\": 80}", "with a letter"),
            ("ports: {a-very-long-name: 80}", "at most 15"),
            ("ports: {web: 0}", "from 1 to 65535"),
            ("ports: {web: 70000}", "from 1 to 65535"),
            ("ports: {web: tcp}", "from 1 to 65535"),
            ("ports: {web: {port: 1, protocol: HTTP}}", "HTTP"),
            ("service: Nodeport", "did you mean `NodePort`?"),
            ("service: {name: 3d}", "begins with a letter"),
        ] {
            let error = Profile::parse(text).unwrap_err().text();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
