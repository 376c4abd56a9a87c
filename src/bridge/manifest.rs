//! The manifest of a `create_pod` request, and the manifest of a running pod, prepared for creating it again.

use serde_json::{Map, Value, json};

use podbay_core::names::{LABEL_MANAGED_BY, MANAGED_BY};
use podbay_core::object::Object;
use podbay_core::policy;
use podbay_core::request::Refusal;
use podbay_description::argv;
use podbay_text::diagnostic::Code;
use podbay_text::lengths::{Text, short};
use podbay_text::yaml::{self, Kind};

/// Metadata of one instance of an object. This includes finalizers, which belong to those who wait for the end
/// of this instance.
const OF_ONE_LIFE: [&str; 9] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "managedFields",
    "selfLink",
    "finalizers",
];

/// Annotations that networks and admission controllers add to one instance of a pod.
const TOLD_OF_ONE_LIFE: [&str; 8] = [
    "cni.projectcalico.org/containerID",
    "cni.projectcalico.org/podIP",
    "cni.projectcalico.org/podIPs",
    "k8s.ovn.org/pod-networks",
    "k8s.v1.cni.cncf.io/network-status",
    "k8s.v1.cni.cncf.io/networks-status",
    "kubernetes.io/limit-ranger",
    "openshift.io/scc",
];

/// Texts for error messages.
const MANIFEST: Kind = Kind {
    whole: "a manifest",
    example: "kind: Pod",
    again: None,
    instead: &[],
    takes: &[],
};

/// Parses YAML or JSON of one v1 Pod, in `namespace`, or that of the manifest, or `default_namespace`.
pub(crate) fn parse(manifest: &str, namespace: &str, default_namespace: &str) -> Result<Object, Refusal> {
    Text::Document.check("the manifest", manifest)?;
    let value: Value = yaml::read(manifest, &MANIFEST).map_err(|error| {
        let what = match error.code {
            Code::ConfigurationSyntax => "neither YAML nor JSON of one object",
            _ => "invalid",
        };
        let error = error.in_file("manifest");
        Refusal {
            message: format!("the manifest is {what}: {error}"),
            problems: vec![error],
            ..Refusal::default()
        }
    })?;
    if value.is_null() {
        return Err("manifest is required: YAML or JSON of one v1 Pod".into());
    }
    let mut pod = Object(value);
    check_kind(&pod)?;
    check_text(&pod)?;
    check_programs(&pod)?;
    policy::check_fields(&pod).map_err(|error| error.to_string())?;
    let own = pod.namespace().to_owned();
    let namespace = match (namespace, own.as_str()) {
        ("", "") => default_namespace,
        ("", own) => own,
        (asked, "") => asked,
        (asked, own) if asked == own => asked,
        (asked, own) => {
            return Err(Refusal::from(format!(
                "the request has namespace {asked}, but the manifest's metadata.namespace is {own}; use the \
                 same, or remove one"
            )));
        }
    };
    let metadata = metadata(&mut pod)?;
    let is_set = |name| !matches!(metadata.get(name), None | Some(Value::Null)) && metadata[name] != "";
    if !is_set("name") && !is_set("generateName") {
        return Err("metadata.name is required".into());
    }
    metadata.insert("namespace".into(), json!(namespace));
    let labels = metadata.entry("labels").or_insert_with(|| json!({}));
    if labels.is_null() {
        *labels = json!({});
    }
    if let Some(labels) = labels.as_object_mut() {
        labels
            .entry(LABEL_MANAGED_BY)
            .or_insert_with(|| json!(MANAGED_BY));
    }
    Ok(pod)
}

fn check_kind(pod: &Object) -> Result<(), Refusal> {
    if !pod.0.is_object() {
        return Err(
            "the manifest is not an object; provide one v1 Pod with apiVersion, kind, metadata and spec"
                .into(),
        );
    }
    match (pod.text("/apiVersion"), pod.kind()) {
        ("v1", "Pod") => Ok(()),
        (version, kind) => Err(Refusal::from(format!(
            "the manifest is {kind:?} of apiVersion {version:?}, not a v1 Pod; create_pod accepts only pods, \
             use kubectl apply for other kinds"
        ))),
    }
}

/// Refuses NUL characters, which terminate names, arguments and variables of a process.
fn check_text(pod: &Object) -> Result<(), Refusal> {
    match nul(&pod.0) {
        None => Ok(()),
        Some(path) => Err(Refusal::from(format!(
            "the manifest has a NUL character in {}, which names and processes cannot contain; remove it",
            path.trim_start_matches('.')
        ))),
    }
}

/// Path of the first text with a NUL character.
fn nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(list) => {
            let mut found = list.iter().enumerate();
            found.find_map(|(index, value)| Some(format!("[{index}]{}", nul(value)?)))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, value)| match name.contains('\0') {
            true => Some(format!(".{}", short(name))),
            false => Some(format!(".{}{}", short(name), nul(value)?)),
        }),
        _ => None,
    }
}

/// Refuses command lines that no container could be started with.
fn check_programs(pod: &Object) -> Result<(), Refusal> {
    let lists = ["initContainers", "containers"];
    let containers = lists.into_iter().flat_map(|list| {
        let containers = pod.0["spec"][list].as_array().into_iter().flatten().enumerate();
        containers.map(move |(index, container)| (format!("spec.{list}[{index}]"), container))
    });
    let mut wrong = containers.filter_map(|(path, container)| Some((path, argv::too_large(container)?)));
    match wrong.next() {
        None => Ok(()),
        Some((path, what)) => Err(Refusal::from(format!(
            "the manifest's {path} has {what}; put large data into a ConfigMap or a volume"
        ))),
    }
}

