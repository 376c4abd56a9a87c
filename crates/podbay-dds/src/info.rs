//! `rmw_dds_common/msg/ParticipantEntitiesInfo`: the ROS nodes of a DDS participant, and the endpoints of
//! each node. Every ROS participant publishes it on `ros_discovery_info`.

use serde::{Deserialize, Serialize};

use crate::wire::{self, Encoding};
use podbay_interfaces::{Fixed, Message};

/// DDS topic of the message.
pub(super) const TOPIC: &str = "ros_discovery_info";
/// DDS type of the message.
pub(super) const TYPE: &str = Info::<16>::DDS_TYPE;

/// The octets that identify an endpoint or a participant.
pub(super) type Guid = [u8; 16];

/// A node and its endpoints.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct NodeInfo {
    pub(super) namespace: String,
    pub(super) name: String,
    pub(super) readers: Vec<Guid>,
    pub(super) writers: Vec<Guid>,
}

/// The layout of GUIDs in this message, which depends on the ROS release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// Iron and later: 16 octets.
    Iron,
    /// Humble and earlier: 16 octets and 8 octets of padding.
    Humble,
}

impl Layout {
    /// The layout of a release, by `ROS_DISTRO`; an unknown one is treated as recent.
    pub(super) fn of(distro: &str) -> Self {
        match distro {
            "humble" | "galactic" | "foxy" => Self::Humble,
            _ => Self::Iron,
        }
    }

    /// The message of `participant`.
    pub(super) fn encode(self, participant: Guid, nodes: &[NodeInfo]) -> Result<Vec<u8>, wire::Error> {
        match self {
            Self::Iron => wire::encode(&Info::<16>::new(participant, nodes)),
            Self::Humble => wire::encode(&Info::<24>::new(participant, nodes)),
        }
    }

    /// Fully qualified names of the nodes in a message.
    pub(super) fn nodes(self, bytes: &[u8], encoding: Encoding) -> Result<Vec<String>, wire::Error> {
        Ok(match self {
            Self::Iron => wire::decode::<Info<16>>(bytes, encoding)?.names(),
            Self::Humble => wire::decode::<Info<24>>(bytes, encoding)?.names(),
        })
    }
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Gid<const N: usize>(#[serde(with = "Fixed::<N>")] Vec<u8>);

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Info<const N: usize> {
    gid: Gid<N>,
    nodes: Vec<Node<N>>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Node<const N: usize> {
    namespace: String,
    name: String,
    readers: Vec<Gid<N>>,
    writers: Vec<Gid<N>>,
}

impl<const N: usize> Message for Info<N> {
    const DDS_TYPE: &'static str = "rmw_dds_common::msg::dds_::ParticipantEntitiesInfo_";
}

impl<const N: usize> Gid<N> {
    fn new(guid: &Guid) -> Self {
        let mut bytes = guid.to_vec();
        bytes.resize(N, 0);
        Self(bytes)
    }
}

impl<const N: usize> Info<N> {
    fn new(participant: Guid, nodes: &[NodeInfo]) -> Self {
        let node = |node: &NodeInfo| Node {
            namespace: node.namespace.clone(),
            name: node.name.clone(),
            readers: node.readers.iter().map(Gid::new).collect(),
            writers: node.writers.iter().map(Gid::new).collect(),
        };
        Self {
            gid: Gid::new(&participant),
            nodes: nodes.iter().map(node).collect(),
        }
    }

    fn names(&self) -> Vec<String> {
        let name = |node: &Node<N>| format!("{}/{}", node.namespace.trim_end_matches('/'), node.name);
        self.nodes.iter().map(name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_back_in_its_own_layout() {
        let node = NodeInfo {
            namespace: "/".to_owned(),
            name: "talker".to_owned(),
            readers: vec![[2; 16]],
            writers: vec![[3; 16], [4; 16]],
        };
        for (layout, gid) in [(Layout::Iron, 16), (Layout::Humble, 24)] {
            let bytes = layout.encode([1; 16], std::slice::from_ref(&node)).unwrap();
            assert_eq!(bytes[..gid].iter().filter(|byte| **byte == 1).count(), 16);
            assert_eq!(layout.nodes(&bytes, Encoding::CDR_LE).unwrap(), ["/talker"]);
        }
    }

    #[test]
    fn releases_have_their_layout() {
        assert_eq!(Layout::of("humble"), Layout::Humble);
        assert_eq!(Layout::of("jazzy"), Layout::Iron);
        assert_eq!(Layout::of(""), Layout::Iron);
    }
}
