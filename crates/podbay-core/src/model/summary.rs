//! One line about a launch, from its record and its pods. Pure.

use super::snapshot::Snapshot;
use crate::health::Level;
use crate::object::Object;
use crate::pod::Phase;
use crate::record::launch_id;
use crate::request::LaunchSummary;
use podbay_text::shown;

/// Most characters of where a launch came from.
const LONGEST_SOURCE: usize = 512;

/// What `list_launches` tells of the launch that `record` is about.
pub(super) fn of(record: &Object, snapshot: &Snapshot) -> LaunchSummary {
    let id = launch_id(record);
    let pods: Vec<_> = snapshot.pods_of(record).collect();
    let all = |test: fn(Phase) -> bool| !pods.is_empty() && pods.iter().all(|report| test(report.pod.phase));
    let state = if !record.text("/metadata/deletionTimestamp").is_empty()
        || pods.iter().any(|report| report.pod.deleting.is_some())
    {
        "stopping"
    } else if all(|phase| matches!(phase, Phase::Succeeded | Phase::Failed)) {
        "ended"
    } else if pods.iter().any(|report| report.health.level >= Level::Error) {
        "degraded"
    } else if pods.iter().all(|report| report.health.level == Level::Ok) && !pods.is_empty() {
        "running"
    } else {
        "starting"
    };
    LaunchSummary {
        id: id.to_owned(),
        source: shown::beginning(record.text("/data/source"), LONGEST_SOURCE).into_owned(),
        state: state.to_owned(),
        pods: count(pods.len()),
        ready: count(pods.iter().filter(|report| report.pod.ready).count()),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
