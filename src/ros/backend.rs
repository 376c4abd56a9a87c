//! Selects the backend that connects podbay to the graph.
//!
//! A backend provides: the message modules, with r2r's layout (`podbay_msgs::srv::CreatePod::Request`); the
//! traits `Message` and `Service`; `Publisher<M>` with `publish`; `Latched<M>` with `set`; `Subscription<M>`
//! with `messages`; and `Node` with `open`, `publisher`, `latched`, `subscribe`, `serve`, `nodes`, `pulse`
//! and `close`.

#[cfg(feature = "r2r")]
#[path = "r2r/mod.rs"]
mod r2r;

#[cfg(feature = "r2r")]
use self::r2r::{self as chosen, msgs};
#[cfg(not(feature = "r2r"))]
use {podbay_dds as chosen, podbay_interfaces as msgs};

pub(crate) use chosen::{Latched, Node, Publisher};
pub(crate) use msgs::{Service, builtin_interfaces, diagnostic_msgs, podbay_msgs, rcl_interfaces, std_msgs};

/// Name of the backend, for a person.
pub const NAME: &str = if cfg!(feature = "r2r") { "r2r" } else { "dds" };

/// Whether it identifies callers. Otherwise all callers share the limits of one.
pub(crate) const KNOWS_CALLERS: bool = cfg!(not(feature = "r2r"));

/// Whether it discovers nodes only by multicast: not by a server, a router, or a list of peers.
pub const MULTICAST_ONLY: bool = cfg!(not(feature = "r2r"));
