//! Summarizes a launch from its record and its pods. Pure.

use super::snapshot::Snapshot;
use crate::health::Level;
use crate::launch::{LaunchState, LaunchSummary};
use crate::object::Object;
use crate::pod::Phase;
use crate::record::launch_id;
use podbay_text::shown;

/// Maximum characters of a source.
const LONGEST_SOURCE: usize = 512;

/// The summary of the launch of `record`.
pub(super) fn of(record: &Object, snapshot: &Snapshot) -> LaunchSummary {
    let id = launch_id(record);
    let pods: Vec<_> = snapshot.pods_of(record).collect();
    let all = |test: fn(Phase) -> bool| !pods.is_empty() && pods.iter().all(|report| test(report.pod.phase));
    let state = if !record.text("/metadata/deletionTimestamp").is_empty()
        || pods.iter().any(|report| report.pod.deleting.is_some())
    {
        LaunchState::Stopping
    } else if all(|phase| matches!(phase, Phase::Succeeded | Phase::Failed)) {
        LaunchState::Ended
    } else if pods.iter().any(|report| report.health.level >= Level::Error) {
        LaunchState::Degraded
    } else if pods.iter().all(|report| report.health.level == Level::Ok) && !pods.is_empty() {
        LaunchState::Running
    } else {
        LaunchState::Starting
    };
    LaunchSummary {
        id: id.to_owned(),
        source: shown::beginning(record.text("/data/source"), LONGEST_SOURCE).into_owned(),
        state,
        pods: count(pods.len()),
        ready: count(pods.iter().filter(|report| report.pod.ready).count()),
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use serde_json::json;

    use super::*;
    use crate::change::{Change, Event};
    use crate::model::Model;
    use crate::names::LABEL_LAUNCH;
    use crate::pod::Pod;

    /// The state of a launch with these pods.
    fn state(pods: Vec<Pod>) -> LaunchState {
        let record = Object(json!({"metadata": {"namespace": "n", "labels": {LABEL_LAUNCH: "l"}}}));
        let mut model = Model::default();
        for event in [Event::Connected, Event::Pods(Change::Reset(pods))] {
            model.apply(event, SystemTime::UNIX_EPOCH);
        }
        of(&record, model.snapshot()).state
    }

    fn pod(name: &str, phase: Phase) -> Pod {
        Pod {
            labels: [(LABEL_LAUNCH.to_owned(), "l".to_owned())].into(),
            phase,
            ..Pod::running("n", name)
        }
    }

    #[test]
    fn the_state_of_a_launch_follows_from_its_pods() {
        let [well, waits, ended, failed] =
            [Phase::Running, Phase::Pending, Phase::Succeeded, Phase::Failed].map(|phase| pod("a", phase));
        let ending = Pod {
            deleting: Some(SystemTime::UNIX_EPOCH),
            ..pod("b", Phase::Running)
        };
        let other = |phase| pod("b", phase);
        for (pods, expected) in [
            (vec![], LaunchState::Starting),
            (
                vec![
                    well.clone(),
                    Pod {
                        ready: false,
                        ..other(Phase::Pending)
                    },
                ],
                LaunchState::Starting,
            ),
            (vec![waits], LaunchState::Starting),
            (vec![well.clone()], LaunchState::Running),
            (vec![well.clone(), other(Phase::Failed)], LaunchState::Degraded),
            (vec![ended, other(Phase::Failed)], LaunchState::Ended),
            (vec![failed, ending], LaunchState::Stopping),
        ] {
            assert_eq!(state(pods.clone()), expected, "{pods:?}");
        }
    }
}
