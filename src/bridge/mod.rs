//! Where ROS and Kubernetes meet, and the only place where they do: what operations share, and the reports to
//! the graph.
//!
//! ```text
//!   operation ──┬── pods      manifest ─> policy ─> cluster
//!               └── launches  launch ─> render ─> policy ─> cluster
//!   model ──> report ──> ROS topics
//! ```
//!
//! The operations in [`operation`](crate::operation) use these pieces.

pub(crate) mod admit;
mod commands;
pub mod evaluate;
pub(crate) mod hidden;
mod launches;
pub(crate) mod manifest;
pub(crate) mod mark;
mod pods;
mod profiles;
mod queue;
pub(crate) mod quota;
pub(crate) mod remove;
pub mod report;
mod restart;
mod source;
pub(crate) mod sure;
mod translate;
mod turns;

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::metrics::Metrics;
use podbay_core::cluster::Cluster;
use podbay_core::model;
use podbay_core::policy::Policy;

pub use profiles::Profiles;
pub use quota::Quota;
pub use restart::{Restarts, finish as finish_restarts};
pub use source::{LaunchRequest, SourceFields};
pub use translate::{Commands, Translation, Translator};
pub use turns::{THREAD, Turns};

/// What operations work with: pure parts for decisions, and the cluster.
pub struct Bridge {
    /// Runs the pods.
    pub cluster: Arc<dyn Cluster>,
    /// The known pods.
    pub model: model::Handle,
    /// The policy for ROS callers.
    pub policy: Policy,
    /// Translates launch files to objects.
    pub translator: Translator,
    /// Limits for what ROS callers may create.
    pub quota: Quota,
    /// Request counts and latencies.
    pub metrics: Metrics,
    /// Restarts of pods in progress.
    pub restarts: Restarts,
    /// Requests at work. What they have begun is finished before podbay ends.
    pub at_work: TaskTracker,
}
