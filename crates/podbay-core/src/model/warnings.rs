//! Warnings about pods from the cluster's events.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Warning, WarningKey};
use crate::names::PodKey;
use crate::pod::{Phase, Pod};

/// Begins the kubelet's summary of earlier, more detailed events.
const SUMMARY: &str = "Unable to attach or mount volumes";

/// All known warnings. The cluster drops events after a while, and reports that.
#[derive(Debug, Default)]
pub(super) struct Warnings(BTreeMap<WarningKey, Warning>);

impl Warnings {
    /// Applies a change, and returns the affected pods.
    pub(super) fn apply(&mut self, change: Change<WarningKey, Warning>) -> BTreeSet<PodKey> {
        let about = |(pod, _): &WarningKey| pod.clone();
        match change {
            Change::Apply(warning) => {
                let pod = about(&warning.key);
                self.0.insert(warning.key.clone(), warning);
                [pod].into()
            }
            Change::Delete(key) => {
                self.0.remove(&key);
                [about(&key)].into()
            }
            Change::Reset(all) => {
                let before = std::mem::take(&mut self.0);
                self.0
                    .extend(all.into_iter().map(|warning| (warning.key.clone(), warning)));
                before.keys().chain(self.0.keys()).map(about).collect()
            }
        }
    }

    /// The current warning about `pod`: the latest one that is more than a summary. A running pod has no
    /// warnings.
    pub(super) fn of(&self, pod: &Pod) -> Option<String> {
        if pod.phase != Phase::Pending {
            return None;
        }
        let from = (pod.key.clone(), String::new());
        let all = self.0.range(from..).map(|(_, warning)| warning);
        let own = all
            .take_while(|warning| warning.key.0 == pod.key)
            .filter(|warning| warning.uid == pod.uid);
        let latest = own.max_by_key(|warning| (!warning.message.starts_with(SUMMARY), warning.last));
        latest.map(|warning| warning.message.clone())
    }
}
