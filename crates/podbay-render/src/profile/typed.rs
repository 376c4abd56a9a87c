//! Parts of Kubernetes objects in a profile: kept as written, and checked against their type.
//!
//! A part is read value by value, each of which must have a place in the type. An unknown field, or a value
//! of the wrong type, is therefore reported with its path and line.

mod along;
mod choices;

use std::fmt;
use std::marker::PhantomData;

use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor,
};
use serde_json::{Map, Value};

use super::patch;
use super::section::Merge;
use along::Step;
use podbay_core::quantity::is_quantity;

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
    pub all: Vec<Value>,
    kind: PhantomData<T>,
}

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
    pub fn entries(&self) -> impl Iterator<Item = &Value> {
        self.value.as_array().into_iter().flatten()
    }
}

impl<T> Patches<T> {
    /// A first patch; null for none.
    fn of(value: Value) -> Self {
        Self {
            all: if value.is_null() { Vec::new() } else { vec![value] },
            kind: PhantomData,
        }
    }

    /// Applies all patches to `object`.
    pub fn apply(&self, object: &mut Value) {
        self.all.iter().for_each(|patch| patch::lay(object, patch, ""));
    }
}

impl<T: DeserializeOwned> Merge for Typed<T> {
    fn read<'de, A: MapAccess<'de>>(key: &'static str, map: &mut A) -> Result<Self, A::Error> {
        Ok(Self {
            value: map.next_value_seed(Part::<T>::whole(key))?,
            kind: PhantomData,
        })
    }

    fn merge(&mut self, later: &Self, key: &str) {
        if let Some(later) = later.given() {
            patch::lay(&mut self.value, later, key);
        }
    }
}

impl<T: DeserializeOwned> Merge for Patches<T> {
    fn read<'de, A: MapAccess<'de>>(key: &'static str, map: &mut A) -> Result<Self, A::Error> {
        map.next_value_seed(Part::<T>::whole(key)).map(Self::of)
    }

    fn merge(&mut self, later: &Self, _: &str) {
        self.all.extend(later.all.iter().cloned());
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Typed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self {
            value: Part::<T>::whole("").deserialize(deserializer)?,
            kind: PhantomData,
        })
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Patches<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Part::<T>::whole("").deserialize(deserializer).map(Self::of)
    }
}

/// Reads the value at a path within a `T`.
struct Part<'a, T> {
    /// Key of the `T` in the profile.
    key: &'static str,
    path: &'a [Step],
    kind: PhantomData<T>,
}

impl<T> Part<'_, T> {
    fn whole(key: &'static str) -> Self {
        Self {
            key,
            path: &[],
            kind: PhantomData,
        }
    }
}

impl<T: DeserializeOwned> Part<'_, T> {
    fn path_to(&self, step: Step) -> Vec<Step> {
        self.path.iter().cloned().chain([step]).collect()
    }

    fn below<'b>(&self, path: &'b [Step]) -> Part<'b, T> {
        Part {
            key: self.key,
            path,
            kind: PhantomData,
        }
    }

    /// Returns the scalar `value`, if it is valid at this path of `T`.
    fn fitting<E: Error>(&self, value: Value) -> Result<Value, E> {
        if self.path.is_empty() && value.is_null() {
            return Ok(value);
        }
        let value = match value {
            // as in Kubernetes, a quantity may be a number
            Value::Number(number) if along::is_quantity(self.path) => Value::String(number.to_string()),
            value => value,
        };
        if along::is_quantity(self.path)
            && let Some(text) = value.as_str().filter(|text| !is_quantity(text))
        {
            return Err(E::custom(along::no_quantity(self.key, self.path, text)));
        }
        along::fits::<T>(self.key, self.path, &value).map_err(E::custom)?;
        if let (Some(choices), Some(text)) = (choices::of(self.key, self.path), value.as_str())
            && !choices.contains(&text)
        {
            return Err(E::custom(along::no_choice(self.key, self.path, text, choices)));
        }
        Ok(value)
    }
}

impl<'de, T: DeserializeOwned> DeserializeSeed<'de> for Part<'_, T> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: DeserializeOwned> Visitor<'de> for Part<'_, T> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a part of a Kubernetes object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let path = self.path_to(Step::Field(name.clone()));
            fields.insert(name, map.next_value_seed(self.below(&path))?);
        }
        if fields.is_empty() {
            return self.fitting(Value::Object(fields));
        }
        Ok(Value::Object(fields))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        loop {
            let path = self.path_to(Step::Entry(entries.len()));
            match list.next_element_seed(self.below(&path))? {
                Some(entry) => entries.push(entry),
                None if entries.is_empty() => return self.fitting(Value::Array(entries)),
                None => return Ok(Value::Array(entries)),
            }
        }
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        self.fitting(value.into())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        self.fitting(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        self.fitting(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        self.fitting(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        self.fitting(value.into())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        self.fitting(Value::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.fitting(Value::Null)
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{Container, PodTemplateSpec, Toleration};
    use serde_json::json;

    use super::*;

    fn read<T: DeserializeOwned>(text: &str) -> Result<Value, String> {
        let read: Result<Typed<T>, _> = serde_saphyr::from_str(text);
        read.map(|typed| typed.value)
            .map_err(|error| error.without_snippet().to_string())
    }

    #[test]
    fn what_fits_is_kept_as_it_is_written() {
        let text = "spec:\n  hostNetwork: true\n  priority: null\n  containers:\n  - name: a\n    \
                    resources: {limits: {cpu: 2, memory: 1Gi}}\n  nodeSelector: {a: b, c: null}\n  volumes:\n  \
                    - {name: v, emptyDir: {}}\n  tolerations: []\n";
        let expected = json!({"spec": {"hostNetwork": true, "priority": null,
            "containers": [{"name": "a", "resources": {"limits": {"cpu": "2", "memory": "1Gi"}}}],
            "nodeSelector": {"a": "b", "c": null}, "volumes": [{"name": "v", "emptyDir": {}}], "tolerations": []}});
        assert_eq!(read::<PodTemplateSpec>(text), Ok(expected));
        assert_eq!(read::<Vec<Toleration>>("[{key: a}]"), Ok(json!([{"key": "a"}])));
        assert_eq!(read::<Container>("~"), Ok(Value::Null));
    }

    #[test]
    fn what_does_not_fit_is_named_with_path_and_line() {
        for (text, expected) in [
            (
                "spec:\n  hostNetwrok: true\n",
                "spec.hostNetwrok: there is no such field; did you mean `hostNetwork`? at line 2",
            ),
            (
                "spec:\n  containers:\n  - name: a\n    image: {a: b}\n",
                "spec.containers[0].image.a: expected a text at line 4",
            ),
            (
                "spec:\n  hostNetwork: 'yes'\n",
                "spec.hostNetwork: expected true or false, not \"yes\" at line 2",
            ),
            ("spec:\n  containers: a\n", "spec.containers: expected a"),
            ("spec: 1\n", "spec: expected"),
            (
                "metadata: {labels: {a: 1}}\n",
                "metadata.labels.a: expected a text, not 1",
            ),
            ("- 1\n", "[0]: expected"),
            (
                "spec:\n  foo: []\n",
                "spec.foo: there is no such field; there are ",
            ),
        ] {
            let error = read::<PodTemplateSpec>(text).unwrap_err();
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
