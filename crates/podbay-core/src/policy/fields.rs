//! Parses a pod into its type, and reports what the type does not have.

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;
use serde_path_to_error::Segment;

use super::denial::{Denial, LONG, never};
use super::listed;
use crate::fields::{accepted, described, unknown_fields};
use crate::object::Object;
use podbay_text::expected::plainly;
use podbay_text::{near, shown};

/// Number of fields that are named; the others are counted.
const NAMED: usize = 10;

/// Why a manifest is not a v1 Pod.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {help}")]
pub struct NotAPod {
    /// The error and its place.
    pub what: String,
    /// How to fix it.
    pub help: String,
}

/// `object` as a pod.
pub(super) fn typed(object: &Object) -> Result<Pod, Denial> {
    parse(object).map_err(|NotAPod { what, help }| Denial {
        rule: "manifest",
        what,
        help,
    })
}

fn parse(object: &Object) -> Result<Pod, NotAPod> {
    serde_json::from_value(object.0.clone()).map_err(|error| unfit(&object.0, &error))
}

/// Why `object` is not a pod: parses it again, tracking the path.
fn unfit(object: &Value, first: &serde_json::Error) -> NotAPod {
    let error = |what: &str, help: Option<String>| NotAPod {
        what: format!("the manifest is not a valid v1 Pod: {what}"),
        help: help.unwrap_or_else(|| "correct it".to_owned()),
    };
    let Err(found) = serde_path_to_error::deserialize::<_, Pod>(object.clone()) else {
        return error(&cut(&first.to_string()), None);
    };
    let (path, why) = (cut(&found.path().to_string()), found.inner().to_string());
    let given = at(object, found.path());
    if why.starts_with("invalid value: integer ") {
        return error(
            &format!("{path}: {} is out of range", cut(&given.to_string())),
            None,
        );
    }
    let Some((_, expected)) = why
        .strip_prefix("invalid type: ")
        .and_then(|why| why.rsplit_once(", expected "))
    else {
        return error(&format!("{path}: {}", cut(&why)), None);
    };
    let expected = accepted(expected);
    let is_scalar = matches!(given, Value::Number(_) | Value::Bool(_));
    let quoted =
        (is_scalar && Some(&expected) == plainly("string").as_ref()).then(|| format!("use \"{given}\""));
    let quoted = quoted.or_else(|| words(&path, given));
    error(
        &format!("{path}: expected {expected}, found {}", cut(&described(given))),
        quoted,
    )
}

/// Help for a command line in one string, without the quotes of a shell.
fn words(path: &str, given: &Value) -> Option<String> {
    let line = given
        .as_str()
        .filter(|line| line.len() <= LONG && !line.contains(['"', '\'', '\\']))?;
    let is_command = path.ends_with(".command") || path.ends_with(".args");
    let words: Vec<_> = line.split_whitespace().map(|word| format!("{word:?}")).collect();
    (is_command && !words.is_empty()).then(|| format!("use [{}]", words.join(", ")))
}

/// The shown beginning of a caller's text.
fn cut(text: &str) -> String {
    shown::beginning(text, LONG).into_owned()
}

/// The value at `path`.
fn at<'a>(object: &'a Value, path: &serde_path_to_error::Path) -> &'a Value {
    path.iter().fold(object, |value, step| match step {
        Segment::Seq { index } => &value[*index],
        Segment::Map { key } => &value[key.as_str()],
        _ => value,
    })
}

/// Checks that `pod` has only fields of a v1 Pod, with values of their types.
pub fn check_fields(pod: &Object) -> Result<(), NotAPod> {
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
    let (plural, them) = match unknown.len() {
        1 => ("", "it"),
        _ => ("s", "them"),
    };
    Err(NotAPod {
        what: format!(
            "the manifest has the unknown field{plural} {}",
            shown::listed(named, NAMED, usize::MAX)
        ),
        help: format!("correct or remove {them}: this version of podbay does not support {them}"),
    })
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
    fn a_value_of_another_type_is_reported_with_its_place_and_the_way_out() {
        let container = |container: Value| json!({"spec": {"containers": [container]}});
        for (pod, path, found) in [
            (
                container(json!({"command": ["sleep", 5]})),
                "spec.containers[0].command[1]",
                "found the number 5; use \"5\"",
            ),
            (
                container(json!({"env": [{"name": "A", "value": true}]})),
                "spec.containers[0].env[0].value",
                "found the boolean true; use \"true\"",
            ),
            (
                json!({"metadata": {"labels": {"a": 1.5}}}),
                "metadata.labels.a",
                "found the number 1.5; use \"1.5\"",
            ),
            (
                container(json!({"ports": [{"containerPort": "80, expected"}]})),
                "spec.containers[0].ports[0].containerPort",
                "found the string \"80, expected\"; correct it",
            ),
            (
                container(json!({"tty": "yes"})),
                "spec.containers[0].tty: expected true or false",
                "found the string \"yes\"; correct it",
            ),
            (
                container(json!({"args": "sleep  100"})),
                "spec.containers[0].args: expected a list",
                "found the string \"sleep  100\"; use [\"sleep\", \"100\"]",
            ),
            (
                container(json!({"command": "sh -c 'sleep 100'"})),
                "spec.containers[0].command: expected a list",
                "; correct it",
            ),
            (
                container(json!({"command": "sleep"})),
                "spec.containers[0].command: expected a list",
                "found the string \"sleep\"; use [\"sleep\"]",
            ),
            (
                container(json!({"ports": [{"containerPort": 99_999_999_999_u64}]})),
                "spec.containers[0].ports[0].containerPort",
                "99999999999 is out of range; correct it",
            ),
            (
                container(json!({"livenessProbe": {"httpGet": {"port": true}}})),
                "spec.containers[0].livenessProbe.httpGet.port: expected a number or a string",
                "found the boolean true; correct it",
            ),
            (
                container(json!({"resources": {"limits": {"cpu": true}}})),
                "spec.containers[0].resources.limits.cpu: expected a quantity such as 500m or 2Gi",
                "found the boolean true; correct it",
            ),
            (
                json!({"spec": {"containers": ["c"]}}),
                "spec.containers[0]: expected a mapping",
                "found the string \"c\"; correct it",
            ),
            (
                json!({"spec": []}),
                "spec: expected a mapping",
                "found a list; correct it",
            ),
        ] {
            let error = check_fields(&Object(pod)).unwrap_err().to_string();
            let start = format!("the manifest is not a valid v1 Pod: {path}");
            assert!(error.starts_with(&start) && error.ends_with(found), "{error}");
        }
    }
}
