//! The one place that chooses how podbay reaches the graph.
//!
//! A backend has: the message modules, laid out as r2r's (`podbay_msgs::srv::CreatePod::Request`); the traits
//! `Message` and `Service`; `Publisher<M>` with `publish`; `Latched<M>` with `set`; `Subscription<M>` with
//! `messages`; and `Node` with `open`, `publisher`, `latched`, `subscribe`, `serve`, `nodes`, `pulse` and `close`.

#[cfg(not(feature = "r2r"))]
#[path = "dds/mod.rs"]
pub mod dds;
#[cfg(feature = "r2r")]
#[path = "r2r/mod.rs"]
pub mod r2r;

#[cfg(not(feature = "r2r"))]
use self::dds as chosen;
#[cfg(feature = "r2r")]
use self::r2r as chosen;

pub(crate) use chosen::msgs::{
    Service, builtin_interfaces, diagnostic_msgs, podbay_msgs, rcl_interfaces, std_msgs,
};
pub(crate) use chosen::{Latched, Node, Publisher};

/// Name of the backend, for a person.
pub const NAME: &str = chosen::NAME;

/// Whether it tells callers apart. Where it does not, all of them share what one may ask.
pub(crate) const KNOWS_CALLERS: bool = cfg!(not(feature = "r2r"));

/// Whether it finds other nodes by multicast only: neither by a server, nor by a router, nor by a list of peers.
pub const MULTICAST_ONLY: bool = cfg!(not(feature = "r2r"));
