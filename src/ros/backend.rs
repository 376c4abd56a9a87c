//! Selects the backend that connects podbay to the graph.
//!
//! A backend comes with message modules of r2r's layout (`podbay_msgs::srv::CreatePod::Request`) and the traits
//! `Message` and `Service`. It provides `Publisher<M>` with `publish`; `Latched<M>` with `set`; `Subscription<M>`
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

#[cfg(all(test, not(feature = "r2r")))]
mod tests {
    use crate::ros::convert::pod::detailed;
    use podbay_core::health::{Health, Level, NodePresence, PodReport};
    use podbay_core::pod::{Container, ContainerState, Pod};
    use podbay_core::report_size::{self, Detail};
    use podbay_dds::wire::encode;

    /// A pod with `nodes` nodes and long texts.
    fn report(nodes: usize) -> PodReport {
        let node = |number| NodePresence {
            name: format!("/n{number:0>97}"),
            present: true,
        };
        PodReport {
            pod: Pod::running("n", "a"),
            health: Health {
                level: Level::Ok,
                reason: "Running".to_owned(),
                message: "é".repeat(5000),
                nodes: (0..nodes).map(node).collect(),
            },
        }
    }

    #[test]
    fn what_a_pod_takes_is_not_more_than_is_counted() {
        let container = Container {
            name: "c".to_owned(),
            image: "i".repeat(301),
            init: false,
            sidecar: false,
            ready: true,
            restarts: 0,
            state: ContainerState::Waiting {
                reason: "r".to_owned(),
                message: String::new(),
            },
            last: None,
        };
        for (nodes, containers) in [(0, 0), (1, 1), (100, 100)] {
            let mut large = report(nodes);
            large.pod.containers = vec![container.clone(); containers];
            for detail in [Detail::Whole, Detail::Brief] {
                let bytes = encode(&detailed(&large, detail)).unwrap().len();
                let counted = report_size::bytes(&large, detail);
                assert!(
                    bytes <= counted && counted < bytes + bytes / 2 + 512,
                    "{bytes} {counted}"
                );
            }
        }
    }
}
