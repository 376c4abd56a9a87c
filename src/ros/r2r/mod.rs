//! Backend over rcl, through r2r: any middleware of the sourced ROS 2.
//!
//! ```text
//!   node ──┬── spin     the thread that the rcl node lives on
//!          ├── topic    typed publishers and subscriptions
//!          ├── service  requests and their replies
//!          └── graph    the nodes in the graph, as rcl reports them
//! ```
//!
//! rcl itself reads arguments and environment of the process: node name, namespace, remap rules, domain and
//! discovery range. [`NodeOptions`](podbay_core::node::NodeOptions) are read from the same.

mod graph;
pub(super) mod msgs;
mod node;
mod qos;
mod rcl;
mod service;
mod spin;
mod topic;

pub(crate) use node::Node;
pub(crate) use topic::{Latched, Publisher};
