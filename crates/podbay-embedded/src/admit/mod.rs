//! Admission: parses an object, validates it and sets defaults, as the API server does before it stores one.

mod fields;
mod limits;
mod rules;

use std::sync::Arc;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use super::object::{Pod, Stored, text};
use podbay_core::cluster::{Error, Result};
use podbay_core::fields::unknown_fields;
use podbay_core::object::{Object, ObjectRef};

pub(super) use limits::ignored;

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
        let (mut stored, fields) = match object.kind() {
            "Pod" => parse(object, set_defaults, |pod| Stored::Pod(self.place(pod)))?,
            "ConfigMap" => parse(object, |_| {}, Stored::ConfigMap)?,
            _ => parse(object, |_| {}, Stored::Secret)?,
        };
        self.complete(stored.metadata_mut());
        let key = stored.reference();
        if let Some(why) = rules::errors(&stored, &fields).text() {
            return Err(invalid(&key, why));
        }
        if !self.namespaces.contains(&key.namespace) {
            return Err(Error::NoNamespace(key.namespace));
        }
        match limits::refusal(&fields, &self.host) {
            Some(why) => Err(Error::Refused(format!(
                "the embedded cluster cannot run {key}: {why}; use --cluster kube"
            ))),
            None => Ok(stored),
        }
    }

    /// The pod on this machine, not started yet.
    fn place(&self, pod: k8s::Pod) -> Pod {
        let mut spec = pod.spec.unwrap_or_default();
        spec.node_name = Some(self.host.clone());
        Pod {
            metadata: pod.metadata,
            spec: Arc::new(spec),
            status: k8s::PodStatus {
                phase: Some("Pending".to_owned()),
                ..Default::default()
            },
        }
    }

    fn complete(&self, meta: &mut ObjectMeta) {
        *meta = with_server_fields(std::mem::take(meta), &ObjectMeta::default());
        if text(&meta.namespace).is_empty() {
            meta.namespace = self.namespaces.first().cloned();
        }
        let prefix = text(&meta.generate_name);
        if text(&meta.name).is_empty() && !prefix.is_empty() {
            let suffix = Uuid::new_v4().simple().to_string();
            meta.name = Some(format!("{prefix}{}", &suffix[..5]));
        }
    }
}

fn set_defaults(pod: &mut k8s::Pod) {
    let spec = pod.spec.get_or_insert_default();
    spec.restart_policy.get_or_insert_with(|| "Always".to_owned());
    spec.termination_grace_period_seconds.get_or_insert(30);
}

/// Applies `new` to `old`: podbay's fields replace its earlier ones.
pub(super) fn merge(old: &mut Stored, new: &Stored) -> Result<()> {
    let before = std::mem::replace(old, new.clone());
    if let (Stored::Pod(pod), Stored::Pod(before)) = (&mut *old, &before) {
        if pod.spec != before.spec {
            let why = "spec: cannot be changed; delete the pod first";
            return Err(invalid(&new.reference(), why.to_owned()));
        }
        pod.status = before.status.clone();
    }
    let meta = old.metadata_mut();
    *meta = with_server_fields(std::mem::take(meta), before.metadata());
    Ok(())
}

/// `meta` with the fields that only the server sets, from `server`.
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
    let help = match (version, kind) {
        ("v1", "Pod" | "ConfigMap" | "Secret") => return Ok(()),
        ("apps/v1" | "batch/v1", _) => {
            "use --cluster kube, or a profile without `workload`, which creates a pod"
        }
        ("v1", "Service") => {
            "use --cluster kube; to use a running discovery server or Zenoh router, set its `address` under \
             `discovery` in the profile"
        }
        _ => "use --cluster kube",
    };
    Err(Error::Refused(format!(
        "the embedded cluster does not support {kind:?} of {version:?}, only Pod, ConfigMap and Secret of v1; {help}"
    )))
}

/// Parses `object`, including every field; returns it with `defaults` set, also as JSON.
fn parse<T: DeserializeOwned + Serialize>(
    object: &Object,
    defaults: fn(&mut T),
    stored: impl FnOnce(T) -> Stored,
) -> Result<(Stored, Value)> {
    let failed = |error: serde_json::Error| invalid(&object.reference(), error.to_string());
    let mut typed: T = serde_json::from_value(object.0.clone()).map_err(failed)?;
    defaults(&mut typed);
    let fields = serde_json::to_value(&typed).map_err(failed)?;
    match unknown_fields(&object.0, &fields).as_slice() {
        [] => Ok((stored(typed), fields)),
        unknown => {
            let why = format!("unknown field {}", unknown.join(", "));
            Err(invalid(&object.reference(), why))
        }
    }
}

fn invalid(object: &ObjectRef, message: String) -> Error {
    let object = object.clone();
    Error::Invalid { object, message }
}
