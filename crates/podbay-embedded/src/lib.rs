//! The embedded cluster: pods without Kubernetes. Containers run as processes of this machine, by the
//! kubelet's rules.
//!
//! ```text
//!   Cluster port ─► admit ─► store ◄──── status ──── worker (one per pod) ◄─► state (pure rules)
//!                              │                       │ starts, stops
//!                              ▼ news                  ▼
//!                            watch                    run (one per container) ─► shim ─► process
//! ```
//!
//! * Images are ignored: a container has the file system of this machine, podbay's environment and working
//!   directory, and no entrypoint, so `args` alone are a command. Its `PATH` ends with the directory of podbay.
//! * Containers share the network and the process table of the machine; every pod's address is 127.0.0.1.
//! * Volumes are mounted in a mount namespace of the container, for an unprivileged user in a user namespace.
//!   If the machine does not permit that, mount paths in the command, the arguments and the environment are
//!   replaced by the directories of the volumes, which is logged once.
//! * Nothing outlives podbay, even if it is killed: see `shim`. Only the directories of a killed podbay
//!   remain until the next podbay of the same user starts.
//! * Objects live in memory. They are parsed once, by `admit`, and become JSON again only for output.

mod admit;
mod container;
mod data;
mod deadline;
mod env;
mod exec;
mod facts;
mod inside;
mod log;
mod object;
pub mod open_files;
mod options;
mod orphans;
mod probe;
mod process;
mod program;
mod restart;
mod shim;
mod site;
mod start;
mod state;
mod status;
mod store;
mod volumes;
mod watch;
mod worker;

use std::collections::BTreeMap;
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::StreamExt;
use parking_lot::Mutex;
use tokio_util::task::TaskTracker;

pub use options::{EmbeddedOptions, SetupError};
pub use program::{Program, ProgramError, ProgramOutput};
pub use restart::BackoffRule;
pub use shim::run_if_asked;

use admit::Admission;
use object::Stored;
use podbay_core::cluster::{Cluster, Error, Events, Exec, ExecOutput, LogLines, LogQuery, Result};
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};
use site::{Machine, Site};

/// A cluster of this machine.
pub struct EmbeddedCluster {
    admission: Admission,
    machine: Arc<Machine>,
    /// Pods with a worker, by uid.
    running: Arc<Mutex<BTreeMap<String, Arc<Site>>>>,
    workers: TaskTracker,
}

impl EmbeddedCluster {
    /// An empty cluster.
    pub fn new(options: EmbeddedOptions) -> std::result::Result<Self, SetupError> {
        let (admission, machine) = options.set_up()?;
        if let Err(error) = orphans::adopt() {
            tracing::warn!(%error, "if a shim is killed, processes of its container may be left");
        }
        Ok(Self {
            admission,
            machine: Arc::new(machine),
            running: Arc::default(),
            workers: TaskTracker::new(),
        })
    }

    /// Stops every pod within its grace period, and returns when all have ended. Accepts no pods afterwards.
    pub async fn shutdown(&self) {
        self.shut_down(None).await;
    }

    /// Kills all processes without waiting for anything else.
    pub async fn kill(&self) {
        self.shut_down(Some(Duration::ZERO)).await;
    }

    async fn shut_down(&self, grace: Option<Duration>) {
        self.workers.close();
        let running: Vec<_> = self.running.lock().values().cloned().collect();
        running.iter().for_each(|site| site.delete(grace));
        self.workers.wait().await;
        site::remove_folder(self.machine.directory.clone()).await;
    }

    fn create_now(&self, object: Stored, dry_run: bool) -> Result<Object> {
        if self.workers.is_closed() {
            return Err(Error::Refused("podbay is shutting down".to_owned()));
        }
        let stored = self.store_and_start(object, dry_run)?;
        let object = stored.to_object();
        if matches!(*stored, Stored::Pod(_)) && !dry_run {
            log_what_is_ignored(&object);
        }
        self.collect_garbage();
        Ok(object)
    }

    /// Stores an object, and starts a worker for a pod. No caller sees a pod before it can be deleted.
    fn store_and_start(&self, object: Stored, dry_run: bool) -> Result<Arc<Stored>> {
        let mut running = self.running.lock();
        let stored = self.machine.store.create(object, dry_run)?;
        if let Stored::Pod(pod) = &*stored
            && !dry_run
        {
            let site = Arc::new(Site::new(pod.clone(), Arc::clone(&self.machine)));
            running.insert(site.uid().to_owned(), Arc::clone(&site));
            self.start(site);
        }
        Ok(stored)
    }

