//! The pod that evaluates a launch description, and the files it gets. Pure.

use serde_json::{Map, Value, json};

use super::recorder;
use crate::config::profile::Profile;
use crate::domain::names::{LABEL_MANAGED_BY, MANAGED_BY};
use crate::domain::object::Object;
use crate::render;

/// Label of everything that is there for one evaluation only.
pub(super) const LABEL: &str = "podbay.dev/evaluation";

/// Name of the pod's container.
pub(super) const CONTAINER: &str = "evaluate";

/// Where the file of the description is in the pod.
pub(super) const INPUT: &str = "/podbay/input";

/// Seconds from the pod's start, so with fetching the image, after which Kubernetes ends it, whatever became of podbay.
pub(super) const DEADLINE: u64 = 600;

/// The image's entrypoint sources ROS as a rule; where it does not, this does.
const SCRIPT: &str = "python3 -c 'import launch_ros' 2>/dev/null || \
                      for setup in /opt/ros/*/setup.sh; do [ ! -e \"$setup\" ] || . \"$setup\"; done; \
                      exec python3 \"$@\"";

/// A pod called `name` that runs the recorder with `arguments` on the description `file`: without a token, rights or a
/// writable image, with an end, and on a host where the profile's pods run.
pub(super) fn pod(
    name: &str,
    namespace: &str,
    profile: &Profile,
    file: &str,
    arguments: &[String],
) -> Object {
    let mut spec = json!({
        "restartPolicy": "Never",
        "activeDeadlineSeconds": DEADLINE,
        "terminationGracePeriodSeconds": 0,
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "securityContext": render::pod_security(&profile.pod),
        "containers": [container(profile, arguments)],
        "volumes": [
            {"name": "recorder", "configMap": {"name": name, "items": items()}},
            {"name": "input", "configMap": {"name": name, "items": [{"key": "input", "path": file}]}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "64Mi"}},
        ],
    });
    if !profile.pod.node_selector.is_empty() {
        spec["nodeSelector"] = json!(profile.pod.node_selector);
    }
    let lists = [
        ("imagePullSecrets", profile.pod.image_pull_secrets.given()),
        ("tolerations", profile.pod.tolerations.given()),
    ];
    for (field, given) in lists {
        if let Some(given) = given {
            spec[field] = given.clone();
        }
    }
    Object(json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "labels": labels()},
        "spec": spec,
    }))
}

fn container(profile: &Profile, arguments: &[String]) -> Value {
    let program = format!("/podbay/{}", recorder::FOLDER);
    let mut args: Vec<_> = ["sh", "-c", SCRIPT, "sh", &program].map(str::to_owned).into();
    args.extend_from_slice(arguments);
    let mut container = json!({
        "name": CONTAINER,
        "image": profile.container.image.as_deref().unwrap_or("none"),
        "args": args,
        "env": [{"name": "HOME", "value": "/tmp"}],
        "resources": {"limits": {"cpu": "1", "memory": "2Gi"}, "requests": {"cpu": "100m", "memory": "128Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": true,
        },
        "volumeMounts": [
            {"name": "recorder", "mountPath": program, "readOnly": true},
            {"name": "input", "mountPath": INPUT, "readOnly": true},
            {"name": "tmp", "mountPath": "/tmp"},
        ],
    });
    if let Some(policy) = profile.container.image_pull_policy {
        container["imagePullPolicy"] = json!(policy);
    }
    container
}

/// The recorder, and the file called `file` if there is one to pass; owned by `pod`, as the cluster stored it.
pub(super) fn files(pod: &Object, text: &str) -> Object {
    let mut data: Map<String, Value> = recorder::FILES
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(text)))
        .collect();
    data.insert("input".to_owned(), json!(text));
    Object(json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": pod.name(),
            "namespace": pod.namespace(),
            "labels": labels(),
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": pod.name(), "uid": pod.uid()}],
        },
        "data": data,
    }))
}

fn labels() -> Value {
    json!({LABEL_MANAGED_BY: MANAGED_BY, LABEL: "true"})
}

fn items() -> Vec<Value> {
    let names = recorder::FILES.iter().map(|(name, _)| name);
    names.map(|name| json!({"key": name, "path": name})).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_runs_where_the_image_does_and_has_no_rights() {
        let profile = "image: i\nimagePullSecrets: [{name: registry}]\nserviceAccountName: robot\n\
                       nodeSelector: {arch: arm64}\ntolerations: [{operator: Exists}]\n\
                       podSecurity: restricted\npodSecurityContext: {runAsUser: 1000}\n";
        let Object(pod) = pod("e", "n", &Profile::parse(profile).unwrap(), "a.launch.py", &[]);
        let spec = &pod["spec"];
        assert_eq!(spec["imagePullSecrets"], json!([{"name": "registry"}]));
        assert_eq!(spec["nodeSelector"], json!({"arch": "arm64"}));
        assert_eq!(spec["tolerations"], json!([{"operator": "Exists"}]));
        assert_eq!(spec["securityContext"]["runAsUser"], 1000);
        assert_eq!(spec["securityContext"]["runAsNonRoot"], true);
        assert_eq!(spec["automountServiceAccountToken"], json!(false));
        assert_eq!(spec.get("serviceAccountName"), None);
        assert_eq!(spec["containers"][0]["image"], "i");
    }
}
