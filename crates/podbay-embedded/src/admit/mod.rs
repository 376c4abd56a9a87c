//! What the API server does to an object before it stores it: parses it, validates it, and sets defaults.

mod limits;
mod rules;
mod table;

use std::sync::Arc;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::object::{Pod, Stored, text};
use super::store::fresh_uid;
use podbay_core::cluster::{Error, Result};
use podbay_core::fields::unknown_fields;
use podbay_core::object::{Object, ObjectRef};

pub(super) use limits::tell_ignored;

/// Admits objects.
pub(super) struct Admission {
    /// Namespaces that exist.
    pub(super) namespaces: Vec<String>,
    /// Name of this machine, the only host.
    pub(super) host: String,
}

impl Admission {
    /// `object` as it would be stored, without what the store adds.
    pub(super) fn admit(&self, object: &Object) -> Result<Stored> {
        check_kind(&object.reference())?;
        let mut stored = match object.kind() {
            "Pod" => Stored::Pod(self.pod(typed(object)?)),
            "ConfigMap" => Stored::ConfigMap(typed(object)?),
            _ => Stored::Secret(typed(object)?),
        };
        self.complete(stored.metadata_mut());
        let key = stored.reference();
        if let Some(wrong) = rules::check(&stored) {
            return Err(invalid(&key, wrong));
        }
        if !self.namespaces.contains(&key.namespace) {
            return Err(Error::NoNamespace(key.namespace));
        }
        let Stored::Pod(pod) = &mut stored else {
            return Ok(stored);
        };
        if let Some(what) = limits::refusal(&json!({"spec": *pod.spec}), &self.host) {
            let message = format!("{key}: the embedded cluster does not support {what}; use --cluster kube");
            return Err(Error::Refused(message));
        }
        Arc::make_mut(&mut pod.spec).node_name = Some(self.host.clone());
        Ok(stored)
    }

    fn complete(&self, meta: &mut ObjectMeta) {
        *meta = with_server_fields(std::mem::take(meta), &ObjectMeta::default());
        if text(&meta.namespace).is_empty() {
            meta.namespace = self.namespaces.first().cloned();
        }
        let prefix = text(&meta.generate_name);
        if text(&meta.name).is_empty() && !prefix.is_empty() {
            let suffix: String = fresh_uid().chars().take(5).collect();
            meta.name = Some(format!("{prefix}{suffix}"));
        }
    }

    fn pod(&self, pod: k8s::Pod) -> Pod {
        let mut spec = pod.spec.unwrap_or_default();
        spec.restart_policy.get_or_insert_with(|| "Always".to_owned());
        spec.termination_grace_period_seconds.get_or_insert(30);
        let phase = Some("Pending".to_owned());
        Pod {
            metadata: pod.metadata,
            spec: Arc::new(spec),
            status: k8s::PodStatus {
                phase,
                ..Default::default()
            },
        }
    }
}

/// Applies `new` to `old`: podbay's fields replace its earlier ones.
pub(super) fn merge(old: &mut Stored, new: &Stored) -> Result<()> {
    let before = std::mem::replace(old, new.clone());
    if let (Stored::Pod(pod), Stored::Pod(before)) = (&mut *old, &before) {
        if pod.spec != before.spec {
            let why = "spec: Forbidden: a pod's spec cannot be changed; delete the pod first";
            return Err(invalid(&new.reference(), why.to_owned()));
        }
        *pod = Pod {
            metadata: pod.metadata.clone(),
            ..before.clone()
        };
    }
    let meta = old.metadata_mut();
    *meta = with_server_fields(std::mem::take(meta), before.metadata());
    Ok(())
}

/// `meta` with the fields that only the server sets, taken from `server`.
fn with_server_fields(meta: ObjectMeta, server: &ObjectMeta) -> ObjectMeta {
    ObjectMeta {
        uid: server.uid.clone(),
        resource_version: server.resource_version.clone(),
        creation_timestamp: server.creation_timestamp.clone(),
        generation: server.generation,
        managed_fields: None,
        deletion_timestamp: server.deletion_timestamp.clone(),
        deletion_grace_period_seconds: server.deletion_grace_period_seconds,
        ..meta
    }
}

fn check_kind(key: &ObjectRef) -> Result<()> {
    let (version, kind) = (key.api_version.as_str(), key.kind.as_str());
    let way_out = match (version, kind) {
        ("v1", "Pod" | "ConfigMap" | "Secret") => return Ok(()),
        ("apps/v1" | "batch/v1", _) => {
            "use --cluster kube, or a profile without `workload`, which makes a pod of it"
        }
        _ => "use --cluster kube",
    };
    Err(Error::Refused(format!(
        "the embedded cluster has no {kind:?} of {version:?}, only Pod, ConfigMap and Secret of v1; {way_out}"
    )))
}

/// Parses `object` as a `T`, including every field.
fn typed<T: DeserializeOwned + Serialize>(object: &Object) -> Result<T> {
    let failed = |error: serde_json::Error| invalid(&object.reference(), error.to_string());
    let typed: T = serde_json::from_value(object.0.clone()).map_err(failed)?;
    let known = serde_json::to_value(&typed).map_err(failed)?;
    match unknown_fields(&object.0, &known).as_slice() {
        [] => Ok(typed),
        unknown => {
            let why = format!("there is no such field: {}", unknown.join(", "));
            Err(invalid(&object.reference(), why))
        }
    }
}

fn invalid(object: &ObjectRef, message: String) -> Error {
    let object = object.clone();
    Error::Invalid { object, message }
}
