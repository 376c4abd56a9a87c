//! The API objects, in memory, and the news of their changes.
//!
//! The cluster and the pod workers write; watches read. Every change is told to every watch in order; a watch
//! that falls far behind starts again from the whole set.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use k8s_openapi::jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::broadcast;

use super::gc;
use podbay_core::cluster::{Error, Result};
use podbay_core::object::{Object, ObjectRef};

/// How many changes a watch may lag behind.
const BACKLOG: usize = 1024;

/// An object before and after a change; unset for not there.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub(super) before: Option<Arc<Object>>,
    pub(super) after: Option<Arc<Object>>,
}

/// Objects by reference.
pub(super) type Objects = BTreeMap<ObjectRef, Arc<Object>>;

/// Every object of the cluster.
pub(super) struct Store {
    inside: Mutex<Inside>,
    news: broadcast::Sender<News>,
}

#[derive(Default)]
struct Inside {
    objects: Objects,
    version: u64,
}

impl Store {
    pub(super) fn new() -> Self {
        Self {
            inside: Mutex::default(),
            news: broadcast::Sender::new(BACKLOG),
        }
    }

    /// Everything there is, and the changes from then on.
    pub(super) fn watch(&self) -> (Objects, broadcast::Receiver<News>) {
        let inside = self.lock();
        (inside.objects.clone(), self.news.subscribe())
    }

    pub(super) fn get(&self, what: &ObjectRef) -> Result<Arc<Object>> {
        self.lock()
            .objects
            .get(what)
            .cloned()
            .ok_or_else(|| Error::NotFound(what.clone()))
    }

    /// Stores a new object under a fresh uid.
    pub(super) fn create(&self, mut object: Object, dry_run: bool) -> Result<Arc<Object>> {
        let key = object.reference();
        let mut inside = self.lock();
        if inside.objects.contains_key(&key) {
            return Err(Error::Exists(key));
        }
        let meta = &mut object.0["metadata"];
        meta["uid"] = json!(fresh_uid());
        meta["creationTimestamp"] = json!(seconds(Timestamp::now()));
        if dry_run {
            return Ok(Arc::new(object));
        }
        Ok(self.put(&mut inside, key, object))
    }

    /// Changes an object in place. `change` may refuse; without a difference nothing is told.
    pub(super) fn update(
        &self,
        what: &ObjectRef,
        dry_run: bool,
        change: impl FnOnce(&mut Value) -> Result<()>,
    ) -> Result<Arc<Object>> {
        let mut inside = self.lock();
        let old = inside
            .objects
            .get(what)
            .ok_or_else(|| Error::NotFound(what.clone()))?;
        let mut new = Object::clone(old);
        change(&mut new.0)?;
        if new == **old {
            return Ok(Arc::clone(old));
        }
        if dry_run {
            return Ok(Arc::new(new));
        }
        Ok(self.put(&mut inside, what.clone(), new))
    }

    /// Writes a pod's status, if the pod still is the one with `uid`.
    pub(super) fn set_status(&self, what: &ObjectRef, uid: &str, status: &impl Serialize) {
        let status = serde_json::to_value(status).unwrap_or_default();
        let gone = self.update(what, false, |pod| {
            if pod["metadata"]["uid"] != uid {
                return Err(Error::NotFound(what.clone()));
            }
            pod["status"] = status;
            Ok(())
        });
        drop(gone);
    }

    /// Takes an object out, if it still is the one with `uid`.
    pub(super) fn remove(&self, what: &ObjectRef, uid: &str) {
        let mut inside = self.lock();
        if inside.objects.get(what).is_some_and(|object| object.uid() == uid) {
            let before = inside.objects.remove(what);
            self.tell(News { before, after: None });
        }
    }

    /// ConfigMaps that have this label.
    pub(super) fn config_maps(&self, label: &str) -> Vec<Object> {
        let inside = self.lock();
        let all = inside
            .objects
            .values()
            .filter(|object| object.kind() == "ConfigMap");
        let labels = |object: &Object| object.0.pointer("/metadata/labels").cloned().unwrap_or_default();
        let labelled = all.filter(|object| labels(object).get(label).is_some());
        labelled.map(|object| Object::clone(object)).collect()
    }

    /// Objects none of whose owners exists.
    pub(super) fn orphans(&self) -> Vec<ObjectRef> {
        gc::orphans(&self.lock().objects)
    }

    fn put(&self, inside: &mut Inside, key: ObjectRef, mut object: Object) -> Arc<Object> {
        inside.version += 1;
        object.0["metadata"]["resourceVersion"] = json!(inside.version.to_string());
        let after = Arc::new(object);
        let before = inside.objects.insert(key, Arc::clone(&after));
        self.tell(News {
            before,
            after: Some(Arc::clone(&after)),
        });
        after
    }

    /// Told under the lock, so that every watch sees one order.
    fn tell(&self, news: News) {
        let _nobody_watches = self.news.send(news);
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A random UUID from the kernel.
pub(super) fn fresh_uid() -> String {
    let uuid = std::fs::read_to_string("/proc/sys/kernel/random/uuid").unwrap_or_default();
    uuid.trim().to_owned()
}

/// A time as Kubernetes writes it.
pub(super) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
