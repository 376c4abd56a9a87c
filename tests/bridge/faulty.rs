//! Wraps a cluster and loses replies, refuses requests, and hangs, like a network or an API server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{self, BoxFuture};
use podbay_core::cluster::{Cluster, Error, Events, Exec, ExecOutput, LogLines, LogQuery, Result};
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};

/// The fate of a request.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Pass,
    /// Executed, but the reply is lost.
    LoseReply,
    /// Not executed, with this error.
    Refuse(String),
    /// Not executed, but the reply claims so: the object is stored with the uid `pretended`.
    Pretend,
    /// Never answered.
    Hang,
    /// Not executed, and never answered.
    Drop,
    /// Executed, but the reply is too large.
    Overflow,
    /// Panics.
    Panic,
}

/// A request that changes something.
#[derive(Clone, Debug)]
pub(crate) struct Change {
    pub(crate) verb: &'static str,
    pub(crate) what: ObjectRef,
    pub(crate) dry_run: bool,
    /// How often the same request was made before.
    pub(crate) before: usize,
}

type Rule = Box<dyn Fn(&Change) -> Fate + Send + Sync>;

pub(crate) struct Faulty {
    inner: Arc<dyn Cluster>,
    rule: Mutex<Rule>,
    seen: Mutex<Vec<Change>>,
    /// All objects whose creation was requested.
    pub(crate) wanted: Mutex<Vec<Object>>,
    /// The uids of all objects whose deletion was requested.
    pub(crate) uids: Mutex<Vec<String>>,
    /// Whether it claims to run images.
    pub(crate) images: bool,
    /// Whether it claims to cover the whole cluster.
    pub(crate) unbounded: AtomicBool,
}

impl Faulty {
    pub(crate) fn new(inner: Arc<dyn Cluster>, images: bool) -> Arc<Self> {
        Arc::new(Self {
            inner,
            rule: Mutex::new(Box::new(|_| Fate::Pass)),
            seen: Mutex::default(),
            wanted: Mutex::default(),
            uids: Mutex::default(),
            images,
            unbounded: AtomicBool::new(false),
        })
    }

    pub(crate) fn rule(&self, rule: impl Fn(&Change) -> Fate + Send + Sync + 'static) {
        *self.rule.lock().unwrap() = Box::new(rule);
    }

    /// Requested changes with this verb, without dry runs.
    pub(crate) fn asked(&self, verb: &str) -> Vec<ObjectRef> {
        let seen = self.seen.lock().unwrap();
        let asked = seen
            .iter()
            .filter(|change| change.verb == verb && !change.dry_run);
        asked.map(|change| change.what.clone()).collect()
    }

    fn fate(&self, verb: &'static str, what: &ObjectRef, dry_run: bool) -> Fate {
        let mut seen = self.seen.lock().unwrap();
        let same = |change: &&Change| (change.verb, &change.what, change.dry_run) == (verb, what, dry_run);
        let change = Change {
            verb,
            what: what.clone(),
            dry_run,
            before: seen.iter().filter(same).count(),
        };
        seen.push(change.clone());
        self.rule.lock().unwrap()(&change)
    }

    async fn pass<T>(&self, fate: Fate, reply: impl Future<Output = Result<T>>) -> Result<T> {
        match fate {
            Fate::Pass => reply.await,
            Fate::LoseReply => {
                reply.await?;
                Err(unreachable())
            }
            Fate::Drop => Err(unreachable()),
            Fate::Overflow => {
                reply.await?;
                Err(too_large())
            }
            Fate::Pretend => panic!("only a create is pretended"),
            Fate::Refuse(message) => Err(Error::Forbidden { message }),
            Fate::Hang => future::pending().await,
            Fate::Panic => panic!("as the test wants it"),
        }
    }
}

fn unreachable() -> Error {
    Error::Unreachable {
        server: "https://cp".to_owned(),
        message: "504 Gateway Timeout".to_owned(),
    }
}

fn too_large() -> Error {
    Error::TooLarge {
        server: "https://cp".to_owned(),
        object: ObjectRef::pod("default", "a"),
        limit: 256 << 20,
    }
}

impl Cluster for Faulty {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn default_namespace(&self) -> &str {
        self.inner.default_namespace()
    }

    fn scope(&self) -> &[String] {
        match self.unbounded.load(Ordering::Relaxed) {
            true => &[],
            false => self.inner.scope(),
        }
    }

    fn runs_local_processes(&self) -> bool {
        !self.images
    }

    fn watch(&self, events: Events) -> BoxFuture<'_, ()> {
        self.inner.watch(events)
    }

    fn create<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        self.wanted.lock().unwrap().push(object.clone());
        let fate = self.fate("create", &object.reference(), dry_run);
        if matches!(fate, Fate::Pretend) {
            let mut stored = object.clone();
            stored.0["metadata"]["uid"] = "pretended".into();
            return future::ready(Ok(stored)).boxed();
        }
        self.pass(fate, self.inner.create(object, dry_run)).boxed()
    }

    fn apply<'a>(&'a self, object: &'a Object, dry_run: bool) -> BoxFuture<'a, Result<Object>> {
        self.inner.apply(object, dry_run)
    }

    fn get<'a>(&'a self, what: &'a ObjectRef) -> BoxFuture<'a, Result<Object>> {
        // of launch records
        let fate = match what.kind.as_str() {
            "ConfigMap" => self.fate("get", what, false),
            _ => Fate::Pass,
        };
        self.pass(fate, self.inner.get(what)).boxed()
    }

    fn delete<'a>(&'a self, what: &'a ObjectRef, grace: Option<Duration>) -> BoxFuture<'a, Result<()>> {
        let fate = self.fate("delete", what, false);
        self.pass(fate, self.inner.delete(what, grace)).boxed()
    }

    fn delete_exactly<'a>(
        &'a self,
        what: &'a ObjectRef,
        uid: &'a str,
        grace: Option<Duration>,
    ) -> BoxFuture<'a, Result<()>> {
        self.uids.lock().unwrap().push(uid.to_owned());
        let fate = self.fate("delete", what, false);
        self.pass(fate, self.inner.delete_exactly(what, uid, grace))
            .boxed()
    }

    fn config_maps<'a>(&'a self, label: &'a str) -> BoxFuture<'a, Result<Vec<Object>>> {
        self.inner.config_maps(label)
    }

    fn logs<'a>(&'a self, query: &'a LogQuery) -> BoxFuture<'a, Result<String>> {
        self.inner.logs(query)
    }

    fn follow<'a>(&'a self, pod: &'a PodKey, container: &'a str) -> BoxFuture<'a, Result<LogLines>> {
        self.inner.follow(pod, container)
    }

    fn exec<'a>(&'a self, command: &'a Exec) -> BoxFuture<'a, Result<ExecOutput>> {
        self.inner.exec(command)
    }
}
