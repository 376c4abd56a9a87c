//! Where ROS and Kubernetes meet, and the only place where they do.
//!
//! ```text
//!   Call ──> request ──┬── pods      manifest ─> policy ─> cluster
//!                      └── launches  launch ─> render ─> policy ─> cluster
//!   model ──> report ──> ROS topics
//! ```
//!
//! A request is answered by [`Bridge::answer`], whoever it came from; [`Bridge::run`] answers many at a time.

mod admit;
mod commands;
pub mod evaluate;
mod hidden;
mod launches;
mod manifest;
mod pods;
mod prepared;
mod profiles;
mod queue;
mod quota;
mod remove;
pub mod report;
mod request;
mod restart;
mod sure;
mod translate;
mod turns;

use std::sync::Arc;

use tokio_util::task::TaskTracker;

use crate::metrics::Metrics;
use podbay_core::cluster::Cluster;
use podbay_core::model;
use podbay_core::object::ObjectRef;
use podbay_core::policy::Policy;

pub use profiles::Profiles;
pub use quota::Quota;
pub use restart::{Restarts, finish as finish_restarts};
pub use translate::{Commands, Translation, Translator};
pub use turns::{THREAD, Turns};

/// Objects a request has changed, in order, for the log.
type Touched = Vec<ObjectRef>;

/// Answers requests: decides with the pure parts, acts through the cluster.
pub struct Bridge {
    /// What runs the pods.
    pub cluster: Arc<dyn Cluster>,
    /// What is known of the pods.
    pub model: model::Handle,
    /// What callers from the ROS graph may do.
    pub policy: Policy,
    /// From launch files to objects.
    pub translator: Translator,
    /// How much callers from the ROS graph may have.
    pub quota: Quota,
    /// Request counts and latencies.
    pub metrics: Metrics,
    /// Restarts of pods at work.
    pub restarts: Restarts,
    /// Requests at work. What they have begun is finished before podbay ends.
    pub at_work: TaskTracker,
}
