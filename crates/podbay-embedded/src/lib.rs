//! The embedded cluster: pods without Kubernetes. Containers run as processes of this machine, by the
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
//! * Nothing outlives podbay, not even one that was killed: see [`shim`]. Only the folders of one that was killed
//!   stay, until the next podbay of the same user starts.
//! * Objects live in memory, as long as podbay does. They are parsed once, by [`admit`], and JSON again only where
//!   they leave.

mod admit;
mod backoff;
mod data;
mod deadline;
mod env;
mod exec;
mod facts;
mod log;
mod object;
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
use futures::stream::{self, StreamExt, TryStreamExt};

pub use backoff::BackoffRule;
pub use options::{EmbeddedOptions, SetupError};
pub use program::{Program, ProgramError};
pub use shim::run_if_asked;

use admit::Admission;
use object::Stored;
use podbay_core::cluster::{Cluster, Error, Events, Exec, ExecOutput, LogLines, LogQuery, Result};
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};
use pods::Pods;
use store::Store;

/// A cluster of this machine.
pub struct EmbeddedCluster {
    admission: Admission,
    store: Arc<Store>,
    pods: Pods,
}

impl EmbeddedCluster {
    /// An empty cluster.
    pub fn new(options: EmbeddedOptions) -> std::result::Result<Self, SetupError> {
        let (admission, machine) = options.set_up()?;
        Ok(Self {
            admission,
            store: Arc::clone(&machine.store),
            pods: Pods::new(Arc::new(machine)),
        })
    }

    /// Stops every pod within its grace period, and returns when all have ended. Accepts no pods afterwards.
    pub async fn shutdown(&self) {
        self.pods.shut_down(None).await;
    }

    /// Kills all processes without waiting for anything else.
    pub async fn kill(&self) {
        self.pods.shut_down(Some(Duration::ZERO)).await;
    }

    fn create_now(&self, object: Stored, dry_run: bool) -> Result<Object> {
        self.pods.check_open()?;
        let stored = self.store.create(object, dry_run)?;
        if let Stored::Pod(pod) = &*stored
            && !dry_run
        {
            say_once_that_images_are_ignored();
            admit::tell_ignored(&stored);
            self.pods.start(pod.clone());
        }
        self.collect_garbage();
        Ok(stored.to_object())
    }

    fn apply_now(&self, object: Stored, dry_run: bool) -> Result<Object> {
        let key = object.reference();
        if self.store.get(&key).is_err() {
            return self.create_now(object, dry_run);
        }
        let merged = self
            .store
            .update(&key, dry_run, |old| admit::merge(old, &object))?;
        Ok(merged.to_object())
    }

    /// Deletes only the object with this uid, if given.
    fn delete_now(&self, what: &ObjectRef, uid: Option<&str>, grace: Option<Duration>) -> Result<()> {
        let stored = self.store.get(what)?;
        if let Some(uid) = uid.filter(|uid| *uid != stored.uid()) {
            let (object, message) = (what.clone(), format!("its uid is {}, not {uid}", stored.uid()));
            return Err(Error::Conflict { object, message });
        }
        self.remove(&stored, grace);
        self.collect_garbage();
        Ok(())
    }

    fn remove(&self, stored: &Stored, grace: Option<Duration>) {
        match stored {
            Stored::Pod(_) => self.pods.delete(stored, grace),
            _ => self.store.remove(&stored.reference(), stored.uid()),
        }
    }

    /// Deletes objects without an owner, and what they owned; a pod may remain for its grace period.
    fn collect_garbage(&self) {
        let mut last = false;
        while !last {
            let mut orphans = self.store.orphans();
            orphans.retain(|orphan| orphan.metadata().deletion_timestamp.is_none());
            orphans.iter().for_each(|orphan| self.remove(orphan, None));
            // objects other than pods are deleted at once
            last = orphans.iter().all(|orphan| orphan.kind() == "Pod");
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
        async move { self.create_now(self.admission.admit(object)?, dry_run) }.boxed()
    }

    fn apply<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        async move { self.apply_now(self.admission.admit(object)?, dry_run) }.boxed()
    }

    fn get<'a>(&'a self, what: &'a ObjectRef) -> BoxFuture<'a, Result<Object>> {
        async move { self.store.get(what).map(|stored| stored.to_object()) }.boxed()
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
            let follow = self.pods.log(pod, container, false)?.follow();
            let lines = stream::try_unfold(follow, async |mut follow| {
                let line = follow.next().await?;
                Ok(line.map(|line| (line, follow)))
            });
            let unread = |error: std::io::Error| Error::Refused(format!("the log cannot be read: {error}"));
            Ok(lines.map_err(unread).boxed())
        }
        .boxed()
    }

    fn exec<'a>(&'a self, command: &'a Exec) -> BoxFuture<'a, Result<ExecOutput>> {
        self.pods.exec(command).boxed()
    }
}
