//! ConfigMaps and Secrets, as referenced by environment and volumes of a pod. Errors use the kubelet's words.

use super::object::Data;
use super::store::Store;
use podbay_core::object::ObjectRef;

/// The ConfigMaps and Secrets available to a pod.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub(super) store: &'a Store,
    /// Namespace of the pod.
    pub(super) namespace: &'a str,
}

/// A reference: kind, name, and whether it is optional.
pub(super) struct Source<'a>(
    pub(super) &'static str,
    pub(super) &'a str,
    pub(super) Option<bool>,
);

impl Lookup<'_> {
    /// All data of an object; empty if it is missing but optional.
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

    /// One value; `None` if it is missing but optional.
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
