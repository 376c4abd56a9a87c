//! What a caller may ask of podbay: one file per operation, with its request, its reply and what it does.
//!
//! ```text
//!   ROS service, HTTP ── Call ──> serve: so many at once ──┐
//!   command ───────────────────────────────────────────────┴─> perform ──> Operation::run ──> bridge
//!                                     panics, metrics, the line in the log
//! ```
//!
//! Who asks turns its own request into one of these and its own response out of the reply; nothing here knows ROS, HTTP
//! or the command line. ARCHITECTURE.md says how an operation is added.

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
pub use call::{Answer, Asked, Call, Calls, send, serve};
pub use create_pod::{CreatePod, Created};
pub use delete_pod::DeletePod;
pub use exec_in_pod::{ExecInPod, Exited};
pub use get_logs::{GetLogs, Log};
pub use get_pod::{Found, GetPod};
pub use list_launches::{Launches, ListLaunches};
pub use list_pods::{ListPods, Pods};
pub use perform::perform;
pub use restart_pod::RestartPod;
pub use start_launch::{StartLaunch, Started};
pub use stop_launch::StopLaunch;
pub use translate_launch::{TranslateLaunch, Translated};

/// Something a caller may ask for: a value of this type is the request.
pub trait Operation: fmt::Debug + Send + Sized + 'static {
    /// What comes of it.
    type Reply: Send + 'static;

    /// Its name, such as `create_pod`: of the ROS service, in the log and in metrics.
    const NAME: &'static str;

    /// Whose place it takes among the requests from the ROS graph.
    const KIND: Kind = Kind::Change;

    /// Whether it changes something in the cluster or in a container. Then it leaves a line in the log, and is finished
    /// even when its caller has gone.
    fn mutates(&self) -> bool;

    /// What it is about, for the log.
    fn about(&self) -> String;

    /// Carries it out, or says why not.
    fn run(self, context: &mut Context<'_>) -> impl Future<Output = Result<Self::Reply, Refusal>> + Send;
}

/// What kind of work an operation is. Each kind has places of its own, so that slow work does not keep quick looks from
/// being answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Answered from what is known, or by one look.
    Read,
    /// Everything else: changes and translations.
    Change,
}

/// What an operation works with, and where it says what it did.
pub struct Context<'a> {
    bridge: &'a Bridge,
    caller: &'a Caller,
    /// Objects that it has changed, in order, for the log.
    touched: Vec<ObjectRef>,
}

/// What was done, in a sentence: the reply of operations that bring nothing back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done(pub String);

/// A pod as it was asked for, maybe without its namespace.
fn asked(key: &PodKey) -> String {
    match key.namespace.as_str() {
        "" => key.name.clone(),
        _ => key.to_string(),
    }
}
