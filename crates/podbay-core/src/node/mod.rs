//! podbay's own ROS node, for every backend: how it joins the graph, its parameters and topics.

mod error;
mod names;
mod qos;

pub use error::Error;
pub use qos::Qos;

/// The parameter that makes a node use `/clock`.
pub const USE_SIM_TIME: &str = "use_sim_time";

/// How podbay's node joins the graph, according to command line and environment.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeOptions {
    /// Node name, `podbay` unless remapped with `__node` / `__name`.
    pub name: String,
    /// Namespace, `/` unless remapped with `__ns`.
    pub namespace: String,
    /// Remap rules (from, to) from `--ros-args -r`.
    pub remappings: Vec<(String, String)>,
    /// `ROS_DOMAIN_ID`, 0 to 232.
    pub domain_id: u16,
    /// The reach of discovery.
    pub range: DiscoveryRange,
    /// `ROS_DISTRO`; "" if unknown. Releases before Iron serialize the graph's messages differently.
    pub distro: String,
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
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Parameter {
    Bool(bool),
    Integer(i64),
    Double(f64),
    String(String),
    BoolArray(Vec<bool>),
    IntegerArray(Vec<i64>),
    DoubleArray(Vec<f64>),
    StringArray(Vec<String>),
}

impl NodeOptions {
    /// The node `name` in the root namespace of domain 0, with defaults otherwise.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            namespace: "/".to_owned(),
            remappings: Vec::new(),
            domain_id: 0,
            range: DiscoveryRange::default(),
            distro: String::new(),
            parameters: Vec::new(),
        }
    }

    /// `/namespace/name`.
    pub fn fully_qualified_name(&self) -> String {
        format!("{}/{}", self.namespace.trim_end_matches('/'), self.name)
    }

    /// The value of the parameter `name`, if it has one.
    pub fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }
}
