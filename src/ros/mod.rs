//! The ROS port: podbay's node in the ROS 2 graph. It speaks `domain`.
//!
//! ```text
//!   bridge ── Ros ── offer (which services and topics) ── convert ──┬── dds  RustDDS, nothing to install
//!                                                                   └── r2r  rcl, any rmw
//! ```

pub mod dds;

pub use crate::domain::names::Nodes;
pub use crate::domain::node::{DiscoveryRange, NodeOptions, Parameter};