    /// Starts the worker of a pod.
    fn start(&self, site: Arc<Site>) {
        let uid = site.uid().to_owned();
        if self.workers.is_closed() {
            // it was stored while podbay began to shut down, and may have been missed
            site.stop.bring_to(Instant::now());
        }
        let running = Arc::clone(&self.running);
        self.workers.spawn(async move {
            worker::work(site).await;
            running.lock().remove(&uid);
        });
    }

    fn apply_now(&self, object: Stored, dry_run: bool) -> Result<Object> {
        let (key, store) = (object.reference(), &self.machine.store);
        if store.get(&key).is_err() {
            return self.create_now(object, dry_run);
        }
        let merged = store.update(&key, dry_run, |old| admit::merge(old, &object))?;
        Ok(merged.to_object())
    }

    /// Deletes only the object with this uid, if given.
    fn delete_now(&self, what: &ObjectRef, uid: Option<&str>, grace: Option<Duration>) -> Result<()> {
        let stored = self.machine.store.get(what)?;
        if let Some(uid) = uid.filter(|uid| *uid != stored.uid()) {
            let (object, message) = (what.clone(), format!("its uid is {}, not {uid}", stored.uid()));
            return Err(Error::Conflict { object, message });
        }
        self.remove(&stored, grace);
        self.collect_garbage();
        Ok(())
    }

    fn remove(&self, stored: &Stored, grace: Option<Duration>) {
        let site = self.running.lock().get(stored.uid()).cloned();
        match (stored, site) {
            (Stored::Pod(_), Some(site)) => site.delete(grace),
            (Stored::Pod(_), None) => {}
            _ => self.machine.store.remove(&stored.reference(), stored.uid()),
        }
    }

    /// Deletes objects without an owner, and what they owned; a pod may remain for its grace period.
    fn collect_garbage(&self) {
        let mut last = false;
        while !last {
            let mut orphans = self.machine.store.orphans();
            orphans.retain(|orphan| orphan.metadata().deletion_timestamp.is_none());
            orphans.iter().for_each(|orphan| self.remove(orphan, None));
            // objects other than pods are deleted at once
            last = orphans.iter().all(|orphan| matches!(**orphan, Stored::Pod(_)));
        }
    }

    fn site(&self, key: &PodKey) -> Result<Arc<Site>> {
        let what = ObjectRef::pod(&key.namespace, &key.name);
        let stored = self.machine.store.get(&what)?;
        let site = self.running.lock().get(stored.uid()).cloned();
        site.ok_or(Error::NotFound(what))
    }
}

fn log_what_is_ignored(pod: &Object) {
    static IMAGES: Once = Once::new();
    IMAGES.call_once(|| {
        tracing::info!("the embedded cluster ignores images: containers run programs of this machine");
    });
    let ignored: Vec<_> = admit::ignored(&pod.0).into_iter().collect();
    if !ignored.is_empty() {
        let (pod, ignored) = (pod.reference(), ignored.join(", "));
        tracing::info!("{pod}: the embedded cluster ignores {ignored}");
    }
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
        watch::watch(&self.machine.store, events).boxed()
    }

    fn create<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        async move { self.create_now(self.admission.admit(object)?, dry_run) }.boxed()
    }

    fn apply<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        async move { self.apply_now(self.admission.admit(object)?, dry_run) }.boxed()
    }

    fn get<'a>(&'a self, what: &'a ObjectRef) -> BoxFuture<'a, Result<Object>> {
        async move { Ok(self.machine.store.get(what)?.to_object()) }.boxed()
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
        async move { Ok(self.machine.store.config_maps(label)) }.boxed()
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<String>> {
        async move { self.site(&query.key)?.logs(query) }.boxed()
    }

    fn follow<'a>(&'a self, pod: &'a PodKey, container: &'a str) -> BoxFuture<'a, Result<LogLines>> {
        async move { Ok(self.site(pod)?.follow(container)?.boxed()) }.boxed()
    }

    fn exec<'a>(&'a self, command: &'a Exec) -> BoxFuture<'a, Result<ExecOutput>> {
        async move { self.site(&command.key)?.exec(command).await }.boxed()
    }
}
