//! The operations: what a caller can request of podbay. Each has one file with its request, its reply and
//! its code.
//!
//! ```text
//!   ROS service, HTTP ── Call ──> serve: limits concurrency ──┐
//!   command ──────────────────────────────────────────────────┴─> perform ──> Operation::run ──> bridge
//!                                                  panics, metrics, log of changes
//! ```
//!
//! ROS, HTTP and the command line convert their own requests into operations, and replies into their own
//! responses. Nothing here knows them. ARCHITECTURE.md describes how to add an operation.

mod call;
mod create_pod;
mod delete_pod;
mod exec_in_pod;
mod get_logs;
mod get_pod;
mod list_launches;
mod list_pods;
mod perform;
mod restart_pod;
mod start_launch;
mod stop_launch;
mod translate_launch;

use std::fmt;
use std::future::Future;

use crate::bridge::Bridge;
use podbay_core::names::PodKey;
use podbay_core::object::ObjectRef;
use podbay_core::request::{Caller, Refusal};

pub use crate::bridge::{LaunchRequest, SourceFields};
pub(crate) use call::leaving;
pub use call::{Call, Calls, Job, Pending, PendingReply, send, serve};
pub use create_pod::{CreatePod, Created};
pub use delete_pod::DeletePod;
pub use exec_in_pod::{ExecInPod, Exited};
pub use get_logs::{GetLogs, Log};
pub use get_pod::{Found, GetPod};
pub use list_launches::{Launches, ListLaunches};
pub use list_pods::{ListPods, Pods};
pub use perform::perform;
pub(crate) use perform::turned_away;
pub use restart_pod::RestartPod;
pub use start_launch::{StartLaunch, Started};
pub use stop_launch::StopLaunch;
pub use translate_launch::{TranslateLaunch, Translated};

/// An operation. A value of the type is a request for it.
pub trait Operation: fmt::Debug + Send + Sized + 'static {
    /// The reply to a request that succeeded.
    type Reply: Send + 'static;

    /// Its name in the log, in metrics and as a ROS service: `create_pod`.
    const NAME: &'static str;

    /// The limit on concurrent requests that it counts against.
    const KIND: Kind = Kind::Change;

    /// Whether it changes something in the cluster or in a container. Changes are logged, and are finished
    /// even if the caller has gone.
    const MUTATES: bool;

    /// Whether this request changes something, if the operation does.
    fn mutates(&self) -> bool {
        Self::MUTATES
    }

    /// Its subject, for the log.
    fn about(&self) -> String;

    /// Carries it out.
    fn run(self, context: &mut Context<'_>) -> impl Future<Output = Result<Self::Reply, Refusal>> + Send;
}

/// Kind of work of an operation. Each kind has its own limit on concurrent requests from the ROS graph, so
/// that slow requests do not delay quick ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Answered from the model, or by one request to the cluster.
    Read,
    /// Everything else: changes and translations.
    Change,
}

/// What an operation works with.
pub struct Context<'a> {
    bridge: &'a Bridge,
    caller: &'a Caller,
    /// The objects it has changed, in order, for the log.
    touched: Vec<ObjectRef>,
}

/// The reply of an operation that only reports what it did, in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done(pub String);

/// A pod as requested, possibly without its namespace.
fn asked(key: &PodKey) -> String {
    match key.namespace.as_str() {
        "" => key.name.clone(),
        _ => key.to_string(),
    }
}
