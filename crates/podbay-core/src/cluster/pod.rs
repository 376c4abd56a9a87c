//! Converts a Kubernetes pod to podbay's own type. Pure, and used by every backend.

use std::collections::BTreeMap;
use std::sync::Once;
use std::time::SystemTime;

use k8s_openapi::api::core::v1 as k8s;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, Time};

use crate::names::{
    ANNOTATION_COST, ANNOTATION_EVALUATION, ANNOTATION_NODES, MOST_NODES, MOST_NODES_BYTES, PodKey, is_node,
    listed_nodes,
};
use crate::pod::{Container, ContainerState, Phase, Pod, Setup, Termination, Unschedulable};
use podbay_text::lengths::short;
use podbay_text::shown;

/// Limits in characters: a word, such as a reason, and a sentence or an image. Text from others is kept as
/// long as the pod exists.
const LONGEST_WORD: usize = 128;
const LONGEST_TEXT: usize = 1024;

/// Digits of a number in an annotation.
const LONGEST_NUMBER: usize = 20;

/// A truncated list of nodes is logged only once, since anyone may create any number of them.
static TOLD: Once = Once::new();

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

fn text(field: &Option<String>) -> String {
    field.clone().unwrap_or_default()
}

/// One word, such as a reason.
fn word(field: &Option<String>) -> String {
    cut(field, LONGEST_WORD)
}

/// A message, or the name of an image.
fn sentence(field: &Option<String>) -> String {
    cut(field, LONGEST_TEXT)
}

fn cut(field: &Option<String>, most: usize) -> String {
    told(field.as_deref().unwrap_or_default(), most)
}

/// The shown part of a text that anyone may have written.
fn told(text: &str, most: usize) -> String {
    shown::lines(&shown::beginning(text, most)).into_owned()
}

fn time(field: Option<&Time>) -> SystemTime {
    field.map_or(SystemTime::UNIX_EPOCH, |time| time.0.into())
}

/// The annotations that podbay reads, within limits: anyone may have written them, and every caller who asks
/// for the pod gets them.
fn own_annotations(meta: &ObjectMeta) -> BTreeMap<String, String> {
    let all = meta.annotations.iter().flatten();
    all.filter_map(|(name, text)| {
        let kept = match name.as_str() {
            ANNOTATION_NODES => nodes_of(meta, text),
            ANNOTATION_COST | ANNOTATION_EVALUATION if text.len() <= LONGEST_NUMBER => text.clone(),
            _ => return None,
        };
        Some((name.clone(), kept))
    })
    .collect()
}

/// The valid node names of a list, up to the limits for one pod.
fn nodes_of(meta: &ObjectMeta, list: &str) -> String {
    let mut room = MOST_NODES_BYTES;
    // most of a long list is not even parsed
    let good = listed_nodes(list).take(MOST_NODES).filter(|name| is_node(name));
    let kept: Vec<_> = good
        .take_while(|name| {
            let left = room.checked_sub(name.len() + 1);
            room = left.unwrap_or(0);
            left.is_some()
        })
        .collect();
    if kept.len() < listed_nodes(list).take(MOST_NODES + 1).count() {
        let pod = short(&format!("{}/{}", text(&meta.namespace), text(&meta.name)));
        TOLD.call_once(|| {
            tracing::warn!(
                "Pod {pod}: {ANNOTATION_NODES} was truncated; it may list at most {MOST_NODES} names such as \
                 /ns/talker, of {MOST_NODES_BYTES} bytes in total. Further pods are not reported"
            );
        });
    }
    kept.join(",")
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
    let taken = status.start_time.as_ref().map(|time| time.0.into());
    match condition(status, "PodReadyToStartContainers") {
        Some(done) if done.status == "True" => Setup::Done,
        Some(missing) => since(missing)
            .or(taken)
            .map_or(Setup::Untold(None), Setup::Missing),
        None => Setup::Untold(taken),
    }
}

fn disruption(status: &k8s::PodStatus) -> Option<String> {
    let target = condition(status, "DisruptionTarget").filter(|target| target.status == "True")?;
    let texts = [&target.message, &target.reason];
    let mut texts = texts.into_iter().flatten();
    texts
        .find(|text| !text.trim().is_empty())
        .map(|text| told(text, LONGEST_TEXT))
}

fn containers(spec: &k8s::PodSpec, status: &k8s::PodStatus) -> Vec<Container> {
    let init = spec.init_containers.iter().flatten();
    let init = init.map(|spec| container(spec, true, status.init_container_statuses.as_deref()));
    let main = spec.containers.iter();
    let main = main.map(|spec| container(spec, false, status.container_statuses.as_deref()));
    init.chain(main).collect()
}

fn container(spec: &k8s::Container, init: bool, statuses: Option<&[k8s::ContainerStatus]>) -> Container {
    let status = statuses
        .into_iter()
        .flatten()
        .find(|status| status.name == spec.name);
    Container {
        name: spec.name.clone(),
        image: sentence(&spec.image),
        init,
        sidecar: init && spec.restart_policy.as_deref() == Some("Always"),
        ready: status.is_some_and(|status| status.ready),
        restarts: status.map_or(0, |status| u32::try_from(status.restart_count).unwrap_or(0)),
        state: state(status.and_then(|status| status.state.as_ref())),
        last: status
            .and_then(|status| status.last_state.as_ref())
            .and_then(|last| last.terminated.as_ref())
            .map(termination),
    }
}

fn state(state: Option<&k8s::ContainerState>) -> ContainerState {
    let Some(state) = state else { return waiting(None) };
    if let Some(running) = &state.running {
        let started = time(running.started_at.as_ref());
        return ContainerState::Running { started };
    }
    match &state.terminated {
        Some(terminated) => ContainerState::Terminated(termination(terminated)),
        None => waiting(state.waiting.as_ref()),
    }
}

fn waiting(waiting: Option<&k8s::ContainerStateWaiting>) -> ContainerState {
    ContainerState::Waiting {
        reason: waiting.map(|waiting| word(&waiting.reason)).unwrap_or_default(),
        message: waiting
            .map(|waiting| sentence(&waiting.message))
            .unwrap_or_default(),
    }
}

fn termination(terminated: &k8s::ContainerStateTerminated) -> Termination {
    Termination {
        exit_code: terminated.exit_code,
        reason: word(&terminated.reason),
        message: sentence(&terminated.message),
        finished: time(terminated.finished_at.as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

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
    fn of_a_list_of_nodes_counts_what_can_be_nodes_within_bounds() {
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
        let told = pod.unschedulable.unwrap();
        assert_eq!(
            (told.message.as_str(), told.since),
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
    fn a_disruption_says_why_if_the_cluster_does() {
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
