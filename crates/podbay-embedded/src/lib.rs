//! The embedded cluster: pods without Kubernetes. Containers run as processes of this machine, under the
//! kubelet's rules.
//!
//! ```text
//!   Cluster port ─► admit ─► store ◄──── status ──── worker (one per pod) ◄─► state (pure rules)
//!                              │                       │ starts, stops
//!                              ▼ news                  ▼
//!                            watch                   runner (one per container) ─► shim ─► process
//! ```
//!
//! * The image is ignored: the machine stands in for it, with podbay's environment and working directory, and no
//!   entrypoint, so `args` alone are run as they are. A container's `PATH` also has the directory of podbay.
//! * Containers share the machine's network and process table; every pod's address is 127.0.0.1.
//! * Volumes are seen at their mount paths through a mount namespace of the container's own, for a plain user
//!   within a user namespace. Where the machine forbids that, mount paths in the command, the arguments and the
//!   environment are replaced by the directories of the volumes, and podbay says so once.
//! * Nothing outlives podbay, not even one that was killed: see [`shim`].
//! * Objects live in memory, as long as podbay does.

mod admit;
mod backoff;
mod conditions;
mod data;
mod env;
mod exec;
mod facts;
mod gc;
mod log;
pub mod open_files;
mod options;
mod pods;
mod probe;
mod process;
mod program;
mod recipe;
mod record;
mod runner;
mod shim;
mod site;
mod state;
mod status;
mod store;
mod volumes;
mod watch;
mod worker;

use std::sync::{Arc, Once};
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};

pub use backoff::BackoffRule;
pub use options::{EmbeddedOptions, SetupError};
pub use program::{Finished, Program, ProgramError, Scratch};
pub use shim::run_if_asked;

use admit::Admission;
use podbay_core::cluster::{Cluster, Error, Events, Exec, ExecOutput, LogLines, LogQuery, Result};
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};
use pods::Pods;
use store::Store;

/// A cluster of one machine, this one.
pub struct EmbeddedCluster {
    admission: Admission,
    store: Arc<Store>,
    pods: Pods,
}

impl EmbeddedCluster {
    /// An empty cluster.
    pub fn new(options: EmbeddedOptions) -> std::result::Result<Self, SetupError> {
        let setup = options.set_up()?;
        let store = Arc::new(Store::new());
        Ok(Self {
            admission: setup.admission,
            pods: Pods::new(setup.machine, setup.rule, Arc::clone(&store)),
            store,
        })
    }

    /// Stops every pod, each within its own grace period, and returns when all are gone. Takes no new pods
    /// afterwards.
    pub async fn shutdown(&self) {
        self.pods.shut_down(None).await;
    }

    /// Kills every process, and waits for nothing else.
    pub async fn kill(&self) {
        self.pods.shut_down(Some(Duration::ZERO)).await;
    }

    fn create_now(&self, object: &Object, dry_run: bool) -> Result<Object> {
        self.pods.check_open()?;
        let object = self.admission.admit(object)?;
        let stored = self.store.create(object, dry_run)?;
        if stored.kind() == "Pod" && !dry_run {
            say_once_that_images_are_ignored();
            admit::tell_ignored(&stored);
            self.pods.start(&stored)?;
        }
        self.collect_garbage();
        Ok(Object::clone(&stored))
    }

    fn apply_now(&self, object: &Object, dry_run: bool) -> Result<Object> {
        let admitted = self.admission.admit(object)?;
        let key = admitted.reference();
        if self.store.get(&key).is_err() {
            return self.create_now(object, dry_run);
        }
        let merged = self
            .store
            .update(&key, dry_run, |old| admit::merge(old, &admitted))?;
        Ok(Object::clone(&merged))
    }

    /// Only the object of this uid, if one is given.
    fn delete_now(&self, what: &ObjectRef, uid: Option<&str>, grace: Option<Duration>) -> Result<()> {
        let object = self.store.get(what)?;
        if let Some(uid) = uid.filter(|uid| *uid != object.uid()) {
            let message = format!("its uid is {}, not {uid}", object.uid());
            return Err(Error::Conflict {
                object: what.clone(),
                message,
            });
        }
        if what.kind == "Pod" {
            self.pods.delete(&object, grace);
        } else {
            self.store.remove(what, object.uid());
        }
        self.collect_garbage();
        Ok(())
    }

    /// Deletes what lost its last owner; a pod may stay for its grace period.
    fn collect_garbage(&self) {
        for orphan in self.store.orphans() {
            if let Ok(object) = self.store.get(&orphan)
                && object.text("/metadata/deletionTimestamp").is_empty()
            {
                let _gone_meanwhile = self.delete_now(&orphan, Some(object.uid()), None);
            }
        }
    }
}

fn say_once_that_images_are_ignored() {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        tracing::info!("the embedded cluster ignores images: containers run programs of this machine");
    });
}

impl Cluster for EmbeddedCluster {
    fn name(&self) -> String {
        "embedded".to_owned()
    }

    fn default_namespace(&self) -> &str {
        self.admission.namespaces.first().map_or("", String::as_str)
    }

    fn scope(&self) -> &[String] {
        &self.admission.namespaces
    }

    fn runs_local_processes(&self) -> bool {
        true
    }

    fn watch(&self, events: Events) -> BoxFuture<'_, ()> {
        watch::tell(&self.store, events).boxed()
    }

    fn create<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        async move { self.create_now(object, dry_run) }.boxed()
    }

    fn apply<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        async move { self.apply_now(object, dry_run) }.boxed()
    }

    fn get<'a>(&'a self, what: &'a ObjectRef) -> BoxFuture<'a, Result<Object>> {
        async move { self.store.get(what).map(|object| Object::clone(&object)) }.boxed()
    }

    fn delete<'a>(&'a self, what: &'a ObjectRef, grace: Option<Duration>) -> BoxFuture<'a, Result<()>> {
        async move { self.delete_now(what, None, grace) }.boxed()
    }

    fn delete_exactly<'a>(
        &'a self,
        what: &'a ObjectRef,
        uid: &'a str,
        grace: Option<Duration>,
    ) -> BoxFuture<'a, Result<()>> {
        async move { self.delete_now(what, Some(uid), grace) }.boxed()
    }

    fn config_maps<'a>(&'a self, label: &'a str) -> BoxFuture<'a, Result<Vec<Object>>> {
        async move { Ok(self.store.config_maps(label)) }.boxed()
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<String>> {
        async move { self.pods.logs(query) }.boxed()
    }

    fn follow<'a>(&'a self, pod: &'a PodKey, container: &'a str) -> BoxFuture<'a, Result<LogLines>> {
        async move {
            let follow = self.pods.follow(pod, container)?;
            let lines = stream::unfold(follow, |mut follow| async move {
                let line = follow.next().await?;
                Some((
                    line.map_err(|error| Error::Refused(format!("the log cannot be read: {error}"))),
                    follow,
                ))
            });
            Ok(lines.boxed())
        }
        .boxed()
    }

    fn exec<'a>(&'a self, command: &'a Exec) -> BoxFuture<'a, Result<ExecOutput>> {
        self.pods.exec(command).boxed()
    }
}
