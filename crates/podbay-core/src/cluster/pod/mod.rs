//! Converts a Kubernetes pod to podbay's own type. Pure, and used by every cluster.

mod container;
mod text;

use std::time::SystemTime;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use crate::names::PodKey;
use crate::object::Object;
use crate::pod::{Phase, Pod, Setup, Unschedulable};
use container::containers;
use text::{own_annotations, sentence, text, word};

/// The pod that an object is; an error if it is none.
pub fn from_object(object: &Object) -> serde_json::Result<Pod> {
    serde_json::from_value(object.0.clone()).map(|pod| from_kubernetes(&pod))
}

/// The fields that podbay keeps of a pod. Fields that are not set yet become empty, the epoch or `Pending`.
pub fn from_kubernetes(pod: &k8s::Pod) -> Pod {
    let no_status = k8s::PodStatus::default();
    let no_spec = k8s::PodSpec::default();
    let status = pod.status.as_ref().unwrap_or(&no_status);
    let spec = pod.spec.as_ref().unwrap_or(&no_spec);
    from_parts(&pod.metadata, spec, status)
}

/// The same of a pod whose parts are kept apart.
pub fn from_parts(meta: &ObjectMeta, spec: &k8s::PodSpec, status: &k8s::PodStatus) -> Pod {
    Pod {
        key: PodKey::new(text(&meta.namespace), text(&meta.name)),
        uid: text(&meta.uid),
        labels: meta.labels.clone().unwrap_or_default(),
        annotations: own_annotations(meta),
        created: time(meta.creation_timestamp.as_ref()),
        deleting: meta.deletion_timestamp.as_ref().map(|time| time.0.into()),
        finalizers: meta.finalizers.clone().unwrap_or_default(),
        disruption: disruption(status),
        phase: phase(status.phase.as_deref()),
        reason: word(&status.reason),
        message: sentence(&status.message),
        ready: condition(status, "Ready").is_some_and(|ready| ready.status == "True"),
        not_ready: not_ready(status),
        unschedulable: unschedulable(status, time(meta.creation_timestamp.as_ref())),
        setup: setup(status),
        warning: None,
        host: text(&spec.node_name),
        ip: text(&status.pod_ip),
        containers: containers(spec, status),
    }
}

fn time(field: Option<&Time>) -> SystemTime {
    field.map_or(SystemTime::UNIX_EPOCH, |time| time.0.into())
}

/// A pod without a phase was only just stored.
fn phase(phase: Option<&str>) -> Phase {
    match phase {
        None | Some("" | "Pending") => Phase::Pending,
        Some("Running") => Phase::Running,
        Some("Succeeded") => Phase::Succeeded,
        Some("Failed") => Phase::Failed,
        Some(_) => Phase::Unknown,
    }
}

fn condition<'a>(status: &'a k8s::PodStatus, kind: &str) -> Option<&'a k8s::PodCondition> {
    status
        .conditions
        .iter()
        .flatten()
        .find(|condition| condition.type_ == kind)
}

fn not_ready(status: &k8s::PodStatus) -> String {
    let not_ready = condition(status, "Ready").filter(|ready| ready.status != "True");
    not_ready.map(|ready| word(&ready.reason)).unwrap_or_default()
}

fn unschedulable(status: &k8s::PodStatus, created: SystemTime) -> Option<Unschedulable> {
    condition(status, "PodScheduled")
        .filter(|scheduled| {
            scheduled.status == "False" && scheduled.reason.as_deref() == Some("Unschedulable")
        })
        .map(|scheduled| Unschedulable {
            message: sentence(&scheduled.message),
            since: since(scheduled).unwrap_or(created),
        })
}

fn since(condition: &k8s::PodCondition) -> Option<SystemTime> {
    let time = condition.last_transition_time.as_ref()?;
    Some(time.0.into())
}

fn setup(status: &k8s::PodStatus) -> Setup {
    let accepted = status.start_time.as_ref().map(|time| time.0.into());
    match condition(status, "PodReadyToStartContainers") {
        Some(done) if done.status == "True" => Setup::Done,
        Some(missing) => since(missing)
            .or(accepted)
            .map_or(Setup::Unreported(None), Setup::Missing),
        None => Setup::Unreported(accepted),
    }
}

