//! `ports` and `service`: the ports of a process.

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer};

use super::Mistake;
use super::short::{self, Short};
use podbay_core::formats::is_label;

/// Longest name of a port.
const LONGEST: usize = 15;

/// A port of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// Port of the process and of the Service.
    pub port: u16,
    /// Default: TCP.
    pub protocol: Protocol,
    /// Port of every host, for a Service of type NodePort or LoadBalancer; chosen by the cluster if unset.
    pub node_port: Option<u16>,
}

/// Protocol of a port.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
)]
#[allow(missing_docs)]
pub enum Protocol {
    #[default]
    TCP,
    UDP,
    SCTP,
}

/// The Service for the ports of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its type.
    pub kind: ServiceType,
    /// Its name in the cluster; derived from the launch and the pod if unset.
    pub name: Option<String>,
}

/// Type of a Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum ServiceType {
    /// Inside the cluster, by one address.
    #[default]
    ClusterIP,
    /// Inside the cluster, by the address of the pod itself.
    Headless,
    /// By a port of every host.
    NodePort,
    /// By a load balancer.
    LoadBalancer,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct FullPort {
    port: u16,
    #[serde(default)]
    protocol: Protocol,
    node_port: Option<u16>,
}

impl From<FullPort> for Port {
    fn from(full: FullPort) -> Self {
        Self {
            port: full.port,
            protocol: full.protocol,
            node_port: full.node_port,
        }
    }
}

impl Short for Port {
    const EXPECTED: &'static str = "the number of a port, from 1 to 65535, or {port: 9090, …}";

    type Full = FullPort;

    fn of_word<E: Error>(_: &str) -> Option<Result<Self, E>> {
        None
    }

    fn of_number(number: u64) -> Option<Self> {
        Some(Self {
            port: u16::try_from(number).ok()?,
            protocol: Protocol::default(),
            node_port: None,
        })
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        short::read(deserializer)
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FullService {
    #[serde(default, rename = "type")]
    kind: ServiceType,
    name: Option<String>,
}

impl From<FullService> for Service {
    fn from(full: FullService) -> Self {
        Self {
            kind: full.kind,
            name: full.name,
        }
    }
}

impl Short for Service {
    const EXPECTED: &'static str = "a type of Service, such as NodePort, or {type: NodePort, name: …}";

    type Full = FullService;

    fn of_word<E: Error>(word: &str) -> Option<Result<Self, E>> {
        let word: StrDeserializer<'_, E> = word.into_deserializer();
        Some(ServiceType::deserialize(word).map(|kind| Self { kind, name: None }))
    }

    fn of_number(_: u64) -> Option<Self> {
        None
    }
}

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        short::read(deserializer)
    }
}

impl Port {
    pub(super) fn check(&self, name: &str) -> Result<(), Mistake> {
        let letter = name.contains(|c: char| c.is_ascii_lowercase());
        if !letter || name.len() > LONGEST || name.contains("--") || !is_label(name) {
            return Err(Mistake::PortName(name.to_owned()));
        }
        if self.port == 0 || self.node_port == Some(0) {
            return Err(Mistake::PortNumber(name.to_owned()));
        }
        Ok(())
    }
}

impl Service {
    pub(super) fn check(&self) -> Result<(), Mistake> {
        let good = |name: &str| is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase());
        match self.name.as_ref().filter(|name| !good(name)) {
            Some(name) => Err(Mistake::ServiceName(name.clone())),
            None => Ok(()),
        }
    }
}
