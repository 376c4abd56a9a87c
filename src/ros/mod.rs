//! The ROS port: podbay's node in the ROS 2 graph, in podbay's own types.
//!
//! ```text
//!   bridge ── Ros ── offer (which services and topics) ── convert ──┬── podbay-dds  nothing to install
//!                                                                   └── r2r         rcl, any rmw
//! ```

pub mod arguments;
pub mod backend;
mod calls;
mod convert;
mod fair;
pub mod middleware;
mod offer;
mod parameters;

use std::borrow::Borrow;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::metrics::Metrics;
use crate::operation;
use backend::Node;
use calls::Calls;
use offer::Topics;
use parameters::Parameters;
use podbay_config::limits::Limits;
use podbay_core::health::{DiagnosticStatus, PodEvent, PodReport};
use podbay_core::report_size::{self, Missed};
use podbay_text::lengths;

pub use backend::{MULTICAST_ONLY, NAME as BACKEND};
pub(crate) use fair::IN_FLIGHT;
pub use podbay_core::names::Nodes;
pub use podbay_core::node::{DiscoveryRange, Error, NodeOptions, Parameter};

/// podbay's node. It is in the graph, with all its services and topics, from [`Ros::open`] to [`Ros::close`].
pub struct Ros {
    name: String,
    node: Node,
    topics: Topics,
}

/// Severity of a line on `/rosout`, as in `rcl_interfaces/msg/Log`.
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
    /// Joins the graph and offers podbay's services; requests go to `calls`, within `limits`. Others are
    /// counted in `metrics`.
    pub async fn open(
        options: NodeOptions,
        limits: &Limits,
        calls: operation::Calls,
        metrics: Metrics,
    ) -> Result<Self, Error> {
        let parameters = Arc::new(Parameters::new(&options.parameters));
        let name = options.fully_qualified_name();
        let node = Node::open(options).await?;
        let topics = offer::topics(&node)?;
        let calls = Calls::new(calls, limits, metrics);
        offer::services(&node, &calls)?;
        offer::parameters(&node, &calls, &parameters)?;
        Ok(Self { name, node, topics })
    }

    /// Fully qualified name of the node.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Sets the pods of `cluster` as the state of `~/pods`, also for late readers, and returns what had to be
    /// omitted. Does not wait.
    pub fn publish_pods(&self, cluster: &str, pods: &[impl Borrow<PodReport>]) -> Result<Missed, Error> {
        let (array, missed) = convert::pod::array(cluster, pods);
        self.topics.pods.set(&array).map(|()| missed)
    }

    /// Publishes one change on `~/pod_events`.
    pub(crate) async fn publish_event(&self, event: &PodEvent) -> Result<(), Error> {
        self.topics.events.publish(&convert::pod::event(event)).await
    }

    /// Publishes statuses on `/diagnostics`, split into as many messages as necessary.
    pub(crate) async fn publish_diagnostics(&self, statuses: &[DiagnosticStatus]) -> Result<(), Error> {
        for piece in report_size::pieces(statuses, lengths::REPLY) {
            let message = convert::status::diagnostics(piece);
            self.topics.diagnostics.publish(&message).await?;
        }
        Ok(())
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

    /// Waits until the node has stopped working without being closed, and returns why. It does not recover.
    pub(crate) fn failed(&self) -> impl Future<Output = String> + Send + 'static + use<> {
        failed(self.node.pulse())
    }

    /// Leaves the graph; peers see it at once.
    pub async fn close(self) {
        drop(self.topics);
        self.node.close().await;
    }
}

/// A node that only observes the graph.
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

    /// See [`Ros::failed`].
    pub(crate) fn failed(&self) -> impl Future<Output = String> + Send + 'static + use<> {
        failed(self.node.pulse())
    }

    /// See [`Ros::close`].
    pub async fn close(self) {
        self.node.close().await;
    }
}

/// How often the node is checked.
const PULSE: Duration = Duration::from_millis(500);

async fn failed(pulse: impl Fn() -> Result<(), String>) -> String {
    loop {
        if let Err(reason) = pulse() {
            return format!("podbay's ROS node no longer works: {reason}");
        }
        tokio::time::sleep(PULSE).await;
    }
}
