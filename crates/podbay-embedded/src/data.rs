//! ConfigMaps and Secrets as environment and volumes of a pod refer to them. Errors are in the
//! kubelet's words.

use super::object::Data;
use super::store::Store;
use podbay_core::object::ObjectRef;

/// Where a pod's ConfigMaps and Secrets are found.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub(super) store: &'a Store,
    /// Namespace of the pod.
    pub(super) namespace: &'a str,
}

/// What is referred to: kind, name, and whether it may be missing.
pub(super) struct Source<'a>(
    pub(super) &'static str,
    pub(super) &'a str,
    pub(super) Option<bool>,
);

impl Lookup<'_> {
    /// All of an object's data; nothing when it is missing and may be.
    pub(super) fn whole(self, Source(kind, name, optional): Source<'_>) -> Result<Data, String> {
        let what = ObjectRef {
            kind: kind.to_owned(),
            ..ObjectRef::config_map(self.namespace, name)
        };
        match self.store.get(&what) {
            Ok(object) => Ok(object.data()),
            Err(_) if optional == Some(true) => Ok(Data::new()),
            Err(_) => Err(format!("{} {name:?} not found", kind.to_lowercase())),
        }
    }

    /// One value; `None` when it is missing and may be.
    pub(super) fn key(self, source: Source<'_>, key: &str) -> Result<Option<Vec<u8>>, String> {
        let Source(kind, name, optional) = source;
        let value = self.whole(source)?.remove(key);
        if value.is_none() && optional != Some(true) {
            let namespace = self.namespace;
            return Err(format!("couldn't find key {key} in {kind} {namespace}/{name}"));
        }
        Ok(value)
    }
}
