//! Backend over rcl, through r2r: any middleware that the sourced ROS 2 has.
//!
//! ```text
//!   node ──┬── spin     the thread that the rcl node lives on
//!          ├── topic    typed publishers and subscriptions
//!          ├── service  requests and their answers
//!          └── graph    who is there, as rcl itself says
//! ```
//!
//! rcl reads arguments and environment of the process itself: node name, namespace, remap rules, domain and
//! discovery range. They are the ones that [`NodeOptions`](podbay_core::node::NodeOptions) were made of.

mod graph;
pub mod msgs;
mod node;
mod qos;
mod rcl;
mod service;
mod spin;
mod topic;

/// See [`NAME`](super::NAME).
pub(super) const NAME: &str = "r2r";

pub(crate) use node::Node;
pub(crate) use topic::{Latched, Publisher};
