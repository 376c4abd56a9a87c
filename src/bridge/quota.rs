//! How many pods and launches there may be of those that callers from the ROS graph asked for.
//!
//! What such a caller asked for is marked when it is made, so the model counts it, whoever runs podbay by then; what
//! is being made just now is counted here.

use std::sync::{Mutex, PoisonError};

use super::Bridge;
use crate::domain::limits::Limits;
use crate::domain::names::{LABEL_ORIGIN, ORIGIN_GRAPH};
use crate::domain::object::Object;
use crate::domain::request::{Caller, Refusal};
use crate::model::Snapshot;

/// Pods and launches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) pods: usize,
    pub(super) launches: usize,
}

/// The bounds, and what is being made within them.
#[derive(Debug, Default)]
pub struct Quota {
    limits: Limits,
    begun: Mutex<Count>,
}

/// Room for what is being made; given back when it was made, as the model counts it then.
pub(super) struct Room<'a> {
    quota: &'a Quota,
    count: Count,
}

impl Quota {
    /// Nothing made yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            begun: Mutex::default(),
        }
    }

    fn begun(&self) -> std::sync::MutexGuard<'_, Count> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let mut begun = self.quota.begun();
        begun.pods -= self.count.pods;
        begun.launches -= self.count.launches;
    }
}

impl Bridge {
    /// Room for `count` more of `caller`, held while they are made. The local user needs none.
    pub(super) fn room(&self, caller: &Caller, count: Count) -> Result<Option<Room<'_>>, Refusal> {
        if *caller == Caller::Local {
            return Ok(None);
        }
        let quota = &self.quota;
        let there = made_from_graph(&self.model.snapshot());
        let mut begun = quota.begun();
        let within = |what: &str, key, asked: usize, there: usize, most: usize| match asked > 0
            && there + asked > most
        {
            false => Ok(()),
            true => {
                let way_out = Limits::way_out(key);
                Err(Refusal::from(format!(
                    "callers from the ROS graph may have {most} {what}, and there are {there}, so {asked} more are \
                     too many; remove some ({way_out})"
                )))
            }
        };
        let (pods, launches) = (there.pods + begun.pods, there.launches + begun.launches);
        within("pods", "pods", count.pods, pods, quota.limits.pods)?;
        within(
            "launches",
            "launches",
            count.launches,
            launches,
            quota.limits.launches,
        )?;
        begun.pods += count.pods;
        begun.launches += count.launches;
        Ok(Some(Room { quota, count }))
    }
}

/// Marks an object that `caller` asked for.
pub(super) fn mark(caller: &Caller, object: &mut Object) {
    if let (Caller::Graph(_), Some(metadata)) = (caller, object.0["metadata"].as_object_mut()) {
        let labels = metadata.entry("labels").or_insert_with(|| serde_json::json!({}));
        labels[LABEL_ORIGIN] = ORIGIN_GRAPH.into();
    }
}

/// What there is of that.
fn made_from_graph(now: &Snapshot) -> Count {
    let single = now.pods().filter(|report| {
        let origin = report.pod.labels.get(LABEL_ORIGIN);
        origin.is_some_and(|origin| origin == ORIGIN_GRAPH)
    });
    let launches: Vec<_> = now
        .launches()
        .filter(|record| record.label(LABEL_ORIGIN) == ORIGIN_GRAPH)
        .collect();
    let of_launches = launches.iter().map(|record| now.pods_of(record).count());
    Count {
        pods: single.count() + of_launches.sum::<usize>(),
        launches: launches.len(),
    }
}
