//! Discovery, and the ports of nodes.

mod discovery;
mod port;
mod short;

use std::collections::BTreeMap;

pub(crate) use discovery::{Discovery, Mode};
pub(crate) use port::{Port, Service, ServiceType};

use super::check::Found;
use super::section::{Merge, section};

section! {
    /// Discovery, and the ports of nodes.
    pub(crate) struct Network {
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

impl Network {
    /// The first invalid value.
    pub(super) fn check_values(&self) -> Result<(), Found> {
        if let Some(discovery) = &self.discovery {
            discovery.check()?;
        }
        self.ports.iter().try_for_each(|(name, port)| port.check(name))?;
        self.service.as_ref().map_or(Ok(()), Service::check)
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
    fn short_and_full_forms_are_equal() {
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
    fn errors_name_the_way_out() {
        for (text, expected) in [
            ("discovery: hostnetwork", "did you mean `hostNetwork`?"),
            ("discovery: 7", "a mode of discovery"),
            ("discovery: {address: a}", "mode"),
            (
                "discovery: {mode: multicast, address: a}",
                "only for discoveryServer and zenohRouter",
            ),
            (
                "discovery: {mode: staticPeers, peers: [\"a:1\"]}",
                "without a port",
            ),
            ("discovery: {mode: multicast, adress: a}", "adress"),
            ("ports: {Web: 80}", "\"Web\""),
            ("ports: {\"80\": 80}", "with at least one letter"),
            ("ports: {a-very-long-name: 80}", "at most 15"),
            ("ports: {web: 0}", "from 1 to 65535"),
            ("ports: {web: 70000}", "from 1 to 65535"),
            ("ports: {web: tcp}", "from 1 to 65535"),
            ("ports: {web: {port: 1, protocol: HTTP}}", "HTTP"),
            ("service: Nodeport", "did you mean `NodePort`?"),
            ("service: {name: 3d}", "beginning with a letter"),
        ] {
            let error = Profile::parse(text).unwrap_err().text();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
