//! What ConfigMaps and Secrets hold, for environment and volumes.

use std::collections::BTreeMap;

use k8s_openapi::ByteString;
use serde_json::Value;

/// Values by key.
pub(super) type Data = BTreeMap<String, Vec<u8>>;

/// Kinds of object that hold data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    ConfigMap,
    Secret,
}

/// Finds data in a pod's namespace. Errors are in the kubelet's words.
#[derive(Clone, Copy)]
pub(super) struct Lookup<'a> {
    pub(super) namespace: &'a str,
    pub(super) find: &'a dyn Fn(Kind, &str) -> Option<Data>,
}

impl Kind {
    /// As `kind` has it.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ConfigMap => "ConfigMap",
            Self::Secret => "Secret",
        }
    }
}

impl Lookup<'_> {
    /// All of an object's data; `None` when it is missing and may be.
    pub(super) fn whole(
        self,
        kind: Kind,
        name: &str,
        optional: Option<bool>,
    ) -> Result<Option<Data>, String> {
        match (self.find)(kind, name) {
            None if optional != Some(true) => {
                Err(format!("{} {name:?} not found", kind.as_str().to_lowercase()))
            }
            data => Ok(data),
        }
    }

    /// One value; `None` when it is missing and may be.
    pub(super) fn key(
        self,
        kind: Kind,
        name: &str,
        key: &str,
        optional: Option<bool>,
    ) -> Result<Option<Vec<u8>>, String> {
        let data = self.whole(kind, name, optional)?;
        match data.and_then(|mut data| data.remove(key)) {
            None if optional != Some(true) => Err(format!(
                "couldn't find key {key} in {} {}/{name}",
                kind.as_str(),
                self.namespace
            )),
            value => Ok(value),
        }
    }
}

/// Data of a stored ConfigMap or Secret.
pub(super) fn of(object: &Value) -> Data {
    let (plain, encoded) = if object["kind"] == Kind::Secret.as_str() {
        ("stringData", "data")
    } else {
        ("data", "binaryData")
    };
    let entries = |field| object.get(field).and_then(Value::as_object).into_iter().flatten();
    let encoded = entries(encoded).map(|(key, value)| (key.clone(), decode(value)));
    let plain = entries(plain).map(|(key, value)| (key.clone(), text(value)));
    encoded.chain(plain).collect()
}

fn text(value: &Value) -> Vec<u8> {
    value.as_str().unwrap_or_default().as_bytes().to_vec()
}

/// Base64 was checked when the object was stored.
fn decode(value: &Value) -> Vec<u8> {
    serde_json::from_value::<ByteString>(value.clone())
        .map(|bytes| bytes.0)
        .unwrap_or_default()
}
