//! The workload of a process: a plain pod, or a controller that creates it.

use std::fmt;

use k8s_openapi::api::{apps::v1 as apps, batch::v1 as batch};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::Value;

use super::check::Found;
use super::patch;
use super::section::{Merge, section};
use super::typed::{self, Unchecked};
use podbay_core::workload::WorkloadKind;
use podbay_text::diagnostic::Code;

section! {
    /// The workload of a process.
    pub(crate) struct Workload {
        /// The kind of workload.
        chosen: WorkloadSpec = "workload",
    }
}

/// A kind of workload, with fields of its `spec`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WorkloadSpec {
    /// The kind; `None` if unset.
    pub(crate) kind: Option<WorkloadKind>,
    /// Fields of its `spec`; null for none.
    pub(crate) spec: Value,
}

fn kind<E: Error>(name: &str) -> Result<WorkloadKind, E> {
    WorkloadKind::named(name).ok_or_else(|| E::unknown_variant(name, WorkloadKind::NAMES))
}

impl Workload {
    /// The kind of workload.
    pub(crate) fn kind(&self) -> WorkloadKind {
        self.chosen.kind.unwrap_or_default()
    }
}

/// Another kind replaces the first; the same kind adds fields.
impl Merge for WorkloadSpec {
    fn merge(&mut self, later: &Self, _: &str) {
        if later.kind.is_none() {
            return;
        }
        if self.kind != later.kind {
            *self = Self::default();
        }
        self.kind = later.kind;
        if !later.spec.is_null() {
            patch::apply(&mut self.spec, &later.spec, "");
        }
    }

    fn check(&self, key: &str) -> Result<(), Found> {
        let kind = self.kind.unwrap_or_default();
        let path = format!("{key}.{kind}");
        match kind {
            WorkloadKind::Pod if self.spec.is_null() => Ok(()),
            WorkloadKind::Pod => {
                let error = Code::KeyValue.says("a Pod has no fields under `workload`");
                Err(Found::key(path, error.help("write them under `pod`")))
            }
            WorkloadKind::Deployment => typed::check::<apps::DeploymentSpec>(&path, &self.spec),
            WorkloadKind::StatefulSet => typed::check::<apps::StatefulSetSpec>(&path, &self.spec),
            WorkloadKind::Job => typed::check::<batch::JobSpec>(&path, &self.spec),
            WorkloadKind::DaemonSet => typed::check::<apps::DaemonSetSpec>(&path, &self.spec),
        }
    }
}

impl<'de> Deserialize<'de> for WorkloadSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

/// Parses `Job`, or `{Job: {backoffLimit: 3}}`.
struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = WorkloadSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one kind of workload, such as Job or {Job: {backoffLimit: 3}}")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<WorkloadSpec, E> {
        Ok(WorkloadSpec {
            kind: Some(kind(name)?),
            spec: Value::Null,
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WorkloadSpec, A::Error> {
        let Some(name) = map.next_key::<String>()? else {
            return Err(A::Error::invalid_length(0, &self));
        };
        let kind = kind(&name)?;
        let Unchecked(spec) = map.next_value()?;
        match map.next_key::<String>()? {
            Some(other) => Err(A::Error::custom(format!(
                "`workload` must be one kind of workload; found two: {kind}, {other}"
            ))),
            None => Ok(WorkloadSpec {
                kind: Some(kind),
                spec,
            }),
        }
    }
}
