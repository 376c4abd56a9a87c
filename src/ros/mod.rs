//! The ROS port: podbay's node in the ROS 2 graph. It speaks `domain`.
//!
//! ```text
//!   bridge ── Ros ── offer (which services and topics) ── convert ──┬── dds  RustDDS, nothing to install
//!                                                                   └── r2r  rcl, any rmw
//! ```

pub mod arguments;
pub mod backend;
mod calls;
mod convert;
mod error;
pub mod middleware;
mod names;
mod offer;
mod parameters;
pub(crate) mod qos;

use std::borrow::Borrow;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::domain::health::{Diagnostic, PodEvent, PodReport};
use crate::domain::request::Call;
use backend::Node;
use calls::Calls;
use offer::Topics;
use parameters::Parameters;

pub use crate::domain::names::Nodes;
pub use crate::domain::node::{DiscoveryRange, NodeOptions, Parameter};
pub use backend::{MULTICAST_ONLY, NAME as BACKEND};
pub use error::Error;

/// podbay's node. It is in the graph, with all its services and topics, from [`Ros::open`] to [`Ros::close`].
pub struct Ros {
    name: String,
    node: Node,
    topics: Topics,
}

/// Severity of a line on `/rosout`, as `rcl_interfaces/msg/Log` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[allow(missing_docs)]
pub enum LogLevel {
    Debug = 10,
    Info = 20,
    Warn = 30,
    Error = 40,
}

impl Ros {
    /// Joins the graph and offers podbay's services; what callers ask goes to `calls`.
    pub async fn open(options: NodeOptions, calls: mpsc::Sender<Call>) -> Result<Self, Error> {
        let parameters = Arc::new(Parameters::new(&options.parameters));
        let name = options.fully_qualified_name();
        let node = Node::open(options).await?;
        let topics = offer::topics(&node)?;
        offer::services(&node, &Calls::new(calls))?;
        offer::parameters(&node, &parameters)?;
        Ok(Self { name, node, topics })
    }

    /// Fully qualified name of the node.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes the pods of `cluster` what `~/pods` tells, to readers that come later too. Returns at once.
    pub fn publish_pods(&self, cluster: &str, pods: &[impl Borrow<PodReport>]) -> Result<(), Error> {
        self.topics.pods.set(&convert::pod::array(cluster, pods))
    }

    /// Publishes one change on `~/pod_events`.
    pub async fn publish_event(&self, event: &PodEvent) -> Result<(), Error> {
        self.topics.events.publish(&convert::pod::event(event)).await
    }

    /// Publishes statuses on `/diagnostics`.
    pub async fn publish_diagnostics(&self, statuses: &[Diagnostic]) -> Result<(), Error> {
        self.topics
            .diagnostics
            .publish(&convert::status::diagnostics(statuses))
            .await
    }

    /// Publishes a line of the logger `name` on `/rosout`.
    pub async fn log(&self, level: LogLevel, name: &str, text: &str) -> Result<(), Error> {
        self.topics
            .rosout
            .publish(&convert::status::log(level, name, text))
            .await
    }

    /// Fully qualified names of the nodes in the graph now.
    pub fn nodes(&self) -> watch::Receiver<Nodes> {
        self.node.nodes()
    }

    /// Leaves the graph; peers see it at once.
    pub async fn close(self) {
        drop(self.topics);
        self.node.close().await;
    }
}

/// A node that only looks at the graph.
pub struct Observer {
    node: Node,
}

impl Observer {
    /// Joins the graph.
    pub async fn open(options: NodeOptions) -> Result<Self, Error> {
        Ok(Self {
            node: Node::open(options).await?,
        })
    }

    /// See [`Ros::nodes`].
    pub fn nodes(&self) -> watch::Receiver<Nodes> {
        self.node.nodes()
    }

    /// See [`Ros::close`].
    pub async fn close(self) {
        self.node.close().await;
    }
}
