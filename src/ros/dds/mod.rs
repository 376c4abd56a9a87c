//! Backend over RustDDS; nothing to install.
//!
//! ```text
//!   node ──┬── topic    typed publishers and subscriptions
//!          ├── latched  topics that hold a state
//!          ├── service  requests of any middleware (identity) and their replies (replies, waiting, fragment)
//!          ├── outlet   writers that readers cannot fill up
//!          ├── retained readers that large requests do not fill up
//!          ├── graph    the nodes in the graph (info: its message)
//!          └── discovery, participant, threads, qos, wire: DDS itself
//! ```

mod discovery;
mod fragment;
mod graph;
mod identity;
mod info;
mod latched;
pub use podbay_interfaces as msgs;
mod node;
mod outlet;
mod participant;
mod qos;
mod replies;
mod retained;
mod service;
mod threads;
mod topic;
mod waiting;
pub mod wire;

/// See [`NAME`](super::NAME).
pub(super) const NAME: &str = "dds";

pub(crate) use latched::Latched;
pub(crate) use node::Node;
pub(crate) use topic::Publisher;
