//! Merges pods of one process each into one pod.
//!
//! Lists of named items (containers, volumes, …) are joined without duplicates, and labels and annotations
//! are merged. The runtime class of a GPU applies to all. Everything else must be the same in all pods,
//! whether it is set or not.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::group::Member;
use super::names::Name;
use super::pod::GPU_RUNTIME;
use super::{about, title};
use podbay_core::fields::join;
use podbay_core::names::{ANNOTATION_NODES, LABEL_NODE};
use podbay_core::object::Object;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Lists in a pod's spec whose order does not matter.
const JOINED: [&str; 8] = [
    "containers",
    "initContainers",
    "volumes",
    "imagePullSecrets",
    "tolerations",
    "hostAliases",
    "readinessGates",
    "resourceClaims",
];

/// Two different values for one field: the field, and both values as text.
struct Conflict(String, String, String);

/// Merges `pods` into one named `name`.
pub(super) fn pods(pods: Vec<(&Member<'_>, Object)>, name: &Name) -> Result<Object, Diagnostic> {
    let mut pods = pods.into_iter();
    let Some((first, mut whole)) = pods.next() else {
        return Ok(Object(Value::Null));
    };
    for (member, mut pod) in pods {
        separate(&whole, &mut pod);
        add_nodes(&mut whole, &pod);
        remove_identity(&mut pod);
        merge("", &mut whole.0, pod.0).map_err(|conflict| disagreement(first, member, name, &conflict))?;
    }
    whole.0["metadata"]["name"] = json!(name.pod);
    whole.0["metadata"]["labels"][LABEL_NODE] = json!(name.process);
    Ok(whole)
}

/// Renames volumes and containers of `pod` that differ from those of the same name in `whole`.
fn separate(whole: &Object, pod: &mut Object) {
    let suffix = pod.text("/spec/containers/0/name").to_owned();
    for list in ["volumes", "containers", "initContainers"] {
        for (from, to) in clashes(&whole.0["spec"][list], &pod.0["spec"][list], &suffix) {
            rename(pod.0.pointer_mut(&format!("/spec/{list}")), &from, &to);
            if list == "volumes" {
                rename_mounts(&mut pod.0["spec"], &from, &to);
            }
        }
    }
}

fn clashes(there: &Value, new: &Value, suffix: &str) -> Vec<(String, String)> {
    let name = |item: &Value| item["name"].as_str().unwrap_or_default().to_owned();
    let there: Vec<_> = there.as_array().into_iter().flatten().collect();
    let taken: BTreeSet<_> = there.iter().map(|item| name(item)).collect();
    let free = |from: &str| {
        let mut names = (1..).map(|n| match n {
            1 => shortened(&format!("{from}-{suffix}")),
            n => format!("{}-{n}", shortened(&format!("{from}-{suffix}"))),
        });
        names.find(|name| !taken.contains(name)).unwrap_or_default()
    };
    let new = new.as_array().into_iter().flatten();
    new.filter(|item| taken.contains(&name(item)) && !there.contains(item))
        .map(|item| (name(item), free(&name(item))))
        .collect()
}

/// Leaves room for a number within the 63 characters of a label.
fn shortened(name: &str) -> String {
    name.get(..58).unwrap_or(name).trim_end_matches('-').to_owned()
}

fn rename(list: Option<&mut Value>, from: &str, to: &str) {
    for item in list.and_then(Value::as_array_mut).into_iter().flatten() {
        if item["name"] == from {
            item["name"] = json!(to);
        }
    }
}

fn rename_mounts(spec: &mut Value, from: &str, to: &str) {
    for list in ["containers", "initContainers"] {
        for container in spec
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            rename(container.get_mut("volumeMounts"), from, to);
        }
    }
}

/// All nodes are expected from the pod.
fn add_nodes(whole: &mut Object, pod: &Object) {
    let path = format!("/metadata/annotations/{}", ANNOTATION_NODES.replace('/', "~1"));
    let mut nodes: Vec<_> = whole.text(&path).split(',').map(str::to_owned).collect();
    for node in pod.text(&path).split(',') {
        if !nodes.iter().any(|known| known == node) {
            nodes.push(node.to_owned());
        }
    }
    nodes.retain(|node| !node.is_empty());
    if !nodes.is_empty() {
        whole.0["metadata"]["annotations"][ANNOTATION_NODES] = json!(nodes.join(","));
    }
}

