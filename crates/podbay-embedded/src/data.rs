//! ConfigMaps and Secrets that the environment and the volumes of a pod refer to.

use super::object::{Data, Pod, text};
use super::store::Store;
use podbay_core::object::ObjectRef;

/// The references of a pod.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub(super) store: &'a Store,
    pub(super) pod: &'a Pod,
}

/// A reference: kind, name, and whether it is optional.
#[derive(Clone, Copy)]
pub(super) struct Source<'a>(
    pub(super) &'static str,
    pub(super) &'a str,
    pub(super) Option<bool>,
);

/// A reference to something that does not exist yet. The text is the kubelet's.
#[derive(Debug, thiserror::Error)]
pub(super) enum Missing {
    #[error("{} {name:?} not found", .kind.to_lowercase())]
    Object { kind: &'static str, name: String },
    #[error("couldn't find key {key} in {object}")]
    Key { key: String, object: ObjectRef },
}

impl Lookup<'_> {
    /// All data of an object; empty if it is missing but optional.
    pub(super) fn whole(self, source: Source<'_>) -> Result<Data, Missing> {
        let Source(kind, name, optional) = source;
        match self.store.get(&self.object(source)) {
            Ok(object) => Ok(object.data()),
            Err(_) if optional == Some(true) => Ok(Data::new()),
            Err(_) => Err(Missing::Object {
                kind,
                name: name.to_owned(),
            }),
        }
    }

    /// One value; `None` if it is missing but optional.
    pub(super) fn key(self, source: Source<'_>, key: &str) -> Result<Option<Vec<u8>>, Missing> {
        let value = self.whole(source)?.remove(key);
        if value.is_none() && source.2 != Some(true) {
            let (key, object) = (key.to_owned(), self.object(source));
            return Err(Missing::Key { key, object });
        }
        Ok(value)
    }

    fn object(self, Source(kind, name, _): Source<'_>) -> ObjectRef {
        ObjectRef {
            kind: kind.to_owned(),
            ..ObjectRef::config_map(text(&self.pod.metadata.namespace), name)
        }
    }
}
