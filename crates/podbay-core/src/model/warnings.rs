//! What the cluster's events say stands in the way of pods.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, Warning, WarningKey};
use crate::names::PodKey;
use crate::pod::{Phase, Pod};

/// How the kubelet sums up what it said in detail before.
const SUMMARY: &str = "Unable to attach or mount volumes";

/// Every warning known. The cluster forgets its events after a while, and tells so.
#[derive(Debug, Default)]
pub(super) struct Warnings(BTreeMap<WarningKey, Warning>);

impl Warnings {
    /// Takes in a change, and returns which pods it is about.
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

    /// What stands in the way of `pod` now: the latest that says more than a summary. A pod that runs has left its
    /// warnings behind.
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
