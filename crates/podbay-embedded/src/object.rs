//! The objects of the cluster: parsed once at admission, converted to JSON only for output.

use std::collections::BTreeMap;
use std::sync::Arc;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::json;

use podbay_core::object::{Object, ObjectRef};

/// Content of a ConfigMap or a Secret, by key.
pub(super) type Data = BTreeMap<String, Vec<u8>>;

/// A stored object: behind an `Arc`, so its size hardly matters.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub(super) enum Stored {
    Pod(Pod),
    ConfigMap(k8s::ConfigMap),
    Secret(k8s::Secret),
}

/// A pod. Its spec does not change, so a status update does not copy it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Pod {
    pub(super) metadata: ObjectMeta,
    pub(super) spec: Arc<k8s::PodSpec>,
    pub(super) status: k8s::PodStatus,
}

impl Stored {
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Pod(_) => "Pod",
            Self::ConfigMap(_) => "ConfigMap",
            Self::Secret(_) => "Secret",
        }
    }

    pub(super) fn metadata(&self) -> &ObjectMeta {
        match self {
            Self::Pod(pod) => &pod.metadata,
            Self::ConfigMap(map) => &map.metadata,
            Self::Secret(secret) => &secret.metadata,
        }
    }

    pub(super) fn metadata_mut(&mut self) -> &mut ObjectMeta {
        match self {
            Self::Pod(pod) => &mut pod.metadata,
            Self::ConfigMap(map) => &mut map.metadata,
            Self::Secret(secret) => &mut secret.metadata,
        }
    }

    pub(super) fn uid(&self) -> &str {
        text(&self.metadata().uid)
    }

    pub(super) fn has_label(&self, name: &str) -> bool {
        let labels = &self.metadata().labels;
        labels.as_ref().is_some_and(|labels| labels.contains_key(name))
    }

    pub(super) fn reference(&self) -> ObjectRef {
        let meta = self.metadata();
        ObjectRef {
            kind: self.kind().to_owned(),
            ..ObjectRef::pod(text(&meta.namespace), text(&meta.name))
        }
    }

    /// Content of a ConfigMap or a Secret; empty for a pod.
    pub(super) fn data(&self) -> Data {
        let (plain, encoded) = match self {
            Self::Pod(_) => (None, None),
            Self::ConfigMap(map) => (map.data.as_ref(), map.binary_data.as_ref()),
            Self::Secret(secret) => (secret.string_data.as_ref(), secret.data.as_ref()),
        };
        let encoded = encoded.into_iter().flatten();
        let encoded = encoded.map(|(key, bytes)| (key.clone(), bytes.0.clone()));
        let plain = plain.into_iter().flatten();
        let plain = plain.map(|(key, text)| (key.clone(), text.clone().into_bytes()));
        encoded.chain(plain).collect()
    }

    /// Its JSON form.
    pub(super) fn to_object(&self) -> Object {
        Object(match self {
            Self::Pod(pod) => json!({
                "apiVersion": "v1", "kind": "Pod",
                "metadata": pod.metadata, "spec": *pod.spec, "status": pod.status,
            }),
            Self::ConfigMap(map) => json!(map),
            Self::Secret(secret) => json!(secret),
        })
    }
}

/// The text of an optional field.
pub(super) fn text(field: &Option<String>) -> &str {
    field.as_deref().unwrap_or_default()
}
