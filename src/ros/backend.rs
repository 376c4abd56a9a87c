//! The one place that chooses how podbay reaches the graph.
//!
//! A backend has: the message modules, laid out as r2r's (`podbay_msgs::srv::CreatePod::Request`); the traits
//! `Message` and `Service`; `Publisher<M>` with `publish`; `Latched<M>` with `set`; `Subscription<M>` with
//! `messages`; and `Node` with `open`, `publisher`, `latched`, `subscribe`, `serve`, `nodes` and `close`.

pub(crate) use super::dds::msgs::Service;
pub(crate) use super::dds::msgs::{
    builtin_interfaces, diagnostic_msgs, podbay_msgs, rcl_interfaces, std_msgs,
};
pub(crate) use super::dds::{Latched, Node, Publisher};

/// Name of the backend, for a person.
pub const NAME: &str = "dds";
