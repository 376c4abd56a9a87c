//! The API objects, in memory, and notifications about their changes.
//!
//! The cluster and the pod workers write; watches read. Every watch receives all changes in order; one that
//! is far behind starts again with the complete set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;
use parking_lot::Mutex;
use tokio::sync::broadcast;
use uuid::Uuid;

use super::object::{Pod, Stored};
use podbay_core::cluster::{Error, Result};
use podbay_core::object::{Object, ObjectRef};

/// Number of changes that a watch may be behind.
const BACKLOG: usize = 1024;

/// An object before and after a change; `None` if it does not exist.
#[derive(Clone, Debug)]
pub(super) struct News {
    pub(super) before: Option<Arc<Stored>>,
    pub(super) after: Option<Arc<Stored>>,
}

/// Objects by reference.
pub(super) type Objects = BTreeMap<ObjectRef, Arc<Stored>>;

/// All objects of the cluster.
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

    /// All objects, and their changes from then on.
    pub(super) fn watch(&self) -> (Objects, broadcast::Receiver<News>) {
        let inside = self.inside.lock();
        (inside.objects.clone(), self.news.subscribe())
    }

    pub(super) fn get(&self, what: &ObjectRef) -> Result<Arc<Stored>> {
        self.inside.lock().get(what).cloned()
    }

    /// Stores a new object with a new uid.
    pub(super) fn create(&self, mut object: Stored, dry_run: bool) -> Result<Arc<Stored>> {
        let key = object.reference();
        let mut inside = self.inside.lock();
        if inside.objects.contains_key(&key) {
            return Err(Error::Exists(key));
        }
        let meta = object.metadata_mut();
        meta.uid = Some(Uuid::new_v4().to_string());
        meta.creation_timestamp = Some(Time(Timestamp::now()));
        if dry_run {
            return Ok(Arc::new(object));
        }
        Ok(self.put(&mut inside, key, object))
    }

    /// Changes an object. `change` may refuse; if nothing differs, no change is sent.
    pub(super) fn update(
        &self,
        what: &ObjectRef,
        dry_run: bool,
        change: impl FnOnce(&mut Stored) -> Result<()>,
    ) -> Result<Arc<Stored>> {
        let mut inside = self.inside.lock();
        let old = inside.get(what)?;
        let mut new = Stored::clone(old);
        change(&mut new)?;
        if new == **old {
            return Ok(Arc::clone(old));
        }
        if dry_run {
            return Ok(Arc::new(new));
        }
        Ok(self.put(&mut inside, what.clone(), new))
    }

    /// Changes a pod, if it still has this `uid`.
    pub(super) fn update_pod(&self, what: &ObjectRef, uid: &str, change: impl FnOnce(&mut Pod)) {
        let _gone = self.update(what, false, |object| match object {
            Stored::Pod(pod) if pod.metadata.uid.as_deref() == Some(uid) => {
                change(pod);
                Ok(())
            }
            _ => Err(Error::NotFound(what.clone())),
        });
    }

    /// Removes an object, if it still has this `uid`.
    pub(super) fn remove(&self, what: &ObjectRef, uid: &str) {
        let mut inside = self.inside.lock();
        if inside.get(what).is_ok_and(|object| object.uid() == uid) {
            let before = inside.objects.remove(what);
            self.send(before, None);
        }
    }

    /// ConfigMaps with this label.
    pub(super) fn config_maps(&self, label: &str) -> Vec<Object> {
        let inside = self.inside.lock();
        let all = inside.objects.values();
        let labelled = all.filter(|object| object.kind() == "ConfigMap" && object.has_label(label));
        labelled.map(|object| object.to_object()).collect()
    }

    /// Objects that a garbage collector would delete: all their owners are gone.
    pub(super) fn orphans(&self) -> Vec<Arc<Stored>> {
        let inside = self.inside.lock();
        let all = || inside.objects.values();
        let alive: BTreeSet<&str> = all().map(|object| object.uid()).collect();
        let orphaned = |object: &&Arc<Stored>| {
            let owners = object.metadata().owner_references.as_deref().unwrap_or_default();
            !owners.is_empty() && owners.iter().all(|owner| !alive.contains(owner.uid.as_str()))
        };
        all().filter(orphaned).cloned().collect()
    }

    fn put(&self, inside: &mut Inside, key: ObjectRef, mut object: Stored) -> Arc<Stored> {
        inside.version += 1;
        object.metadata_mut().resource_version = Some(inside.version.to_string());
        let after = Arc::new(object);
        let before = inside.objects.insert(key, Arc::clone(&after));
        self.send(before, Some(Arc::clone(&after)));
        after
    }

    /// Called under the lock, so that all watches see the same order.
    fn send(&self, before: Option<Arc<Stored>>, after: Option<Arc<Stored>>) {
        let _nobody_watches = self.news.send(News { before, after });
    }
}

impl Inside {
    fn get(&self, what: &ObjectRef) -> Result<&Arc<Stored>> {
        let found = self.objects.get(what);
        found.ok_or_else(|| Error::NotFound(what.clone()))
    }
}
