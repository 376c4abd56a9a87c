//! Resources of a container: their names and amounts. The API server would refuse invalid ones only when the pod is
//! created, and an amount below one byte not at all.

use std::collections::BTreeMap;

use super::check::{Found, not_a_quantity};
use super::container::Resources;
use podbay_core::quantity::{is_above, is_quantity, value};
use podbay_text::diagnostic::Code;
use podbay_text::near::{akin, nearest};

/// Resources of Kubernetes itself; huge pages have a size in their name.
const STANDARD: [&str; 3] = ["cpu", "memory", "ephemeral-storage"];
const HUGE_PAGES: &str = "hugepages-";

/// Resources in bytes.
const IN_BYTES: [&str; 2] = ["memory", "ephemeral-storage"];

/// Checks `resources` of the process's container.
pub(super) fn check(resources: &Resources) -> Result<(), Found> {
    for (list, amounts) in [("requests", &resources.requests), ("limits", &resources.limits)] {
        each(&format!("resources.{list}"), amounts)?;
    }
    let (requests, limits) = (resources.requests.iter(), &resources.limits);
    let mut limited = requests.filter_map(|(key, amount)| Some((key, amount, limits.get(key)?)));
    let Some((key, amount, limit)) = limited.find(|(_, amount, limit)| is_above(amount, limit)) else {
        return Ok(());
    };
    let path = format!("resources.requests.{key}");
    let error = Code::ProfileContradiction
        .says(format!(
            "`{path}` is {amount}, which exceeds the limit of {limit}"
        ))
        .help("lower it, or raise the limit");
    Err(Found::value(path, error))
}

/// Checks the requests or limits at `path`.
fn each(path: &str, amounts: &BTreeMap<String, String>) -> Result<(), Found> {
    amounts
        .iter()
        .try_for_each(|(name, amount)| one(path, name, amount))
}

/// Checks one of the requests or limits at `path`.
pub(super) fn one(path: &str, name: &str, amount: &str) -> Result<(), Found> {
    let place = format!("{path}.{name}");
    if !is_resource(name) {
        let what = format!("`{path}` has the key {name:?}, which is not a resource");
        return Err(Found::key(
            place,
            Code::ProfileName.says(what).help(instead(name)),
        ));
    }
    let Some(number) = value(amount).filter(|_| is_quantity(amount)) else {
        let error = not_a_quantity(&place, amount);
        return Err(Found::value(place, error));
    };
    let wrong = |why: &str, help: String| {
        let error = Code::ProfileValue.says(format!("`{place}` is {amount}, {why}"));
        Err(Found::value(place.clone(), error.help(help)))
    };
    if IN_BYTES.contains(&name) && number > 0.0 && number < 1.0 {
        let help = match amount.strip_suffix('m') {
            Some(digits) => format!("did you mean {digits}Mi?"),
            None => "write it as 512Mi or 1.5Gi".to_owned(),
        };
        return wrong("which is less than one byte", help);
    }
    match is_extended(name) && number.fract() != 0.0 {
        true => wrong(
            "but only an integer can be requested of it",
            "write an integer".to_owned(),
        ),
        false => Ok(()),
    }
}

/// Whether containers may request a resource of this name.
fn is_resource(name: &str) -> bool {
    STANDARD.contains(&name) || name.starts_with(HUGE_PAGES) || name.contains('/')
}

/// Whether it is a resource of a device plugin.
fn is_extended(name: &str) -> bool {
    name.contains('/') && !name.contains("kubernetes.io/")
}

fn instead(name: &str) -> String {
    if name.eq_ignore_ascii_case("gpu") {
        return "use `gpu: 1` of the profile, or nvidia.com/gpu".to_owned();
    }
    match nearest(name, STANDARD).or_else(|| akin(name, STANDARD)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!(
            "use {}, {HUGE_PAGES}SIZE, or a resource with a domain, such as nvidia.com/gpu",
            STANDARD.join(", ")
        ),
    }
}
