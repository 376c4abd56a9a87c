//! The manifest of a case in `tests/policy`.

use podbay_core::policy::{Policy, Reach};
use serde::Deserialize;
use serde_json::Value;

pub(crate) fn reach(scope: &[String]) -> Reach<'_> {
    Reach {
        default_namespace: "default",
        scope,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) policy: Policy,
    pub(crate) scope: Vec<String>,
    pub(crate) pod: Value,
}
