//! The cluster port: what podbay needs from a cluster, in podbay's own types.
//!
//! ```text
//!   bridge ── Cluster ──┬── kube      a real API server
//!                       └── embedded  local processes of this machine
//! ```

pub mod pod;

use std::time::Duration;

use futures::future::BoxFuture;
use futures::stream::BoxStream;
use tokio::sync::mpsc;

pub use crate::change::{Change, Event};
use crate::names::PodKey;
use crate::object::{Object, ObjectRef};

/// Destination of a cluster's events. Bounded, so that a slow reader slows the watch instead of filling
/// memory.
pub type Events = mpsc::Sender<Event>;

/// Why a cluster operation failed. Only [`Error::Unreachable`] and [`Error::Conflict`] may be retried
/// unchanged.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("{0} does not exist")]
    NotFound(ObjectRef),
    #[error("namespace {0} does not exist; create it or name one that exists")]
    NoNamespace(String),
    #[error("{0} already exists; delete it first, or choose another name")]
    Exists(ObjectRef),
    #[error("not allowed by the cluster: {message}")]
    Forbidden { message: String },
    #[error("{object} is invalid: {message}")]
    Invalid { object: ObjectRef, message: String },
    #[error("{object} was modified concurrently: {message}")]
    Conflict { object: ObjectRef, message: String },
    #[error("{0}")]
    Refused(String),
    #[error("the cluster at {server} is not responding: {message}")]
    Unreachable { server: String, message: String },
    #[error(
        "the reply of the cluster at {server} about {object} exceeds the limit of {} MiB; check that it is a \
         Kubernetes API server",
        limit >> 20
    )]
    TooLarge {
        server: String,
        object: ObjectRef,
        limit: usize,
    },
}

impl Error {
    /// One word, for metrics.
    pub fn word(&self) -> &'static str {
        match self {
            Self::NotFound(_) => "not_found",
            Self::NoNamespace(_) => "no_namespace",
            Self::Exists(_) => "exists",
            Self::Forbidden { .. } => "forbidden",
            Self::Invalid { .. } => "invalid",
            Self::Conflict { .. } => "conflict",
            Self::Refused(_) => "refused",
            Self::Unreachable { .. } => "unreachable",
            Self::TooLarge { .. } => "too_large",
        }
    }
}

/// Result of a cluster operation.
pub type Result<T> = std::result::Result<T, Error>;

/// Which log to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// The pod.
    pub key: PodKey,
    /// The container; "" for the only one.
    pub container: String,
    /// Number of last lines to return; 0 for all.
    pub tail_lines: u32,
    /// Read the log of the container's previous run.
    pub previous: bool,
}

/// A command to run in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exec {
    /// The pod.
    pub key: PodKey,
    /// The container; "" for the only one.
    pub container: String,
    /// Program and arguments.
    pub command: Vec<String>,
    /// Time limit.
    pub timeout: Duration,
}

/// Output of a command run in a container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExecOutput {
    /// Exit code of the command.
    pub exit_code: i32,
    /// Standard output, lossily decoded.
    pub stdout: String,
    /// Standard error, lossily decoded.
    pub stderr: String,
}

/// Lines of a log, as they are written.
pub type LogLines = BoxStream<'static, Result<String>>;

/// Counts what the connection to a cluster does, for example in Prometheus metrics.
pub trait Meter: Send + Sync {
    /// A request to the API server succeeded or failed, after this time.
    fn api_request(&self, verb: &'static str, outcome: &'static str, took: Duration);
    /// The watch restarts with a listing.
    fn watch_restarted(&self);
    /// The watch has received something.
    fn watch_heard(&self);
}

/// A cluster. Dropping a future cancels the operation; requests already sent to the cluster remain
/// in effect.
pub trait Cluster: Send + Sync + 'static {
    /// Name of the cluster, for a person (`kube https://10.0.0.1:6443`, `embedded`).
    fn name(&self) -> String;

    /// Namespace for requests that name none.
    fn default_namespace(&self) -> &str;

    /// Namespaces that podbay watches and may change; empty means all.
    fn scope(&self) -> &[String];

    /// Whether pods are merely processes of podbay's own user on this machine.
    fn runs_local_processes(&self) -> bool {
        false
    }

    /// Sends every change to `events`, beginning with a `Reset`, until the receiver is gone.
    fn watch(&self, events: Events) -> BoxFuture<'_, ()>;

    /// Creates `object` and returns it as stored; [`Error::Exists`] if it already exists.
    fn create<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>>;

    /// Server-side apply of `object` with field manager `podbay`.
    fn apply<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>>;

    /// The current state of the object.
    fn get<'a>(&'a self, what: &'a ObjectRef) -> BoxFuture<'a, Result<Object>>;

    /// Deletes it and, in the background, what it owns. Returns once the cluster has accepted the request;
    /// [`Cluster::watch`] shows the end. `grace` overrides the pod's own termination grace period.
    fn delete<'a>(&'a self, what: &'a ObjectRef, grace: Option<Duration>) -> BoxFuture<'a, Result<()>>;

    /// Deletes it like [`Cluster::delete`], if it still has this uid; [`Error::Conflict`] if another object
    /// has its name.
    fn delete_exactly<'a>(
        &'a self,
        what: &'a ObjectRef,
        uid: &'a str,
        grace: Option<Duration>,
    ) -> BoxFuture<'a, Result<()>>;

    /// The ConfigMaps with the label `label`, in all namespaces in scope.
    fn config_maps<'a>(&'a self, label: &'a str) -> BoxFuture<'a, Result<Vec<Object>>>;

    /// A container's log.
    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<String>>;

    /// A container's log from its start, and as it grows, until the container ends.
    fn follow<'a>(&'a self, pod: &'a PodKey, container: &'a str) -> BoxFuture<'a, Result<LogLines>>;

    /// Runs a command in a container and waits for its end.
    fn exec<'a>(&'a self, command: &'a Exec) -> BoxFuture<'a, Result<ExecOutput>>;
}
