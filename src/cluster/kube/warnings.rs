//! Events of the cluster that say why a pod does not get its volumes or its network.

use std::time::SystemTime;

use k8s_openapi::api::core::v1 as k8s;
use kube::runtime::watcher;

use crate::cluster::Change;
use crate::domain::change::{Warning, WarningKey};
use crate::domain::names::PodKey;

/// The server leaves out what is not about pods, and the reasons that come most often.
pub(super) const SELECTOR: &str =
    "involvedObject.kind=Pod,type=Warning,reason!=BackOff,reason!=Unhealthy,reason!=FailedScheduling";

/// Said by the kubelet and the controller that attaches disks while a pod cannot be set up.
const REASONS: [&str; 5] = [
    "FailedMount",
    "FailedAttachVolume",
    "FailedMapVolume",
    "FailedCreatePodSandBox",
    "NetworkNotReady",
];

/// Hexadecimal digits in a row that are the id of one attempt; with it every attempt would be news.
const ID: usize = 24;

/// What a watch said, if it is about such a warning. A listing repeats what is known, which changes nothing.
pub(super) fn change(heard: watcher::Event<k8s::Event>) -> Option<Change<WarningKey, Warning>> {
    match heard {
        watcher::Event::Apply(event) | watcher::Event::InitApply(event) => warning(event).map(Change::Apply),
        watcher::Event::Delete(event) => warning(event).map(|warning| Change::Delete(warning.key)),
        watcher::Event::Init | watcher::Event::InitDone => None,
    }
}

fn warning(event: k8s::Event) -> Option<Warning> {
    let reason = event.reason.as_deref()?;
    if !REASONS.contains(&reason) {
        return None;
    }
    let about = event.involved_object;
    let message = event.message.filter(|message| !message.is_empty());
    Some(Warning {
        key: (
            PodKey::new(about.namespace?, about.name?),
            event.metadata.name.unwrap_or_default(),
        ),
        uid: about.uid.unwrap_or_default(),
        message: without_ids(&message.unwrap_or_else(|| reason.to_owned())),
        last: last(
            event.last_timestamp.map(|time| time.0.into()),
            event.event_time.map(|time| time.0.into()),
        ),
    })
}

fn last(last: Option<SystemTime>, first: Option<SystemTime>) -> SystemTime {
    last.or(first).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn without_ids(message: &str) -> String {
    let mut text = String::with_capacity(message.len());
    let mut rest = message;
    while let Some(start) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, digits) = rest.split_at(start);
        let end = digits
            .find(|c: char| !c.is_ascii_hexdigit())
            .unwrap_or(digits.len());
        text.push_str(before);
        text.push_str(if end < ID { &digits[..end] } else { "…" });
        rest = &digits[end..];
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};

    use super::*;

    fn heard(reason: &str, message: &str, more: Value) -> Option<Change<WarningKey, Warning>> {
        let mut event = json!({"metadata": {"name": "a.1", "namespace": "n"}, "reason": reason, "message": message,
            "involvedObject": {"kind": "Pod", "namespace": "n", "name": "a", "uid": "u"}});
        event
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        change(watcher::Event::Apply(serde_json::from_value(event).unwrap()))
    }

    #[test]
    fn a_failing_mount_is_told_with_its_pod_and_time() {
        let told = heard(
            "FailedMount",
            "MountVolume.SetUp failed for volume \"v\" : configmap \"gone\" not found",
            json!({"lastTimestamp": "1970-01-01T00:01:00Z"}),
        );
        let expected = Warning {
            key: (PodKey::new("n", "a"), "a.1".to_owned()),
            uid: "u".to_owned(),
            message: "MountVolume.SetUp failed for volume \"v\" : configmap \"gone\" not found".to_owned(),
            last: SystemTime::UNIX_EPOCH + Duration::from_secs(60),
        };
        assert_eq!(told, Some(Change::Apply(expected)));
    }

    #[test]
    fn other_warnings_are_passed_over() {
        assert_eq!(heard("FailedKillPod", "x", json!({})), None);
        assert_eq!(change(watcher::Event::InitDone), None);
    }

    #[test]
    fn another_attempt_says_the_same() {
        let id = "0123456789abcdef0123456789abcdef";
        for (message, expected) in [
            (format!("sandbox \"{id}\": no CNI"), "sandbox \"…\": no CNI"),
            (
                "feed the cafe at 10.0.0.1".to_owned(),
                "feed the cafe at 10.0.0.1",
            ),
            (format!("é{id}"), "é…"),
        ] {
            assert_eq!(without_ids(&message), expected);
        }
    }
}
