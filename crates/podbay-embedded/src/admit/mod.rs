//! What the API server does to an object before it stores it: check it, fill in defaults. Changes nothing else.

mod limits;
mod names;
mod pod;
mod values;

use k8s_openapi::api::core::v1 as k8s;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

pub(super) use names::label;

use super::store::fresh_uid;
use podbay_core::cluster::{Error, Result};
use podbay_core::fields::unknown_fields;
use podbay_core::object::{Object, ObjectRef};

/// Fields of `metadata` that are not the caller's to set.
const GIVEN_BY_THE_SERVER: [&str; 7] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
];

/// Most bytes the data of a ConfigMap or Secret may have.
const MOST_DATA: usize = 1024 * 1024;

/// Most bytes the annotations of an object may have, names and values.
const MOST_ANNOTATIONS: usize = 256 * 1024;

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
        check_metadata(&object)?;
        if !self.namespaces.contains(&key.namespace) {
            return Err(Error::NoNamespace(key.namespace));
        }
        match key.kind.as_str() {
            "Pod" => self.admit_pod(&mut object, &key)?,
            "ConfigMap" => {
                typed::<k8s::ConfigMap>(&object.0, &key).and_then(|_| check_data(&object.0, &key))?
            }
            _ => typed::<k8s::Secret>(&object.0, &key).and_then(|_| check_data(&object.0, &key))?,
        }
        Ok(object)
    }

    fn fill_metadata(&self, object: &mut Object) {
        let Some(fields) = object.0.as_object_mut() else {
            return;
        };
        let meta = fields.entry("metadata").or_insert_with(|| json!({}));
        let Some(meta) = meta.as_object_mut() else { return };
        for field in GIVEN_BY_THE_SERVER {
            meta.shift_remove(field);
        }
        let text = |meta: &Map<String, Value>, field| {
            meta.get(field)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        if text(meta, "namespace").is_empty() {
            meta.insert("namespace".to_owned(), json!(self.namespaces.first()));
        }
        let prefix = text(meta, "generateName");
        if text(meta, "name").is_empty() && !prefix.is_empty() {
            let suffix: String = fresh_uid().chars().take(5).collect();
            meta.insert("name".to_owned(), json!(prefix + &suffix));
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
        tracing::info!(
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
    let before = std::mem::replace(old, new.0.clone());
    for field in GIVEN_BY_THE_SERVER {
        if let Some(value) = before["metadata"].get(field) {
            old["metadata"][field] = value.clone();
        }
    }
    if let Some(status) = before.get("status") {
        old["status"] = status.clone();
    }
    Ok(())
}

fn default(spec: &mut Value, field: &str, value: Value) {
    if spec.get(field).is_none_or(Value::is_null) {
        spec[field] = value;
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
    let mut size = 0;
    for (key, value) in entries("/metadata/annotations") {
        size += key.len() + value.as_str().map_or(0, str::len);
        // Kubernetes takes capitals in the prefix of annotations, and of annotations only.
        names::key(&key.to_ascii_lowercase())
            .into_iter()
            .for_each(|problem| problems.add("metadata.annotations", problem));
    }
    if size > MOST_ANNOTATIONS {
        let problem = format!("Too long: may not be more than {MOST_ANNOTATIONS} bytes");
        problems.add("metadata.annotations", problem);
    }
    problems.into_result(&object.reference())
}

/// Checks the names and the size of what a ConfigMap or Secret holds.
fn check_data(object: &Value, key: &ObjectRef) -> Result<()> {
    let mut problems = Problems::default();
    let mut size = 0;
    for field in ["data", "binaryData", "stringData"] {
        for (key, value) in object.get(field).and_then(Value::as_object).into_iter().flatten() {
            size += value.as_str().map_or(0, str::len);
            if let Some(problem) = names::data_key(key) {
                problems.add(&format!("{field}[{key}]"), problem);
            }
        }
    }
    if size > MOST_DATA {
        problems.add("[]", format!("Too long: may not be more than {MOST_DATA} bytes"));
    }
    problems.into_result(key)
}

/// `object` as a `T`, every field of it.
fn typed<T: DeserializeOwned + Serialize>(object: &Value, key: &ObjectRef) -> Result<T> {
    let invalid = |message| Error::Invalid {
        object: key.clone(),
        message,
    };
    let typed: T = serde_json::from_value(object.clone()).map_err(|error| invalid(error.to_string()))?;
    let known = serde_json::to_value(&typed).map_err(|error| invalid(error.to_string()))?;
    let unknown = unknown_fields(object, &known);
    if unknown.is_empty() {
        return Ok(typed);
    }
    let unknown: Vec<_> = unknown
        .iter()
        .map(|field| format!("unknown field {field:?}"))
        .collect();
    Err(invalid(format!("strict decoding error: {}", unknown.join(", "))))
}
