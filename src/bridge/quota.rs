//! Limits the number of pods and launches that ROS callers have created, and their total size.
//!
//! Objects of ROS callers are marked when they are created, including pods of launches, so the model counts
//! them even after podbay was restarted. Until the model has seen an object, it is counted here.

mod count;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::Bridge;
use count::{is_from_graph, made_from_graph};
use podbay_config::limits::Limits;
use podbay_core::health::Connection;
use podbay_core::model::Snapshot;
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef, VALUE};
use podbay_core::request::{Caller, Refusal};
use podbay_core::workload::WorkloadKind;

pub(crate) use count::{Count, mark_launch, mark_pod};

/// How long a request waits until the state of the cluster is known.
const KNOWING: Duration = Duration::from_secs(10);

/// An object that the model has not seen for this long was deleted by somebody before.
const UNHEARD: Duration = Duration::from_secs(60);

/// The limits, and what is being created within them.
#[derive(Debug, Default)]
pub struct Quota {
    limits: Limits,
    begun: Mutex<Begun>,
}

/// Objects that the model does not count yet.
#[derive(Debug, Default)]
struct Begun {
    /// Being created.
    making: Count,
    /// Created.
    made: BTreeMap<ObjectRef, Made>,
}

/// A pod, or the record of a launch with its pods.
#[derive(Debug)]
struct Made {
    uid: String,
    count: Count,
    at: Instant,
}

/// Room reserved for an object that is being created; released unless it was.
pub(crate) struct Room<'a> {
    quota: &'a Quota,
    count: Count,
}

impl Quota {
    /// Nothing created yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            begun: Mutex::default(),
        }
    }

    /// Removes an object that was deleted, and that the model may never have seen.
    pub(crate) fn forget(&self, removed: &ObjectRef) {
        self.begun().made.remove(removed);
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reserves room, given the model `now`, or returns why there is none.
    fn take(&self, count: Count, now: impl FnOnce() -> Arc<Snapshot>) -> Result<Room<'_>, Refusal> {
        let mut begun = self.begun();
        // at least as recent as the snapshot because of which something was forgotten here
        let snapshot = now();
        let there = made_from_graph(&snapshot) + begun.unheard(&snapshot, Instant::now());
        let most = &self.limits;
        within("pods", count.pods, there.pods, most.pods)?;
        within("launches", count.launches, there.launches, most.launches)?;
        small_enough(count.bytes, there.bytes, most.object_bytes)?;
        begun.making = begun.making + count;
        Ok(Room { quota: self, count })
    }
}

/// Checks that `asked` more fit; `what` is also the key of the limit.
fn within(what: &str, asked: usize, there: usize, most: usize) -> Result<(), Refusal> {
    if asked == 0 || there.saturating_add(asked) <= most {
        return Ok(());
    }
    let help = Limits::help(what);
    let of = |count: usize| match count {
        1 => format!("1 {}", if what == "pods" { "pod" } else { "launch" }),
        _ => format!("{count} {what}"),
    };
    let (is, more) = (verb(there), too_many(asked));
    Err(Refusal::from(format!(
        "ROS callers may have {}, and there {is} {there}, so {more}; delete some ({help})",
        of(most)
    )))
}

fn verb(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

fn too_many(asked: usize) -> String {
    match asked {
        1 => "1 more is too many".to_owned(),
        _ => format!("{asked} more are too many"),
    }
}

/// Checks that objects of `asked` bytes also fit.
fn small_enough(asked: usize, there: usize, most: usize) -> Result<(), Refusal> {
    if there.saturating_add(asked) <= most {
        return Ok(());
    }
    let help = Limits::help("object_bytes");
    Err(Refusal::from(format!(
        "pods and launches of ROS callers are limited to {most} bytes, counting {VALUE} for each value in their \
         objects; there are {there}, so {asked} more are too many: delete some, or request smaller ones \
         ({help})"
    )))
}

impl Begun {
    /// The objects that the model does not count yet; forgets those that it does.
    fn unheard(&mut self, snapshot: &Snapshot, now: Instant) -> Count {
        let mut unheard = self.making;
        self.made.retain(|what, made| {
            let missing = made.missing(what, snapshot);
            if missing == Count::default() || now.duration_since(made.at) > UNHEARD {
                return false;
            }
            unheard = unheard + missing;
            true
        });
        unheard
    }
}

impl Made {
    fn missing(&self, what: &ObjectRef, snapshot: &Snapshot) -> Count {
        if what.workload() == Some(WorkloadKind::Pod) {
            let now = snapshot.pod(&PodKey::new(&*what.namespace, &*what.name));
            let heard = now.is_some_and(|now| now.pod.uid == self.uid);
            return if heard { Count::default() } else { self.count };
        }
        let record = snapshot.launches().find(|record| record.uid() == self.uid);
        record.map_or(self.count, |record| {
            let pods = snapshot
                .pods_of(record)
                .filter(|report| is_from_graph(&report.pod));
            let pods: Count = pods.map(|report| Count::of_pod(&report.pod)).sum();
            self.count - (Count::of_record(record) + pods)
        })
    }
}

impl Room<'_> {
    /// Assigns the reserved room to `made`, until the model counts it.
    pub(crate) fn is_for(room: Option<Self>, made: &Object) {
        let Some(room) = room else { return };
        let entry = Made {
            uid: made.uid().to_owned(),
            count: room.count,
            at: Instant::now(),
        };
        room.quota.begun().made.insert(made.reference(), entry);
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let making = &mut self.quota.begun().making;
        *making = *making - self.count;
    }
}

impl Bridge {
    /// Reserves room for `count` more of `caller`, while they are created. Does not apply to the local user.
    pub(crate) async fn room(&self, caller: &Caller, count: Count) -> Result<Option<Room<'_>>, Refusal> {
        if *caller == Caller::Local || count == Count::default() {
            return Ok(None);
        }
        self.is_known().await?;
        self.quota.take(count, || self.model.snapshot()).map(Some)
    }

    /// Waits a moment until the state of the cluster is known, which it is not while the cluster is not
    /// responding.
    async fn is_known(&self) -> Result<(), Refusal> {
        let mut model = self.model.watch();
        let begun = model.wait_for(|now| !matches!(now.connection(), Connection::Connecting));
        drop(timeout(KNOWING, begun).await);
        let snapshot = self.model.snapshot();
        let reason = match snapshot.connection() {
            Connection::Connected { .. } => return Ok(()),
            Connection::Connecting => "podbay is still connecting to the cluster",
            Connection::Lost { reason, .. } => reason,
        };
        Err(Refusal::from(format!(
            "the number of pods is unknown, so none is created for ROS callers: {reason}; retry later"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_is_looked_up_while_nobody_else_takes_room() {
        let quota = Quota::new(Limits::default());
        let taken = quota.take(Count::default(), || {
            assert!(quota.begun.try_lock().is_err());
            Arc::default()
        });
        assert!(taken.is_ok());
    }

    #[test]
    fn what_the_model_never_hears_of_is_not_counted_for_ever() {
        let what = ObjectRef::pod("n", "a");
        let at = Instant::now();
        let one = Count {
            pods: 1,
            launches: 0,
            bytes: 100,
        };
        let made = Made {
            uid: "1".to_owned(),
            count: one,
            at,
        };
        let mut begun = Begun {
            made: BTreeMap::from([(what, made)]),
            ..Begun::default()
        };
        assert_eq!(begun.unheard(&Snapshot::default(), at + UNHEARD), one);
        let later = at + UNHEARD + Duration::from_secs(1);
        assert_eq!(begun.unheard(&Snapshot::default(), later), Count::default());
    }
}
