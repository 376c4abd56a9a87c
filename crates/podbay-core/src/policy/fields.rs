//! Parses a pod into its type, and reports what the type does not have.

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::{Denial, LONG, listed, never};
use crate::fields::unknown_fields;
use crate::object::Object;
use podbay_text::expected::plainly;
use podbay_text::near;
use podbay_text::shown;

/// Number of fields that are named; the others are counted.
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
    serde_json::from_value(object.0.clone())
        .map_err(|error| format!("is not a valid v1 Pod: {}", unfit(&object.0, &error)))
}

/// Why `object` is not a pod: parses it again, tracking the path.
fn unfit(object: &Value, first: &serde_json::Error) -> String {
    let said = |text: &str| shown::beginning(text, LONG).into_owned();
    let Err(error) = serde_path_to_error::deserialize::<_, Pod>(object.clone()) else {
        return said(&first.to_string());
    };
    let (path, why) = (said(&error.path().to_string()), error.inner().to_string());
    if why.starts_with("invalid value: integer ") {
        let given = at(object, error.path());
        return format!("{path}: {} is out of range", said(&given.to_string()));
    }
    let Some((_, expected)) = why
        .strip_prefix("invalid type: ")
        .and_then(|why| why.rsplit_once(", expected "))
    else {
        return format!("{path}: {}", said(&why));
    };
    let expected = match expected {
        "IntOrString" => "a number or a text".to_owned(),
        "Quantity" => "a quantity, such as 500m or 2Gi,".to_owned(),
        // the name of a nested type
        named if named.starts_with(|c: char| c.is_ascii_uppercase()) => "keys and values".to_owned(),
        other => plainly(other).unwrap_or_default(),
    };
    let are = if expected == "keys and values" {
        "are"
    } else {
        "is"
    };
    let given = at(object, error.path());
    let way_out = match given {
        Value::Number(_) | Value::Bool(_) if expected == "a text" => format!("; write \"{given}\""),
        _ => String::new(),
    };
    format!(
        "{path}: {}, and {expected} {are} expected{way_out}",
        said(&is(given))
    )
}

/// The value at `path`.
fn at<'a>(object: &'a Value, path: &serde_path_to_error::Path) -> &'a Value {
    path.iter().fold(object, |value, step| match step {
        Segment::Seq { index } => &value[*index],
        Segment::Map { key } => &value[key.as_str()],
        _ => value,
    })
}

fn is(value: &Value) -> String {
    match value {
        Value::Null => "found nothing".to_owned(),
        Value::Bool(_) => format!("{value} is a boolean"),
        Value::Number(_) => format!("{value} is a number"),
        Value::String(text) => format!("{:?} is a text", shown::beginning(text, LONG / 2)),
        Value::Array(_) => "found a list".to_owned(),
        Value::Object(_) => "found a mapping".to_owned(),
    }
}

/// Checks that `pod` has only fields of a v1 Pod, with their types. The error follows the manifest's name.
pub fn check_fields(pod: &Object) -> Result<(), String> {
    let known = serde_json::to_value(parse(pod)?).unwrap_or_default();
    let unknown = unknown_fields(&pod.0, &known);
    if unknown.is_empty() {
        return Ok(());
    }
    // fields that are not shown need no suggestion: there may be very many
    let named = unknown
        .iter()
        .enumerate()
        .map(|(index, path)| match index < NAMED {
            true => with_nearest(path),
            false => String::new(),
        });
    let plural = if unknown.len() == 1 { "" } else { "s" };
    Err(format!(
        "has the unknown field{plural} {}, which this version of podbay does not know in a v1 Pod",
        shown::listed(named, NAMED, usize::MAX)
    ))
}

/// `path`, with a suggestion for its last name.
fn with_nearest(path: &str) -> String {
    let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
    let shown = shown::beginning(path, LONG);
    match near::nearest(name, listed::below(parent).iter().map(String::as_str)) {
        Some(meant) => format!("{shown} (did you mean {meant}?)"),
        None => shown.into_owned(),
    }
}

/// Denies fields of `object` that this version does not know.
pub(super) fn unknown(object: &Object) -> Option<Denial> {
    let known = typed(object)
        .ok()
        .and_then(|pod| serde_json::to_value(pod).ok())?;
    let unknown = unknown_fields(&object.0, &known);
    let named = shown::listed(&unknown, NAMED, LONG);
    let what = format!("this version of podbay does not know {named}");
    (!unknown.is_empty()).then(|| never("unknown-field", what))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_of_another_type_is_told_with_its_place_and_the_way_out() {
        let container = |container: Value| json!({"spec": {"containers": [container]}});
        for (pod, expected) in [
            (
                container(json!({"command": ["sleep", 5]})),
                "spec.containers[0].command[1]: 5 is a number, and a text is expected; write \"5\"",
            ),
            (
                container(json!({"env": [{"name": "A", "value": true}]})),
                "spec.containers[0].env[0].value: true is a boolean, and a text is expected; write \"true\"",
            ),
            (
                json!({"metadata": {"labels": {"a": 1.5}}}),
                "metadata.labels.a: 1.5 is a number, and a text is expected; write \"1.5\"",
            ),
            (
                container(json!({"ports": [{"containerPort": "80, expected"}]})),
                "spec.containers[0].ports[0].containerPort: \"80, expected\" is a text, and a whole number is expected",
            ),
            (
                container(json!({"tty": "yes"})),
                "spec.containers[0].tty: \"yes\" is a text, and true or false is expected",
            ),
            (
                container(json!({"command": "sleep"})),
                "spec.containers[0].command: \"sleep\" is a text, and a list is expected",
            ),
            (
                container(json!({"ports": [{"containerPort": 99_999_999_999_u64}]})),
                "spec.containers[0].ports[0].containerPort: 99999999999 is out of range",
            ),
            (
                container(json!({"livenessProbe": {"httpGet": {"port": true}}})),
                "spec.containers[0].livenessProbe.httpGet.port: true is a boolean, and a number or a text is expected",
            ),
            (
                container(json!({"resources": {"limits": {"cpu": true}}})),
                "spec.containers[0].resources.limits.cpu: true is a boolean, and a quantity, such as 500m or 2Gi, is expected",
            ),
            (
                json!({"spec": {"containers": ["c"]}}),
                "spec.containers[0]: \"c\" is a text, and keys and values are expected",
            ),
            (
                json!({"spec": []}),
                "spec: found a list, and keys and values are expected",
            ),
        ] {
            let said = check_fields(&Object(pod)).unwrap_err();
            assert_eq!(said, format!("is not a valid v1 Pod: {expected}"));
        }
    }
}