fn disruption(status: &k8s::PodStatus) -> Option<String> {
    let target = condition(status, "DisruptionTarget").filter(|target| target.status == "True")?;
    let texts = [&target.message, &target.reason].map(sentence);
    texts.into_iter().find(|text| !text.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::container::waiting;
    use super::*;
    use crate::pod::ContainerState;

    fn convert(pod: Value) -> Pod {
        from_kubernetes(&serde_json::from_value(pod).unwrap())
    }

    #[test]
    fn a_bare_pod_is_pending_with_waiting_containers() {
        let pod = convert(json!({"metadata": {"name": "a", "namespace": "n"},
            "spec": {"containers": [{"name": "main", "image": "i"}]}}));
        assert_eq!(pod.key, PodKey::new("n", "a"));
        assert_eq!(pod.phase, Phase::Pending);
        assert_eq!(pod.created, SystemTime::UNIX_EPOCH);
        assert!(!pod.ready && pod.deleting.is_none());
        assert_eq!(pod.containers[0].image, "i");
        assert_eq!(pod.containers[0].state, waiting(None));
    }

    #[test]
    fn metadata_is_kept_but_foreign_annotations_are_not() {
        let pod = convert(
            json!({"metadata": {"name": "a", "uid": "u", "labels": {"podbay.dev/launch": "l"},
            "annotations": {"podbay.dev/nodes": "/x, /y", "kubectl.kubernetes.io/last": "big"},
            "creationTimestamp": "1970-01-01T00:01:00Z", "deletionTimestamp": "1970-01-01T00:02:00Z"}}),
        );
        assert_eq!(pod.launch(), "l");
        assert_eq!(pod.expected_nodes().collect::<Vec<_>>(), ["/x", "/y"]);
        assert_eq!(pod.annotations.len(), 1);
        assert_eq!(pod.created, SystemTime::UNIX_EPOCH + Duration::from_secs(60));
        assert_eq!(
            pod.deleting,
            Some(SystemTime::UNIX_EPOCH + Duration::from_secs(120))
        );
    }

    #[track_caller]
    fn check_nodes(list: &str, expected: &[&str]) {
        let pod = convert(json!({"metadata": {"annotations": {"podbay.dev/nodes": list}}}));
        assert_eq!(pod.expected_nodes().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_list_of_nodes_is_limited_to_valid_names() {
        let long = format!("/{}", "x".repeat(254));
        check_nodes(&format!("/a, /b/_c,{long}"), &["/a", "/b/_c", &long]);
        check_nodes(&format!("/a\u{1b}[2J,b,/,/1,//x,/x/,{long}x,/é,/ok"), &["/ok"]);
        let many: Vec<_> = (0..110_000).map(|index| format!("/n{index}")).collect();
        let first: Vec<_> = many.iter().take(100).map(String::as_str).collect();
        check_nodes(&many.join(","), &first);
        check_nodes(&[&*long; 100].join(","), &[&*long; 32]);
    }

    #[test]
    fn conditions_become_ready_and_unschedulable() {
        let pod = convert(json!({"metadata": {}, "status": {"phase": "Running",
            "conditions": [{"type": "Ready", "status": "True"}]}}));
        assert!(pod.ready && pod.unschedulable.is_none());
        assert_eq!(pod.phase, Phase::Running);
        let pod = convert(
            json!({"metadata": {}, "status": {"conditions": [{"type": "PodScheduled",
            "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"}]}}),
        );
        let report = pod.unschedulable.unwrap();
        assert_eq!(
            (report.message.as_str(), report.since),
            ("0/1 nodes are available", SystemTime::UNIX_EPOCH)
        );
        let pod = convert(
            json!({"metadata": {}, "status": {"conditions": [{"type": "PodScheduled",
            "status": "False", "reason": "SchedulingGated"}]}}),
        );
        assert_eq!(pod.unschedulable, None);
    }

    #[test]
    fn containers_follow_the_spec_with_init_first() {
        let pod = convert(json!({"metadata": {}, "spec": {"nodeName": "h",
                "initContainers": [{"name": "i"}], "containers": [{"name": "a"}, {"name": "b"}]},
            "status": {"podIP": "10.0.0.1",
                "containerStatuses": [
                    {"name": "b", "image": "", "imageID": "", "ready": true, "restartCount": 0,
                     "state": {"running": {"startedAt": "1970-01-01T00:00:05Z"}}},
                    {"name": "a", "image": "", "imageID": "", "ready": false, "restartCount": 3,
                     "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
                     "lastState": {"terminated": {"exitCode": 1, "reason": "Error"}}}],
                "initContainerStatuses": [{"name": "i", "image": "", "imageID": "", "ready": true,
                    "restartCount": 0, "state": {"terminated": {"exitCode": 0, "reason": "Completed"}}}]}}));
        let names: Vec<_> = pod.containers.iter().map(|c| (c.name.as_str(), c.init)).collect();
        assert_eq!(names, [("i", true), ("a", false), ("b", false)]);
        assert_eq!(
            (pod.host.as_str(), pod.ip.as_str(), pod.restarts()),
            ("h", "10.0.0.1", 3)
        );
        assert!(matches!(&pod.containers[0].state, ContainerState::Terminated(t) if t.reason == "Completed"));
        assert!(
            matches!(&pod.containers[1].state, ContainerState::Waiting { reason, .. } if reason == "CrashLoopBackOff")
        );
        assert_eq!(
            pod.containers[1].last.as_ref().map(|last| last.exit_code),
            Some(1)
        );
        assert!(
            matches!(&pod.containers[2].state, ContainerState::Running { started }
            if *started == SystemTime::UNIX_EPOCH + Duration::from_secs(5))
        );
    }

    #[test]
    fn a_disruption_has_the_reason_of_the_cluster() {
        for (target, expected) in [
            (
                json!({"reason": "EvictionByEvictionAPI", "message": "drained"}),
                Some("drained"),
            ),
            (
                json!({"reason": "EvictionByEvictionAPI", "message": " \n"}),
                Some("EvictionByEvictionAPI"),
            ),
            (json!({"reason": "", "message": ""}), None),
            (json!({}), None),
        ] {
            let mut condition = json!({"type": "DisruptionTarget", "status": "True"});
            condition
                .as_object_mut()
                .unwrap()
                .extend(target.as_object().unwrap().clone());
            let pod = convert(json!({"status": {"conditions": [condition]}}));
            assert_eq!(pod.disruption.as_deref(), expected, "{target}");
        }
    }
}
