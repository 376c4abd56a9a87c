//! How the nodes of a launch find each other, and by which ports others reach them.

mod discovery;
mod port;
mod short;

use std::collections::BTreeMap;

pub use discovery::{Discovery, Mode};
pub use port::{Port, Protocol, Service, ServiceType};

use super::section::{Merge, section};

section! {
    /// How the nodes of a launch find each other, and by which ports others reach them.
    pub struct Network {
        /// How its nodes find others, and others them.
        discovery: Option<Discovery> = "discovery",
        /// Ports it serves, by name. Its pod gets a Service for them.
        ports: BTreeMap<String, Port> = "ports",
        /// What that Service is.
        service: Option<Service> = "service",
    }
}

/// Merged key by key.
impl Merge for BTreeMap<String, Port> {
    fn merge(&mut self, later: &Self, _: &str) {
        self.extend(later.clone());
    }
}

/// What is wrong with what a profile says of the network.
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

impl Network {
    /// The first mistake.
    pub(super) fn check(&self) -> Result<(), Mistake> {
        if let Some(discovery) = &self.discovery {
            discovery.check()?;
        }
        for (name, port) in &self.ports {
            port.check(name)?;
        }
        self.service.as_ref().map_or(Ok(()), Service::check)
    }
}
