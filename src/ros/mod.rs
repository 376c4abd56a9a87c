//! The ROS port: podbay's node in the ROS 2 graph. It speaks `domain`.
//!
//! ```text
//!   bridge ── Ros ── offer (which services and topics) ── convert ──┬── dds  RustDDS, nothing to install
//!                                                                   └── r2r  rcl, any rmw
//! ```

pub use crate::domain::names::Nodes;

/// How podbay's node joins the graph, after command line and environment were read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOptions {
    /// Node name, `podbay` unless remapped with `__node` / `__name`.
    pub name: String,
    /// Namespace, `/` unless remapped with `__ns`.
    pub namespace: String,
    /// Remap rules (from, to) from `--ros-args -r`.
    pub remappings: Vec<(String, String)>,
    /// `ROS_DOMAIN_ID`, 0 to 232.
    pub domain_id: u16,
    /// How far discovery reaches.
    pub range: DiscoveryRange,
    /// Parameters of the node, for `ros2 param`, by name.
    pub parameters: Vec<(String, Parameter)>,
}

/// `ROS_AUTOMATIC_DISCOVERY_RANGE`, or `ROS_LOCALHOST_ONLY` of older releases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum DiscoveryRange {
    #[default]
    Subnet,
    Localhost,
    Off,
}

/// Value of a ROS parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Parameter {
    Bool(bool),
    Integer(i64),
    String(String),
    StringArray(Vec<String>),
}