/// Removes what identifies the pods, which may differ.
fn remove_identity(pod: &mut Object) {
    let metadata = &mut pod.0["metadata"];
    for (map, field) in [
        ("", "name"),
        ("labels", LABEL_NODE),
        ("annotations", ANNOTATION_NODES),
    ] {
        let map = if map.is_empty() {
            &mut *metadata
        } else {
            &mut metadata[map]
        };
        if let Some(map) = map.as_object_mut() {
            map.shift_remove(field);
        }
    }
}

fn merge(path: &str, whole: &mut Value, part: Value) -> Result<(), Conflict> {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => merge_fields(path, whole, part),
        (Value::Array(whole), Value::Array(part)) if is_joined(path) => {
            let new: Vec<_> = part.into_iter().filter(|item| !whole.contains(item)).collect();
            whole.extend(new);
            Ok(())
        }
        (whole @ Value::Null, part) if may_be_missing(path, &part) => {
            *whole = part;
            Ok(())
        }
        (whole, Value::Null) if may_be_missing(path, whole) => Ok(()),
        (whole, part) if path == "spec.terminationGracePeriodSeconds" => {
            if part.as_u64() > whole.as_u64() {
                *whole = part;
            }
            Ok(())
        }
        (whole, part) if *whole == part => Ok(()),
        (whole, part) => Err(Conflict(path.to_owned(), shown(whole), shown(&part))),
    }
}

/// Whether a pod may have `value` at `path` if another pod has none.
fn may_be_missing(path: &str, value: &Value) -> bool {
    let of_pod = path.strip_prefix("spec.");
    let by_gpu = path == "spec.runtimeClassName" && value == GPU_RUNTIME;
    of_pod.is_none() || is_joined(path) || by_gpu || *value == Value::Bool(false) || value.is_null()
}

/// A value in a message.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "not set".to_owned(),
        value => value.to_string(),
    }
}

fn merge_fields(
    path: &str,
    whole: &mut Map<String, Value>,
    mut part: Map<String, Value>,
) -> Result<(), Conflict> {
    let there: Vec<_> = whole.keys().cloned().collect();
    for key in there {
        part.entry(key).or_insert(Value::Null);
    }
    for (key, value) in part {
        let path = join(path, &key);
        merge(&path, whole.entry(key).or_insert(Value::Null), value)?;
    }
    Ok(())
}

fn is_joined(path: &str) -> bool {
    path.strip_prefix("spec.")
        .is_some_and(|list| JOINED.contains(&list))
}

fn disagreement(first: &Member<'_>, member: &Member<'_>, name: &Name, conflict: &Conflict) -> Diagnostic {
    let Conflict(field, one, other) = conflict;
    let (own, pod, first_member, first) = (title(member.process), &name.pod, first, title(first.process));
    let (what, help) = match field.as_str() {
        "spec.restartPolicy" => (
            format!(
                "it shares pod {pod} with {first}, but only one of them has respawn, and a pod restarts all of its containers or none"
            ),
            "set respawn for both or neither, or `group: node` for one of them in the profile",
        ),
        field => (
            format!(
                "it shares pod {pod} with {first}, but {field} is {other} for {own} and {one} for {first}"
            ),
            "in the profile, use the same value for both, or `group: node` for one of them",
        ),
    };
    let error = Code::PodDisagreement.says(what).help(help);
    match keys_of(field).as_slice() {
        [] => about(member.process, error),
        keys => member.at_key(&[first_member], keys, error),
    }
}

/// The keys of a profile that may set `field` of a pod. Restarts follow the launch file.
fn keys_of(field: &str) -> Vec<&str> {
    let mut parts = field.split('.').skip(1);
    match parts.next().unwrap_or_default() {
        "" | "restartPolicy" => Vec::new(),
        "securityContext" => vec!["podSecurityContext", "podSecurity", "pod"],
        key => vec![key, "pod"],
    }
}
