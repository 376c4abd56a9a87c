//! The workload of a process: a plain pod, or a controller that creates it.

use std::fmt;

use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::patch;
use super::section::{Merge, section};
use super::typed::Typed;
use podbay_core::workload::WorkloadKind;
use podbay_text::near::instead;

section! {
    /// The workload of a process.
    pub struct Workload {
        /// The kind of workload.
        controller: Controller = "workload",
    }
}

/// A kind of workload, with fields of its `spec`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Controller {
    /// The kind; `None` if unset.
    pub kind: Option<WorkloadKind>,
    /// Fields of its `spec`; null for none.
    pub spec: Value,
}

fn called(name: &str) -> Result<WorkloadKind, String> {
    WorkloadKind::named(name).ok_or_else(|| {
        let names = WorkloadKind::ALL.iter().map(|kind| kind.name());
        format!("there is no workload {name:?}; {}", instead(name, names))
    })
}

/// Reads the profile's `spec` for a `kind`.
fn read_spec<'de, A: MapAccess<'de>>(kind: WorkloadKind, map: &mut A) -> Result<Value, A::Error> {
    let name = kind.name();
    Ok(match kind {
        WorkloadKind::Pod => {
            return Err(A::Error::custom(
                "a Pod has no fields here; write them under `pod`",
            ));
        }
        WorkloadKind::Deployment => Typed::<apps::DeploymentSpec>::read(name, map)?.value,
        WorkloadKind::StatefulSet => Typed::<apps::StatefulSetSpec>::read(name, map)?.value,
        WorkloadKind::Job => Typed::<batch::JobSpec>::read(name, map)?.value,
        WorkloadKind::DaemonSet => Typed::<apps::DaemonSetSpec>::read(name, map)?.value,
    })
}

impl Workload {
    /// The kind of workload.
    pub fn kind(&self) -> WorkloadKind {
        self.controller.kind.unwrap_or_default()
    }
}

/// Another kind replaces the first; the same kind adds fields.
impl Merge for Controller {
    fn merge(&mut self, later: &Self, _: &str) {
        if later.kind.is_none() {
            return;
        }
        if self.kind != later.kind {
            *self = Self::default();
        }
        self.kind = later.kind;
        if !later.spec.is_null() {
            patch::lay(&mut self.spec, &later.spec, "");
        }
    }
}

impl<'de> Deserialize<'de> for Controller {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Parses `Job`, or `{Job: {backoffLimit: 3}}`.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Controller;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind of workload, such as Job or {Job: {backoffLimit: 3}}")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Controller, E> {
        Ok(Controller {
            kind: Some(called(name).map_err(E::custom)?),
            spec: Value::Null,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Controller, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        let kind = called(&name).map_err(A::Error::custom)?;
        let spec = read_spec(kind, &mut map)?;
        match map.next_key::<String>()? {
            Some(_) => Err(A::Error::custom("name one kind of workload, not several")),
            None => Ok(Controller {
                kind: Some(kind),
                spec,
            }),
        }
    }
}
