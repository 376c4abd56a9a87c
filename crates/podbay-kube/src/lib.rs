//! The cluster behind a Kubernetes API server.
//!
//! ```text
//!   connect ── KubeCluster ──┬── objects      create, apply, get, delete (kinds: which path)
//!                            ├── containers   logs, exec
//!                            └── watch ──┬── sources   the single watches (warnings: events about pods)
//!                                        └── changes   merged into one set
//!   errors    errors of the API server as those of the port
//! ```

mod backoff;
mod changes;
mod connect;
mod containers;
mod errors;
mod kinds;
mod kubeconfig;
mod limit;
mod objects;
mod sources;
mod warnings;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use kube::Client;
use serde_json::Value;

use podbay_core::cluster::{Cluster, Events, Exec, ExecOutput, LogLines, LogQuery, Meter, Result};
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};

pub use connect::{ConnectError, Options};

/// A connection to an API server.
pub struct KubeCluster {
    requests: Client,
    watches: Client,
    server: String,
    namespace: String,
    scope: Vec<String>,
    meter: Arc<dyn Meter>,
}

impl KubeCluster {
    /// Finds the API server, and checks that it responds.
    pub async fn connect(options: Options, meter: Arc<dyn Meter>) -> std::result::Result<Self, ConnectError> {
        let found = connect::connect(&options).await?;
        let scope = match options.scope.is_empty() && options.only_own {
            true => vec![found.namespace.clone()],
            false => options.scope,
        };
        Ok(Self {
            requests: found.requests,
            watches: found.watches,
            server: found.server,
            namespace: found.namespace,
            scope,
            meter,
        })
    }
}

impl Cluster for KubeCluster {
    fn name(&self) -> String {
        format!("kube {}", self.server)
    }

    fn default_namespace(&self) -> &str {
        &self.namespace
    }

    fn scope(&self) -> &[String] {
        &self.scope
    }

    fn watch(&self, events: Events) -> BoxFuture<'_, ()> {
        watch::run(self, events).boxed()
    }

    fn create<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        self.create_object(object, dry_run).boxed()
    }

    fn apply<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        self.apply_object(object, dry_run).boxed()
    }

    fn get<'a>(&'a self, what: &'a ObjectRef) -> BoxFuture<'a, Result<Object>> {
        self.get_object(what).boxed()
    }

    fn delete<'a>(&'a self, what: &'a ObjectRef, grace: Option<Duration>) -> BoxFuture<'a, Result<()>> {
        self.delete_object(what, None, grace).boxed()
    }

    fn delete_exactly<'a>(
        &'a self,
        what: &'a ObjectRef,
        uid: &'a str,
        grace: Option<Duration>,
    ) -> BoxFuture<'a, Result<()>> {
        self.delete_object(what, Some(uid), grace).boxed()
    }

    fn config_maps<'a>(&'a self, label: &'a str) -> BoxFuture<'a, Result<Vec<Object>>> {
        self.list_config_maps(label).boxed()
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<String>> {
        self.read_log(query).boxed()
    }

    fn follow<'a>(&'a self, pod: &'a PodKey, container: &'a str) -> BoxFuture<'a, Result<LogLines>> {
        self.follow_log(pod, container).boxed()
    }

    fn exec<'a>(&'a self, command: &'a Exec) -> BoxFuture<'a, Result<ExecOutput>> {
        self.run_command(command).boxed()
    }
}

/// Removes fields that nobody reads and that are often larger than the rest.
fn prune(object: &mut Value) {
    if let Some(metadata) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
        metadata.remove("managedFields");
    }
}