fn metadata(pod: &mut Object) -> Result<&mut Map<String, Value>, Refusal> {
    pod.0
        .get_mut("metadata")
        .and_then(Value::as_object_mut)
        .ok_or_else(|| Refusal::from("the manifest has no metadata; metadata.name is required"))
}

/// The manifest for creating `pod` again, without what belongs to its current instance.
pub(crate) fn for_next_life(mut pod: Object) -> Object {
    if let Some(object) = pod.0.as_object_mut() {
        object.remove("status");
    }
    if let Ok(metadata) = metadata(&mut pod) {
        metadata.retain(|key, _| !OF_ONE_LIFE.contains(&key.as_str()));
        if let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) {
            annotations.retain(|key, _| !TOLD_OF_ONE_LIFE.contains(&key.as_str()));
        }
    }
    if let Some(spec) = pod.0.get_mut("spec").and_then(Value::as_object_mut) {
        // the scheduler chooses a host again
        spec.remove("nodeName");
        // their classes set these, perhaps to other values than before
        for field in ["priority", "preemptionPolicy", "overhead"] {
            spec.remove(field);
        }
        // debug containers are added to a running pod; the API server refuses them in a new one
        spec.remove("ephemeralContainers");
        remove_default_token(spec);
    }
    pod
}

/// The admission controller mounts its token volume again, and two of the same name are refused.
fn remove_default_token(spec: &mut Map<String, Value>) {
    let is_token = |entry: &Value| {
        entry
            .get("name")
            .and_then(Value::as_str)
            .is_some_and(|name| name.starts_with("kube-api-access-"))
    };
    let drop_tokens = |list: Option<&mut Value>| {
        if let Some(list) = list.and_then(Value::as_array_mut) {
            list.retain(|entry| !is_token(entry));
        }
    };
    drop_tokens(spec.get_mut("volumes"));
    for group in ["initContainers", "containers"] {
        for container in spec
            .get_mut(group)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            drop_tokens(container.get_mut("volumeMounts"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {}\n";

    #[test]
    fn the_namespace_comes_from_request_manifest_or_default() {
        let with_own = POD.replace("{name: a}", "{name: a, namespace: own}");
        assert_eq!(parse(POD, "asked", "default").unwrap().namespace(), "asked");
        assert_eq!(parse(POD, "", "default").unwrap().namespace(), "default");
        assert_eq!(parse(&with_own, "", "default").unwrap().namespace(), "own");
        let error = parse(&with_own, "asked", "default").unwrap_err().message;
        assert!(error.contains("asked") && error.contains("own"), "{error}");
    }

    #[test]
    fn json_is_accepted_and_labelled() {
        let empty = POD.replace("{name: a}", "{name: a, labels: }");
        let labelled = parse(&empty, "", "default").unwrap();
        assert_eq!(labelled.label(LABEL_MANAGED_BY), MANAGED_BY);
        let pod = parse(
            r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"}}"#,
            "",
            "default",
        )
        .unwrap();
        assert_eq!(
            pod.0.pointer("/metadata/labels/app.kubernetes.io~1managed-by"),
            Some(&json!("podbay"))
        );
    }

    #[test]
    fn what_is_not_one_pod_is_refused_with_its_name() {
        for (manifest, named) in [
            (
                "a: [",
                "the manifest is neither YAML nor JSON of one object: manifest:1:",
            ),
            (
                "kind: Pod\nspec: {a: 1, a: 2}\n",
                "the manifest is invalid: manifest:2:14: error[PB0704]: duplicate key `a`; remove one",
            ),
            ("- 1", "not an object"),
            ("", "manifest is required"),
            (" # nothing\n", "manifest is required"),
            (&POD.replace("name: a", "labels: {}"), "metadata.name is required"),
            (&POD.replace("name: a", "name: \"\""), "metadata.name is required"),
            ("apiVersion: apps/v1\nkind: Deployment\n", "Deployment"),
            ("apiVersion: v1\nkind: Pod\n", "metadata"),
            (&"x".repeat(Text::Document.most() + 1), "1048576"),
        ] {
            let error = parse(manifest, "", "default").unwrap_err().message;
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn the_next_life_keeps_spec_and_owner_only() {
        let pod = Object(json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "uid": "1", "resourceVersion": "2", "finalizers": ["batch.kubernetes.io/job-tracking"],
                         "ownerReferences": [{"name": "o"}],
                         "annotations": {"cni.projectcalico.org/podIP": "10.0.0.1/32", "mine": "1"}},
            "spec": {"nodeName": "h", "priority": 0, "preemptionPolicy": "PreemptLowerPriority", "ephemeralContainers": [{"name": "debugger"}], "volumes": [{"name": "kube-api-access-x"}, {"name": "mine"}],
                     "containers": [{"name": "c", "volumeMounts": [{"name": "kube-api-access-x"}]}]},
            "status": {"phase": "Running"},
        }));
        let expected = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"name": "a", "ownerReferences": [{"name": "o"}], "annotations": {"mine": "1"}},
            "spec": {"volumes": [{"name": "mine"}], "containers": [{"name": "c", "volumeMounts": []}]},
        });
        assert_eq!(for_next_life(pod).0, expected);
    }
}
