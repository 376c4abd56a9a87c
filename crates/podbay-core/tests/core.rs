//! Health, policy and model, in addition to the cases of `tests/decisions.rs`.

#![allow(clippy::unwrap_used)]

#[path = "core/health.rs"]
mod health;
#[path = "decisions/manifest.rs"]
mod manifest;
#[path = "core/model.rs"]
mod model;
#[path = "decisions/pod.rs"]
mod pod;
#[path = "core/policy.rs"]
mod policy;
