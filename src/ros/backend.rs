//! Selects the backend that connects podbay to the graph.
//!
//! A backend provides: the message modules, with r2r's layout (`podbay_msgs::srv::CreatePod::Request`); the
//! traits `Message` and `Service`; `Publisher<M>` with `publish`; `Latched<M>` with `set`; `Subscription<M>`
//! with `messages`; and `Node` with `open`, `publisher`, `latched`, `subscribe`, `serve`, `nodes`, `pulse`
//! and `close`.

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

/// Whether it identifies callers. Otherwise all callers share the limits of one.
pub(crate) const KNOWS_CALLERS: bool = cfg!(not(feature = "r2r"));

/// Whether it discovers nodes only by multicast: not by a server, a router, or a list of peers.
pub const MULTICAST_ONLY: bool = cfg!(not(feature = "r2r"));
