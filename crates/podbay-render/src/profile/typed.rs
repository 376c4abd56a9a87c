//! Parts of Kubernetes objects in a profile: kept as written, and checked against their type.
//!
//! ```text
//!   YAML ── read ──> Unchecked ── check ──┬── choices   valid texts of a field
//!                                         └── along     whether a value has a place in the type
//! ```

mod advice;
mod along;
mod check;
mod choices;

use std::marker::PhantomData;

use serde::de::{Deserialize, DeserializeOwned, Deserializer};
use serde_json::Value;

pub(super) use check::check;

use super::check::Found;
use super::patch;
use super::section::Merge;

/// Fields whose values, or entries, are quantities.
const QUANTITIES: [&str; 4] = ["limits", "requests", "sizeLimit", "divisor"];

/// A part of a Kubernetes object of type `T`; null if unset.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typed<T> {
    /// The part as written, with null for fields to remove.
    pub value: Value,
    kind: PhantomData<T>,
}

/// Patches of type `T`, to be applied in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Patches<T> {
    /// The patches, in order.
    pub(crate) all: Vec<Value>,
    kind: PhantomData<T>,
}

/// A part of a Kubernetes object that is not checked yet.
pub(super) struct Unchecked(pub(super) Value);

impl<T> Default for Patches<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            kind: PhantomData,
        }
    }
}

impl<T> Typed<T> {
    /// The part, if set.
    pub fn given(&self) -> Option<&Value> {
        (!self.value.is_null()).then_some(&self.value)
    }

    /// The entries of a list.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Value> {
        self.value.as_array().into_iter().flatten()
    }
}

impl<T> Patches<T> {
    /// Applies all patches to `object`.
    pub(crate) fn apply(&self, object: &mut Value) {
        self.all.iter().for_each(|patch| patch::apply(object, patch, ""));
    }
}

impl<T: DeserializeOwned> Merge for Typed<T> {
    fn merge(&mut self, later: &Self, key: &str) {
        if let Some(later) = later.given() {
            patch::apply(&mut self.value, later, key);
        }
    }

    fn check(&self, key: &str) -> Result<(), Found> {
        check::<T>(key, &self.value)
    }
}

impl<T: DeserializeOwned> Merge for Patches<T> {
    fn merge(&mut self, later: &Self, _: &str) {
        self.all.extend(later.all.iter().cloned());
    }

    fn check(&self, key: &str) -> Result<(), Found> {
        self.all.iter().try_for_each(|patch| check::<T>(key, patch))
    }
}

impl<'de, T> Deserialize<'de> for Typed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Unchecked(value) = Unchecked::deserialize(deserializer)?;
        Ok(Self {
            value,
            kind: PhantomData,
        })
    }
}

impl<'de, T> Deserialize<'de> for Patches<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Unchecked(value) = Unchecked::deserialize(deserializer)?;
        Ok(Self {
            all: if value.is_null() { Vec::new() } else { vec![value] },
            kind: PhantomData,
        })
    }
}

impl<'de> Deserialize<'de> for Unchecked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(deserializer)?;
        write_quantities(&mut value, false, false);
        Ok(Self(value))
    }
}

/// Writes numbers as texts where a field, or the entry of one, is a quantity: Kubernetes accepts both. `field`
/// says whether `value` is of such a field, and `above` whether the value that contains it is.
fn write_quantities(value: &mut Value, field: bool, above: bool) {
    match value {
        Value::Number(number) if field || above => *value = Value::String(number.to_string()),
        Value::Array(entries) => {
            for entry in entries {
                write_quantities(entry, false, field);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                write_quantities(value, QUANTITIES.contains(&name.as_str()), field);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Container, PodTemplateSpec, Toleration};
    use serde_json::json;

    use super::*;
    use crate::profile::Profile;
    use podbay_text::diagnostic::Code;

    #[track_caller]
    fn read<T: DeserializeOwned>(text: &str) -> Value {
        let typed: Typed<T> = serde_saphyr::from_str(text).unwrap();
        assert_eq!(typed.check(""), Ok(()));
        typed.value
    }

    #[test]
    fn valid_values_are_kept_as_written() {
        let text = "spec:\n  hostNetwork: true\n  priority: null\n  containers:\n  - name: a\n    \
                    resources: {limits: {cpu: 2, memory: 1Gi}}\n  nodeSelector: {a: b, c: null}\n  volumes:\n  \
                    - {name: v, emptyDir: {}}\n  tolerations: []\n";
        let expected = json!({"spec": {"hostNetwork": true, "priority": null,
            "containers": [{"name": "a", "resources": {"limits": {"cpu": "2", "memory": "1Gi"}}}],
            "nodeSelector": {"a": "b", "c": null}, "volumes": [{"name": "v", "emptyDir": {}}], "tolerations": []}});
        assert_eq!(read::<PodTemplateSpec>(text), expected);
        assert_eq!(read::<Vec<Toleration>>("[{key: a}]"), json!([{"key": "a"}]));
        assert_eq!(read::<Container>("~"), Value::Null);
    }

    #[test]
    fn invalid_values_are_named_with_path_and_line() {
        use Code::{KeyValue, UnknownKey};
        for (text, code, line, expected) in [
            (
                "pod:\n  spec:\n    hostNetwrok: true\n",
                UnknownKey,
                3,
                "`pod.spec` has no key `hostNetwrok`; did you mean `hostNetwork`?",
            ),
            (
                "pod:\n  spec:\n    containers:\n    - name: a\n      image: {a: b}\n",
                KeyValue,
                5,
                "`pod.spec.containers[0].image` must be a string; found a mapping",
            ),
            (
                "pod:\n  spec:\n    hostNetwork: 'yes'\n",
                KeyValue,
                3,
                "`pod.spec.hostNetwork` must be true or false; found the string \"yes\"; write true",
            ),
            (
                "pod:\n  spec:\n    containers: a\n",
                KeyValue,
                3,
                "`pod.spec.containers` must be a list; found the string",
            ),
            (
                "pod:\n  spec: 1\n",
                KeyValue,
                2,
                "`pod.spec` must be a mapping; found",
            ),
            (
                "pod:\n  metadata: {labels: {a: 1}}\n",
                KeyValue,
                2,
                "`pod.metadata.labels.a` must be a string; found",
            ),
            (
                "gpu: 1\npod:\n- 1\n",
                KeyValue,
                3,
                "`pod` must be a mapping; found",
            ),
            (
                "pod:\n  spec:\n    priority: 3000000000\n",
                KeyValue,
                3,
                "`pod.spec.priority` is 3000000000, which is out of range",
            ),
            (
                "pod:\n  spec:\n    priority: 0.5\n",
                KeyValue,
                3,
                "`pod.spec.priority` must be an integer; found the number 0.5",
            ),
            (
                "pod:\n  spec:\n    hostNetwork: []\n",
                KeyValue,
                3,
                "`pod.spec.hostNetwork` must be true or false; found a list",
            ),
            (
                "pod:\n  spec:\n    priority: .nan\n",
                KeyValue,
                3,
                "is .nan, which is not a finite number",
            ),
            (
                "pod:\n  spec:\n    foo: []\n",
                UnknownKey,
                3,
                "`pod.spec` has no key `foo`; ",
            ),
        ] {
            let error = Profile::parse(text).unwrap_err();
            let message = error.text();
            assert!(message.contains(expected), "{text:?}: {message}");
            assert_eq!(
                (error.code, error.place.line),
                (code, line),
                "{text:?}: {message}"
            );
        }
    }
}
