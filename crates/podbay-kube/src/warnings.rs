//! Events of the cluster that explain why a pod does not get its volumes or its network.

use std::collections::BTreeSet;
use std::mem::take;
use std::time::SystemTime;

use futures::{Stream, StreamExt, stream};
use k8s_openapi::api::core::v1 as k8s;
use kube::runtime::watcher;

use podbay_core::change::{Warning, WarningKey};
use podbay_core::cluster::Change;
use podbay_core::names::PodKey;

/// Lets the server omit events that are not about pods, and the most frequent reasons.
pub(super) const SELECTOR: &str =
    "involvedObject.kind=Pod,type=Warning,reason!=BackOff,reason!=Unhealthy,reason!=FailedScheduling";

/// Reasons used by the kubelet and by the attach/detach controller while a pod cannot be set up.
const REASONS: [&str; 5] = [
    "FailedMount",
    "FailedAttachVolume",
    "FailedMapVolume",
    "FailedCreatePodSandBox",
    "NetworkNotReady",
];

/// A sequence of this many hexadecimal digits is the id of one attempt; with it, every attempt would be a new
/// message.
const ID: usize = 24;

/// The warnings of one watch. A failure does not end it; its reason is logged if relevant.
pub(super) fn changes(
    heard: impl Stream<Item = Result<watcher::Event<k8s::Event>, Option<String>>>,
) -> impl Stream<Item = Change<WarningKey, Warning>> {
    let (mut known, mut said) = (Known::default(), None);
    let told = heard.map(move |heard| match heard {
        Ok(event) => known.hear(event),
        Err(reason) => {
            if let Some(reason) = reason.filter(|reason| said.as_ref() != Some(reason)) {
                tracing::info!("health cannot report why a volume or a network fails: {reason}");
                said = Some(reason);
            }
            Vec::new()
        }
    });
    told.flat_map(stream::iter)
}

/// The reported warnings of one watch: those missing in a later listing are gone.
#[derive(Default)]
struct Known {
    now: BTreeSet<WarningKey>,
    /// Known before the current listing, and not listed yet.
    before: BTreeSet<WarningKey>,
}

impl Known {
    fn hear(&mut self, heard: watcher::Event<k8s::Event>) -> Vec<Change<WarningKey, Warning>> {
        match heard {
            watcher::Event::Init => {
                self.before.append(&mut self.now);
                Vec::new()
            }
            watcher::Event::InitDone => take(&mut self.before).into_iter().map(Change::Delete).collect(),
            watcher::Event::Apply(event) | watcher::Event::InitApply(event) => self.apply(event),
            watcher::Event::Delete(event) => self.delete(event),
        }
    }

    fn apply(&mut self, event: k8s::Event) -> Vec<Change<WarningKey, Warning>> {
        let warning = warning(event).into_iter();
        let told = warning.inspect(|warning| {
            self.before.remove(&warning.key);
            self.now.insert(warning.key.clone());
        });
        told.map(Change::Apply).collect()
    }

    fn delete(&mut self, event: k8s::Event) -> Vec<Change<WarningKey, Warning>> {
        let warning = warning(event).into_iter();
        let gone = warning.inspect(|warning| {
            self.before.remove(&warning.key);
            self.now.remove(&warning.key);
        });
        gone.map(|warning| Change::Delete(warning.key)).collect()
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
    use watcher::Event::{Apply, Delete, Init, InitApply, InitDone};

    use super::*;

    fn event(name: &str, reason: &str, message: &str, more: Value) -> k8s::Event {
        let mut event = json!({"metadata": {"name": name, "namespace": "n"}, "reason": reason, "message": message,
            "involvedObject": {"kind": "Pod", "namespace": "n", "name": "a", "uid": "u"}});
        event
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        serde_json::from_value(event).unwrap()
    }

    fn heard(reason: &str, message: &str, more: Value) -> Vec<Change<WarningKey, Warning>> {
        Known::default().hear(Apply(event("a.1", reason, message, more)))
    }

    #[tokio::test]
    async fn a_failure_ends_nothing_and_what_is_gone_after_it_is_told() {
        let failing = |name: &str| event(name, "FailedMount", "m", json!({}));
        let heard = [
            Err(Some("events cannot be listed (500)".to_owned())),
            Ok(Init),
            Ok(InitApply(failing("a.1"))),
            Ok(InitApply(failing("a.2"))),
            Ok(InitDone),
            Ok(Delete(failing("a.1"))),
            Ok(Apply(failing("a.3"))),
            Err(None),
            Ok(Init),
            Ok(InitApply(failing("a.3"))),
            Err(Some("events cannot be listed (500)".to_owned())),
            Ok(Init),
            Ok(InitApply(failing("a.4"))),
            Ok(InitDone),
        ];
        let told = changes(stream::iter(heard)).map(|change| match change {
            Change::Reset(_) => "=".to_owned(),
            Change::Apply(warning) => format!("+{}", warning.key.1),
            Change::Delete((_, name)) => format!("-{name}"),
        });
        let told: Vec<_> = told.collect().await;
        assert_eq!(
            told,
            ["+a.1", "+a.2", "-a.1", "+a.3", "+a.3", "+a.4", "-a.2", "-a.3"]
        );
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
        assert_eq!(told, [Change::Apply(expected)]);
    }

    #[test]
    fn other_warnings_are_passed_over() {
        assert_eq!(heard("FailedKillPod", "x", json!({})), []);
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
