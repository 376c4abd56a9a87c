//! `ports` and `service`: the ports of a process.

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IntoDeserializer};

use super::short::{self, Short};
use crate::profile::check::Found;
use podbay_core::formats::is_label;
use podbay_text::diagnostic::Code;

/// Longest name of a port.
const LONGEST: usize = 15;

/// The form of a port's name.
const NAME: &str = "use at most 15 lowercase letters, digits and single '-', with at least one letter";

/// A port of a process.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(remote = "Self", deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Port {
    /// Port of the process and of the Service.
    pub(crate) port: u16,
    /// Default: TCP.
    #[serde(default)]
    pub(crate) protocol: Protocol,
    /// Port of every host, for a Service of type NodePort or LoadBalancer; chosen by the cluster if unset.
    pub(crate) node_port: Option<u16>,
}

/// Protocol of a port.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Protocol {
    #[default]
    Tcp,
    Udp,
    Sctp,
}

/// The Service for the ports of a pod.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub(crate) struct Service {
    /// Its type.
    #[serde(default, rename = "type")]
    pub(crate) kind: ServiceType,
    /// Its name in the cluster; derived from the launch and the pod if unset.
    pub(crate) name: Option<String>,
}

/// Type of a Service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub(crate) enum ServiceType {
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

impl Short for Port {
    const EXPECTED: &'static str = "a port from 1 to 65535, or {port: 9090, …}";

    fn full<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived reader
        Self::deserialize(deserializer)
    }

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

impl Short for Service {
    const EXPECTED: &'static str = "a Service type, such as NodePort, or {type: NodePort, name: …}";

    fn full<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // the derived reader
        Self::deserialize(deserializer)
    }

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
    pub(super) fn check(&self, name: &str) -> Result<(), Found> {
        let letter = name.contains(|c: char| c.is_ascii_lowercase());
        let is_name = letter && name.len() <= LONGEST && !name.contains("--") && is_label(name);
        let error = if !is_name {
            Code::ProfileName
                .says(format!(
                    "`ports` has the key {name:?}, which is not a valid port name"
                ))
                .help(NAME)
        } else if self.port == 0 || self.node_port == Some(0) {
            Code::ProfileValue
                .says(format!("`ports.{name}` has the invalid port 0"))
                .help("use a port from 1 to 65535")
        } else {
            return Ok(());
        };
        Err(Found::key(format!("ports.{name}"), error))
    }
}

impl Service {
    pub(super) fn check(&self) -> Result<(), Found> {
        let good = |name: &str| is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase());
        let Some(name) = self.name.as_ref().filter(|name| !good(name)) else {
            return Ok(());
        };
        let what = format!("`service.name` is {name:?}, which is not a valid Service name");
        let help = "use at most 63 lowercase letters, digits and '-', beginning with a letter";
        Err(Found::value(
            "service.name",
            Code::ProfileName.says(what).help(help),
        ))
    }
}
