//! A ROS 2 node over RustDDS; nothing to install.
//!
//! ```text
//!   node ──┬── topic    typed publishers and subscriptions
//!          ├── latched  topics that hold a state
//!          ├── service  requests of any middleware (pipe_waker, identity) and their replies (replies, waiting, fragment)
//!          ├── outlet   writers that readers cannot fill up
//!          ├── retained readers that large requests do not fill up
//!          ├── graph    the nodes in the graph (info: its message)
//!          ├── tasks    what runs while the node is open
//!          └── discovery, participant, threads, qos, wire: DDS itself
//! ```

mod discovery;
mod fragment;
mod graph;
mod identity;
mod info;
mod latched;
mod node;
mod outlet;
mod participant;
mod pipe_waker;
mod qos;
mod replies;
mod retained;
mod service;
mod tasks;
mod threads;
mod topic;
mod waiting;
pub mod wire;

pub use latched::Latched;
pub use node::Node;
pub use topic::{Publisher, Subscription};
