//! What the state of an evaluation's pod means. Pure.

use std::time::Duration;

use podbay_core::object::Object;

/// How long to wait for a host that accepts the pod.
const PLACE: Duration = Duration::from_secs(30);

/// Reasons of a waiting container that do not go away.
const HOPELESS: [&str; 6] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
];

/// Why the pending pod `now` will not start, as far as that is known `waited` after its creation.
pub(super) fn does_not_start(now: &Object, waited: Duration) -> Option<String> {
    let waiting = "/status/containerStatuses/0/state/waiting";
    let reason = now.text(&format!("{waiting}/reason"));
    if HOPELESS.contains(&reason) {
        let message = now.text(&format!("{waiting}/message"));
        let image = now.text("/spec/containers/0/image");
        return Some(format!(
            "image {image} for evaluating the launch file: {reason}: {message}"
        ));
    }
    let why = no_host(now).filter(|_| waited > PLACE)?;
    Some(format!(
        "no host accepts the pod for evaluating the launch file: {why}"
    ))
}

/// Why no host accepts the pod.
fn no_host(pod: &Object) -> Option<&str> {
    let conditions = pod.0.pointer("/status/conditions")?.as_array()?;
    let scheduled = conditions.iter().find(|one| one["type"] == "PodScheduled")?;
    (scheduled["status"] == "False").then(|| {
        scheduled["message"]
            .as_str()
            .unwrap_or("the scheduler gives no reason")
    })
}

/// Why `pod`, which is in the state `now`, has no complete recording. `last` is the last line that it printed.
pub(super) fn not_recorded(pod: &Object, now: Option<&Object>, last: &str) -> String {
    let image = pod.text("/spec/containers/0/image");
    let reasons = now.map(|now| {
        let ended = "/status/containerStatuses/0/state/terminated/reason";
        [now.text("/status/reason"), now.text(ended)]
    });
    let reasons: Vec<_> = reasons
        .into_iter()
        .flatten()
        .filter(|one| !one.is_empty())
        .collect();
    let reason = match reasons.as_slice() {
        [] => String::new(),
        reasons => format!(" ({})", reasons.join(" ")),
    };
    let output = match last.trim_end() {
        "" => "it printed nothing".to_owned(),
        last => format!("its last output: {last}"),
    };
    format!("image {image} did not evaluate the launch file{reason}; {output}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pod_without_a_recording_is_reported_with_what_it_printed() {
        let pod = |status| {
            Object(json!({
                "spec": {"containers": [{"image": "humble"}]},
                "status": status,
            }))
        };
        let failed = json!({
            "reason": "Evicted",
            "containerStatuses": [{"state": {"terminated": {"reason": "Error"}}}],
        });
        let (bare, failed) = (pod(json!({})), pod(failed));
        let begin = "image humble did not evaluate the launch file";
        for (now, last, expected) in [
            (None, "", "; it printed nothing"),
            (Some(&bare), "", "; it printed nothing"),
            (Some(&failed), "", " (Evicted Error); it printed nothing"),
            (
                Some(&failed),
                "sh: not found\n",
                " (Evicted Error); its last output: sh: not found",
            ),
        ] {
            assert_eq!(not_recorded(&bare, now, last), format!("{begin}{expected}"));
        }
    }
}
