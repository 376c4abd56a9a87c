//! What the API server does to an object before it stores it: check it, fill in defaults. Pure.

mod limits;
mod names;
mod pod;
mod strict;

use k8s_openapi::api::core::v1 as k8s;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::cluster::{Error, Result};
use crate::domain::object::{Object, ObjectRef};

/// Where objects are admitted to.
pub(super) struct Admission {
    /// Namespaces that exist.
    pub(super) namespaces: Vec<String>,
    /// Name of this machine, the only host.
    pub(super) host: String,
}

/// What is wrong with an object: paths and messages.
#[derive(Default)]
struct Problems(Vec<String>);

impl Problems {
    fn add(&mut self, path: &str, message: impl AsRef<str>) {
        self.0.push(format!("{path}: {}", message.as_ref()));
    }

    /// One alone, or all in brackets, as the API server lists them.
    fn into_result(self, object: &ObjectRef) -> Result<()> {
        let message = match self.0.as_slice() {
            [] => return Ok(()),
            [one] => one.clone(),
            all => format!("[{}]", all.join(", ")),
        };
        Err(Error::Invalid {
            object: object.clone(),
            message,
        })
    }
}

impl Admission {
    /// `object` as it would be stored, without what the store gives it.
    pub(super) fn admit(&self, object: &Object) -> Result<Object> {
        let mut object = object.clone();
        self.fill_metadata(&mut object);
        let key = object.reference();
        check_kind(&key)?;
        if !self.namespaces.contains(&key.namespace) {
            return Err(Error::NoNamespace(key.namespace));
        }
        check_metadata(&object)?;
        match key.kind.as_str() {
            "Pod" => self.admit_pod(&mut object, &key)?,
            "ConfigMap" => drop(check_data(
                typed::<k8s::ConfigMap>(&object.0, &key)?,
                &object.0,
                &key,
            )?),
            _ => drop(check_data(
                typed::<k8s::Secret>(&object.0, &key)?,
                &object.0,
                &key,
            )?),
        }
        Ok(object)
    }

    fn fill_metadata(&self, object: &mut Object) {
        if !object.0.is_object() {
            return;
        }
        let meta = &mut object.0["metadata"];
        if !meta.is_object() {
            *meta = json!({});
        }
        if let Some(meta) = meta.as_object_mut() {
            for given_by_the_server in [
                "uid",
                "resourceVersion",
                "creationTimestamp",
                "generation",
                "managedFields",
                "deletionTimestamp",
            ] {
                meta.shift_remove(given_by_the_server);
            }
            if meta
                .get("namespace")
                .is_none_or(|namespace| namespace == "" || namespace.is_null())
            {
                meta.insert("namespace".to_owned(), json!(self.namespaces.first()));
            }
        }
    }

    fn admit_pod(&self, object: &mut Object, key: &ObjectRef) -> Result<()> {
        if let Some(fields) = object.0.as_object_mut() {
            fields.shift_remove("status");
        }
        let pod: k8s::Pod = typed(&object.0, key)?;
        let mut problems = Problems::default();
        pod::check(&pod, &mut problems);
        problems.into_result(key)?;
        if let Some(what) = limits::refusal(&pod, &self.host) {
            let message = format!("{key}: the embedded cluster does not support {what}; use --cluster kube");
            return Err(Error::Refused(message));
        }
        let spec = &mut object.0["spec"];
        default(spec, "restartPolicy", json!("Always"));
        default(spec, "terminationGracePeriodSeconds", json!(30));
        spec["nodeName"] = json!(self.host);
        object.0["status"] = json!({"phase": "Pending"});
        Ok(())
    }
}

/// Says what of a pod makes no difference here.
pub(super) fn tell_ignored(pod: &Object) {
    let ignored = limits::ignored(&pod.0);
    if !ignored.is_empty() {
        tracing::warn!(
            "{}: the embedded cluster ignores {}",
            pod.reference(),
            ignored.join(", ")
        );
    }
}

/// `old` as an apply of `new` leaves it: what podbay says replaces what it said before.
pub(super) fn merge(old: &mut Value, new: &Object) -> Result<()> {
    let key = new.reference();
    if key.kind == "Pod" && old["spec"] != new.0["spec"] {
        let message = "spec: Forbidden: a pod's spec cannot be changed; delete the pod first".to_owned();
        return Err(Error::Invalid { object: key, message });
    }
    let given_by_the_server = old["metadata"].clone();
    let status = old.get("status").cloned();
    *old = new.0.clone();
    for field in [
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        if let Some(value) = given_by_the_server.get(field) {
            old["metadata"][field] = value.clone();
        }
    }
    if let Some(status) = status {
        old["status"] = status;
    }
    Ok(())
}

fn default(spec: &mut Value, field: &str, value: Value) {
    if spec.get(field).is_none_or(Value::is_null) {
        spec[field] = value;
    }
}

fn check_kind(key: &ObjectRef) -> Result<()> {
    match (key.api_version.as_str(), key.kind.as_str()) {
        ("v1", "Pod" | "ConfigMap" | "Secret") => Ok(()),
        (version, kind) => Err(Error::Refused(format!(
            "the embedded cluster has no {kind:?} of {version:?}, only Pod, ConfigMap and Secret of v1; use --cluster kube"
        ))),
    }
}

fn check_metadata(object: &Object) -> Result<()> {
    let mut problems = Problems::default();
    match object.name() {
        "" => problems.add(
            "metadata.name",
            "Required value: name or generateName is required",
        ),
        name => names::subdomain(name)
            .into_iter()
            .for_each(|problem| problems.add("metadata.name", problem)),
    }
    let entries = |at| {
        object
            .0
            .pointer(at)
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
    };
    for (key, value) in entries("/metadata/labels") {
        let value = names::value(value.as_str().unwrap_or_default());
        names::key(key)
            .into_iter()
            .chain(value)
            .for_each(|problem| problems.add("metadata.labels", problem));
    }
    for (key, _) in entries("/metadata/annotations") {
        names::key(key)
            .into_iter()
            .for_each(|problem| problems.add("metadata.annotations", problem));
    }
    problems.into_result(&object.reference())
}

/// Checks the names of what a ConfigMap or Secret holds.
fn check_data<T>(typed: T, object: &Value, key: &ObjectRef) -> Result<T> {
    let mut problems = Problems::default();
    for field in ["data", "binaryData", "stringData"] {
        let entries = object.get(field).and_then(Value::as_object).into_iter().flatten();
        let wrong = entries.filter_map(|(key, _)| Some((key, names::data_key(key)?)));
        wrong.for_each(|(key, problem)| problems.add(&format!("{field}[{key}]"), problem));
    }
    problems.into_result(key).map(|()| typed)
}

/// `object` as a `T`, every field of it.
fn typed<T: DeserializeOwned + Serialize>(object: &Value, key: &ObjectRef) -> Result<T> {
    let invalid = |message| Error::Invalid {
        object: key.clone(),
        message,
    };
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| invalid(error.to_string()))?;
    let known = serde_json::to_value(&typed).map_err(|error| invalid(error.to_string()))?;
    let unknown = strict::unknown_fields(object, &known);
    if unknown.is_empty() {
        return Ok(typed);
    }
    let unknown: Vec<_> = unknown
        .iter()
        .map(|field| format!("unknown field {field:?}"))
        .collect();
    Err(invalid(format!("strict decoding error: {}", unknown.join(", "))))
}
