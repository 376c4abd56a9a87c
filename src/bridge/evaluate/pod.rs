//! The pod that evaluates a launch file, and its files. Pure.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::recorder;
use podbay_core::names::{ANNOTATION_EVALUATION, LABEL_MANAGED_BY, MANAGED_BY};
use podbay_core::object::Object;
use podbay_core::pod::Pod;
use podbay_render::profile::Profile;

/// Label of everything that exists for one evaluation only.
const LABEL: &str = "podbay.dev/evaluation";

/// Prefix of the pod's name.
pub(super) const PREFIX: &str = "podbay-evaluate-";

/// Name of the pod's container.
pub(super) const CONTAINER: &str = "evaluate";

/// Path of the launch file in the pod.
pub(super) const INPUT: &str = "/podbay/input";

/// An unprivileged user, if the profile names none or root.
const NOBODY: u64 = 65532;

/// The image's entrypoint usually sources ROS; otherwise this does.
const SCRIPT: &str = "python3 -c 'import launch_ros' 2>/dev/null || \
                      for setup in /opt/ros/*/setup.sh; do [ ! -e \"$setup\" ] || . \"$setup\"; done; \
                      exec python3 \"$@\"";

/// A pod `name` that runs the recorder with `arguments` on the launch file `file`. Regardless of the profile,
/// it has no token, no privileges, no writable image, and a deadline; it runs on the hosts of the profile's
/// pods.
pub(super) fn pod(
    name: &str,
    namespace: &str,
    profile: &Profile,
    deadline: Duration,
    file: &str,
    arguments: &[String],
) -> Object {
    let mut spec = json!({
        "restartPolicy": "Never",
        // even if podbay is gone
        "activeDeadlineSeconds": deadline.as_secs(),
        "terminationGracePeriodSeconds": 0,
        "automountServiceAccountToken": false,
        "enableServiceLinks": false,
        "securityContext": security(profile),
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
        "metadata": {
            "name": name,
            "namespace": namespace,
            "labels": labels(),
            "annotations": {ANNOTATION_EVALUATION: deadline.as_secs().to_string()},
        },
        "spec": spec,
    }))
}

/// As required by the Pod Security Standard `restricted`. Only users and groups of the profile are kept,
/// since reading the image's files may require them.
fn security(profile: &Profile) -> Value {
    let contexts = [
        &profile.container.security_context.value,
        &profile.pod.security_context.value,
    ];
    let id = |field: &str| contexts.iter().find_map(|context| context[field].as_u64());
    let mut security = json!({
        "runAsNonRoot": true,
        "runAsUser": id("runAsUser").filter(|user| *user != 0).unwrap_or(NOBODY),
        "runAsGroup": id("runAsGroup").unwrap_or(NOBODY),
        "seccompProfile": {"type": "RuntimeDefault"},
    });
    for field in ["fsGroup", "supplementalGroups"] {
        if let Some(given) = contexts[1].get(field) {
            security[field] = given.clone();
        }
    }
    security
}

fn container(profile: &Profile, arguments: &[String]) -> Value {
    let program = format!("/podbay/{}", recorder::FOLDER);
    let mut args: Vec<_> = ["sh", "-c", SCRIPT, "sh", &program].map(str::to_owned).into();
    args.extend_from_slice(arguments);
    let mut container = json!({
        "name": CONTAINER,
        "image": profile.container.image.as_deref().unwrap_or("none"),
        "args": args,
        "env": [{"name": "HOME", "value": "/tmp"}, {"name": "USER", "value": "nobody"}],
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

/// The recorder, and the launch file `file` if one is passed; owned by the stored `pod`.
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

/// Whether podbay created `pod` for an evaluation.
pub(super) fn is_one(pod: &Pod) -> bool {
    let label = |name: &str| pod.labels.get(name).map_or("", String::as_str);
    label(LABEL_MANAGED_BY) == MANAGED_BY && label(LABEL) == "true" && pod.key.name.starts_with(PREFIX)
}

/// Total time limit of `pod`, which is one.
pub(super) fn deadline(pod: &Pod) -> Duration {
    let seconds = pod
        .annotations
        .get(ANNOTATION_EVALUATION)
        .and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or_default())
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
    use podbay_core::cluster::pod::from_object;

    #[test]
    fn its_deadline_is_known_by_whoever_finds_it() {
        let profile = Profile::parse("image: i\n").unwrap();
        let read = |pod: Object| from_object(&pod).unwrap();
        let seconds = Duration::from_secs;
        for limit in [1, 600, 86_400] {
            let made = pod("e", "n", &profile, seconds(limit), "a.launch.py", &[]);
            assert_eq!(made.0["spec"]["activeDeadlineSeconds"], limit);
            assert_eq!(deadline(&read(made)), seconds(limit));
        }
    }

    fn made(profile: &str) -> Value {
        let profile = Profile::parse(profile).unwrap();
        let deadline = Duration::from_secs(60);
        pod("e", "n", &profile, deadline, "a.launch.py", &[]).0
    }

    #[test]
    fn it_is_restricted_whatever_the_profile_says() {
        let profile = "image: i\npodSecurity: privileged\nhostNetwork: true\nenv: {TOKEN: x}\ndevices: [/dev/video0]\n\
                       podSecurityContext: {runAsUser: 0, seccompProfile: {type: Unconfined}, supplementalGroups: [4]}\n\
                       securityContext: {privileged: true}\n";
        let pod = made(profile);
        let expected = json!({
            "runAsNonRoot": true, "runAsUser": NOBODY, "runAsGroup": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"}, "supplementalGroups": [4],
        });
        assert_eq!(pod["spec"]["securityContext"], expected);
        assert_eq!(pod["spec"].get("hostNetwork"), None);
        assert_eq!(pod["spec"]["activeDeadlineSeconds"], 60);
        let container = &pod["spec"]["containers"][0];
        let expected = json!({
            "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": true,
        });
        assert_eq!(container["securityContext"], expected);
        assert!(!container["env"].to_string().contains("TOKEN"));
    }

    #[test]
    fn it_runs_where_the_image_does_and_has_no_rights() {
        let profile = "image: i\nimagePullSecrets: [{name: registry}]\nserviceAccountName: robot\n\
                       nodeSelector: {arch: arm64}\ntolerations: [{operator: Exists}]\n\
                       podSecurityContext: {runAsUser: 1000}\n";
        let pod = made(profile);
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

    #[test]
    fn only_what_podbay_made_for_an_evaluation_is_taken_for_one() {
        let profile = Profile::parse("image: i\n").unwrap();
        let named = |name: &str| pod(name, "n", &profile, Duration::from_secs(60), "a.launch.py", &[]).0;
        let is_one = |pod: &Value| is_one(&from_object(&Object(pod.clone())).unwrap());
        let own = named("podbay-evaluate-1");
        assert!(is_one(&own));
        assert!(!is_one(&named("theirs")));
        for label in [LABEL, LABEL_MANAGED_BY] {
            let mut theirs = own.clone();
            theirs["metadata"]["labels"][label] = json!("false");
            assert!(!is_one(&theirs), "{label}");
        }
    }
}
