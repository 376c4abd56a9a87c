//! How many pods and launches there may be of those that callers from the ROS graph asked for.
//!
//! What such a caller asked for is marked when it is made, pods of launches too, so the model counts it, whoever runs
//! podbay by then. The model hears of it later than it is made; until then it is counted here.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};

use super::Bridge;
use crate::domain::health::Connection;
use crate::domain::limits::Limits;
use crate::domain::names::{LABEL_ORIGIN, ORIGIN_GRAPH, PodKey};
use crate::domain::object::{Object, ObjectRef};
use crate::domain::pod::Pod;
use crate::domain::request::{Caller, Refusal};
use crate::model::Snapshot;

/// How long a request waits for the model to know the cluster.
const KNOWING: Duration = Duration::from_secs(10);

/// What the model has not heard of for so long was removed by somebody before it could.
const UNHEARD: Duration = Duration::from_secs(60);

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
    begun: Mutex<Begun>,
}

/// What the model does not count yet.
#[derive(Debug, Default)]
struct Begun {
    /// Being made.
    making: Count,
    /// Made.
    made: BTreeMap<ObjectRef, Made>,
}

/// A pod, or the record of a launch, and how many pods come with it.
#[derive(Debug)]
struct Made {
    uid: String,
    pods: usize,
    at: Instant,
}

/// Room for what is being made; given back unless it was.
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

    /// What was removed, which the model need not have heard of.
    pub(super) fn forget(&self, removed: &ObjectRef) {
        self.begun().made.remove(removed);
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes room beside what `there` is, or says why there is none.
    fn take(&self, count: Count, snapshot: &Snapshot) -> Result<Room<'_>, Refusal> {
        let there = made_from_graph(snapshot);
        let mut begun = self.begun();
        let begun_there = begun.unheard(snapshot, Instant::now());
        let (pods, launches) = (
            there.pods + begun_there.pods,
            there.launches + begun_there.launches,
        );
        within("pods", count.pods, pods, self.limits.pods)?;
        within("launches", count.launches, launches, self.limits.launches)?;
        begun.making.pods += count.pods;
        begun.making.launches += count.launches;
        Ok(Room { quota: self, count })
    }
}

/// Whether `asked` more fit; `what` is also the key of the bound.
fn within(what: &str, asked: usize, there: usize, most: usize) -> Result<(), Refusal> {
    if asked == 0 || there + asked <= most {
        return Ok(());
    }
    let way_out = Limits::way_out(what);
    Err(Refusal::from(format!(
        "callers from the ROS graph may have {most} {what}, and there are {there}, so {asked} more are too many; remove \
         some ({way_out})"
    )))
}

impl Begun {
    /// What the model does not know of yet; what it does is not kept any longer.
    fn unheard(&mut self, snapshot: &Snapshot, now: Instant) -> Count {
        let mut unheard = self.making;
        self.made.retain(|what, made| {
            let missing = made.missing(what, snapshot);
            if missing == Count::default() || now.duration_since(made.at) > UNHEARD {
                return false;
            }
            unheard.pods += missing.pods;
            unheard.launches += missing.launches;
            true
        });
        unheard
    }
}

impl Made {
    fn missing(&self, what: &ObjectRef, snapshot: &Snapshot) -> Count {
        if what.kind == "Pod" {
            let now = snapshot.pod(&PodKey::new(&*what.namespace, &*what.name));
            let heard = now.is_some_and(|now| now.pod.uid == self.uid);
            return Count {
                pods: usize::from(!heard),
                launches: 0,
            };
        }
        let record = snapshot.launches().find(|record| record.uid() == self.uid);
        let heard = record.map_or(0, |record| {
            let pods = snapshot.pods_of(record);
            pods.filter(|report| is_from_graph(&report.pod)).count()
        });
        Count {
            pods: self.pods.saturating_sub(heard),
            launches: usize::from(record.is_none()),
        }
    }
}

impl Room<'_> {
    /// The room is for `made` from now on, until the model counts it.
    pub(super) fn is_for(room: Option<Self>, made: &Object) {
        let Some(room) = room else { return };
        let entry = Made {
            uid: made.uid().to_owned(),
            pods: room.count.pods,
            at: Instant::now(),
        };
        room.quota.begun().made.insert(made.reference(), entry);
    }
}

impl Drop for Room<'_> {
    fn drop(&mut self) {
        let making = &mut self.quota.begun().making;
        making.pods -= self.count.pods;
        making.launches -= self.count.launches;
    }
}

impl Bridge {
    /// Room for `count` more of `caller`, held while they are made. The local user needs none.
    pub(super) async fn room(&self, caller: &Caller, count: Count) -> Result<Option<Room<'_>>, Refusal> {
        if *caller == Caller::Local || count == Count::default() {
            return Ok(None);
        }
        self.is_known().await?;
        self.quota.take(count, &self.model.snapshot()).map(Some)
    }

    /// Waits a moment for what there is to be known; of a cluster that is lost it is not.
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
            "how many pods there are is not known, so none is made for callers from the ROS graph: {reason}; try again \
             later"
        )))
    }
}

/// Marks an object that `caller` asked for, and the pods that it makes.
pub(super) fn mark(caller: &Caller, object: &mut Object) {
    if *caller == Caller::Local {
        return;
    }
    for place in ["/metadata", "/spec/template/metadata"] {
        if let Some(metadata) = object.0.pointer_mut(place).and_then(Value::as_object_mut) {
            let labels = metadata.entry("labels").or_insert_with(|| json!({}));
            labels[LABEL_ORIGIN] = ORIGIN_GRAPH.into();
        }
    }
}

fn is_from_graph(pod: &Pod) -> bool {
    let origin = pod.labels.get(LABEL_ORIGIN);
    origin.is_some_and(|origin| origin == ORIGIN_GRAPH)
}

/// What there is of that, by the mark alone: a pod counts as long as it is there, also when its launch is not.
fn made_from_graph(now: &Snapshot) -> Count {
    let pods = now.pods().filter(|report| is_from_graph(&report.pod));
    let launches = now.launches();
    let launches = launches.filter(|record| record.label(LABEL_ORIGIN) == ORIGIN_GRAPH);
    Count {
        pods: pods.count(),
        launches: launches.count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_of_a_template_are_marked_as_well() {
        let caller = Caller::Graph("dds:1".to_owned());
        let mut object = Object(
            json!({"metadata": {"name": "a"}, "spec": {"template": {"metadata": {"labels": {"b": "c"}}}}}),
        );
        mark(&Caller::Local, &mut object);
        assert_eq!(object.label(LABEL_ORIGIN), "");
        mark(&caller, &mut object);
        let expected = json!({"metadata": {"name": "a", "labels": {LABEL_ORIGIN: "graph"}},
            "spec": {"template": {"metadata": {"labels": {"b": "c", LABEL_ORIGIN: "graph"}}}}});
        assert_eq!(object.0, expected);
    }

    #[test]
    fn what_the_model_never_hears_of_is_not_counted_for_ever() {
        let what = ObjectRef::pod("n", "a");
        let at = Instant::now();
        let made = Made {
            uid: "1".to_owned(),
            pods: 1,
            at,
        };
        let mut begun = Begun {
            made: BTreeMap::from([(what, made)]),
            ..Begun::default()
        };
        let one = Count { pods: 1, launches: 0 };
        assert_eq!(begun.unheard(&Snapshot::default(), at + UNHEARD), one);
        let later = at + UNHEARD + Duration::from_secs(1);
        assert_eq!(begun.unheard(&Snapshot::default(), later), Count::default());
    }
}
