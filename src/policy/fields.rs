//! A pod as typed data, and what is lost on the way there.

use k8s_openapi::api::core::v1::Pod;

use super::{Denial, LONG, listed, never};
use crate::domain::fields::unknown_fields;
use crate::domain::near;
use crate::domain::object::Object;
use crate::domain::shown;

/// Fields that are named; how many more there are is told.
const NAMED: usize = 10;

/// `object` as a pod.
pub(super) fn typed(object: &Object) -> Result<Pod, Denial> {
    parse(object).map_err(|mistake| Denial {
        rule: "manifest",
        what: format!("the manifest {mistake}"),
        way_out: "correct it".to_owned(),
    })
}

fn parse(object: &Object) -> Result<Pod, String> {
    serde_json::from_value(object.0.clone()).map_err(|error| {
        format!(
            "is not a valid v1 Pod: {}",
            shown::beginning(&error.to_string(), LONG)
        )
    })
}

/// Whether `pod` has fields of a v1 Pod only, and of their types; else what is wrong, to follow the manifest's name.
pub fn check_fields(pod: &Object) -> Result<(), String> {
    let known = serde_json::to_value(parse(pod)?).unwrap_or_default();
    let unknown = unknown_fields(&pod.0, &known);
    if unknown.is_empty() {
        return Ok(());
    }
    // what is not named is not compared either: there may be very many
    let named = unknown
        .iter()
        .enumerate()
        .map(|(index, path)| match index < NAMED {
            true => with_nearest(path),
            false => String::new(),
        });
    let plural = if unknown.len() == 1 { "" } else { "s" };
    Err(format!(
        "has the unknown field{plural} {}; this version of podbay knows no such field of a v1 Pod",
        shown::listed(named, NAMED, usize::MAX)
    ))
}

/// `path`, and what its last name is likely to mean.
fn with_nearest(path: &str) -> String {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let shown = shown::beginning(path, LONG);
    match near::nearest(name, listed::below(parent).iter().map(String::as_str)) {
        Some(meant) => format!("{shown} (did you mean {meant}?)"),
        None => shown.into_owned(),
    }
}

/// Fields of `object` that no pod has, as far as this version knows.
pub(super) fn unknown(object: &Object) -> Option<Denial> {
    let known = typed(object)
        .ok()
        .and_then(|pod| serde_json::to_value(pod).ok())?;
    let unknown = unknown_fields(&object.0, &known);
    let named = shown::listed(&unknown, NAMED, LONG);
    let what = format!("this version of podbay does not know {named}");
    (!unknown.is_empty()).then(|| never("unknown-field", what))
}
