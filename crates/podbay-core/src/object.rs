//! A Kubernetes object as data: rendering produces it, a cluster stores it.

use serde_json::Value;

use super::workload::WorkloadKind;

/// Bytes that [`Object::cost`] counts per value in addition to its text, since many short words take far more
/// memory than their bytes.
pub const VALUE: usize = 64;

/// A complete Kubernetes object in its JSON form.
#[derive(Clone, Debug, PartialEq)]
pub struct Object(pub Value);

/// Identity of an object: kind, namespace, name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectRef {
    /// `apiVersion`, such as `v1`.
    pub api_version: String,
    /// `kind`, such as `Pod`.
    pub kind: String,
    /// `metadata.namespace`.
    pub namespace: String,
    /// `metadata.name`.
    pub name: String,
}

impl Object {
    /// The string at `pointer` (RFC 6901), or "".
    pub fn text(&self, pointer: &str) -> &str {
        self.0
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// `kind`.
    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// Its kind, if it runs pods.
    pub fn workload(&self) -> Option<WorkloadKind> {
        WorkloadKind::named(self.kind())
    }

    /// `metadata.name`.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// `metadata.namespace`.
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// `metadata.uid`; "" if not stored yet.
    pub fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    /// The label `name`, or "".
    pub fn label(&self, name: &str) -> &str {
        let labels = self.0.pointer("/metadata/labels");
        let label = labels.and_then(|labels| labels.get(name));
        label.and_then(Value::as_str).unwrap_or_default()
    }

    /// The annotation `name`, or "".
    pub fn annotation(&self, name: &str) -> &str {
        let annotations = self.0.pointer("/metadata/annotations");
        let annotation = annotations.and_then(|annotations| annotations.get(name));
        annotation.and_then(Value::as_str).unwrap_or_default()
    }

    /// Memory of the object in bytes: its text, plus [`VALUE`] per value.
    pub fn cost(&self) -> usize {
        cost(&self.0)
    }

    /// The identity of this object.
    pub fn reference(&self) -> ObjectRef {
        ObjectRef {
            api_version: self.text("/apiVersion").to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.namespace().to_owned(),
            name: self.name().to_owned(),
        }
    }
}

fn cost(value: &Value) -> usize {
    VALUE
        + match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
            Value::String(text) => text.len(),
            Value::Array(list) => list.iter().map(cost).sum(),
            Value::Object(fields) => fields.iter().map(|(name, value)| name.len() + cost(value)).sum(),
        }
}

impl ObjectRef {
    /// Its kind, if it runs pods.
    pub fn workload(&self) -> Option<WorkloadKind> {
        WorkloadKind::of(&self.api_version, &self.kind)
    }

    /// The pod `name` of `namespace`.
    pub fn pod(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self::core(WorkloadKind::Pod.name(), namespace, name)
    }

    /// The ConfigMap `name` of `namespace`.
    pub fn config_map(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self::core("ConfigMap", namespace, name)
    }

    fn core(kind: &str, namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            api_version: "v1".to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.into(),
            name: name.into(),
        }
    }
}

impl std::fmt::Display for ObjectRef {
    /// `Pod robots/talker`, or `Pod talker` without a namespace.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.namespace.as_str() {
            "" => write!(f, "{} {}", self.kind, self.name),
            namespace => write!(f, "{} {namespace}/{}", self.kind, self.name),
        }
    }
}
