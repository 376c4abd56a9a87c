//! Launches and their records.
//!
//! A launch is recorded in one ConfigMap that lists and owns everything it created. Starting creates the
//! record first, and rolls everything back if a later object is refused.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures::FutureExt;
use tokio::time::timeout;

use super::mark::{marked, same_mark};
use super::sure::{self, Deadline};
use super::{Bridge, remove};
use podbay_core::cluster::Error;
use podbay_core::health::{self, Connection};
use podbay_core::model::Snapshot;
use podbay_core::object::{Object, ObjectRef};
use podbay_core::record;
use podbay_core::request::Refusal;
use podbay_render as render;

impl Bridge {
    /// Waits until the pods of a launch that is being stopped are gone. Gives up once `patience` is over and every
    /// pod is past its grace period.
    pub async fn until_ended(&self, record: &Object, patience: Duration) -> Result<(), Refusal> {
        let (launch_id, begun) = (record::launch_id(record), Instant::now());
        let mut snapshot = self.model.watch();
        let seen = |now: &Snapshot| matches!(now.connection(), Connection::Connected { .. });
        // pods that cannot be seen may still run
        let stopped = snapshot.wait_for(|now| seen(now) && now.pods_of(record).next().is_none());
        let waited = within(stopped, || self.patience(record, patience, begun)).await;
        let waited = waited.map(|ended| ended.map(drop));
        match (waited, self.model.snapshot().connection()) {
            (Some(Ok(())), _) => Ok(()),
            (Some(Err(_)), _) => Err(Refusal::from(format!(
                "launch {launch_id} is being stopped, but the state of its pods is unknown: podbay is shutting down"
            ))),
            (None, Connection::Lost { reason, .. }) => Err(Refusal::from(format!(
                "launch {launch_id} is being stopped, but the state of its pods is unknown: {reason}"
            ))),
            (None, _) => Err(Refusal::from(format!(
                "pods of launch {launch_id} have not ended after {} s; see podbay status",
                begun.elapsed().as_secs()
            ))),
        }
    }

    /// The remaining time of `patience` since `begun`, or longer while pods of the launch have their grace periods.
    fn patience(&self, record: &Object, patience: Duration, begun: Instant) -> Duration {
        let snapshot = self.model.snapshot();
        let now = SystemTime::now();
        let overdue = snapshot
            .pods_of(record)
            .filter_map(|report| health::overdue_at(&report.pod))
            .map(|at| at.duration_since(now).unwrap_or_default());
        let least = patience.saturating_sub(begun.elapsed());
        overdue.fold(least, Duration::max)
    }

    /// Creates the record and then what it owns, and adds each object to `touched`. If one fails,
    /// everything is rolled back. Returns the record.
    pub(crate) async fn make(
        &self,
        record: &Object,
        objects: &[Object],
        touched: &mut Vec<ObjectRef>,
    ) -> Result<Object, Refusal> {
        let deadline = Deadline::new();
        let record = self.make_record(record, deadline).await?;
        touched.push(record.reference());
        for (made, object) in objects.iter().enumerate() {
            let mut object = object.clone();
            render::record::own(&mut object, &record);
            let ours = |now: &Object| record::belongs(now, &record);
            if let Err(error) = sure::create(&*self.cluster, &object, ours, deadline).await {
                // the failed object may exist nevertheless
                let rolled_back = self.roll_back(&record, &objects[..=made]).await;
                return Err(half_way(&error, &object, rolled_back));
            }
            touched.push(object.reference());
        }
        Ok(record)
    }

    /// Creates the record, with a mark by which it is recognized.
    async fn make_record(&self, record: &Object, deadline: Deadline) -> Result<Object, Refusal> {
        let record = marked(record.clone());
        let ours = |now: &Object| same_mark(now, &record);
        let error = match sure::create(&*self.cluster, &record, ours, deadline).await {
            Ok(stored) => return Ok(stored),
            Err(error) => error,
        };
        let id = record::launch_id(&record);
        match (&error, self.cluster.get(&record.reference()).await) {
            (Error::Exists(_), Ok(now)) if record::is_record(&now) => Err(Refusal::from(format!(
                "launch {id} is already running; stop it first, or use another id"
            ))),
            (Error::Exists(what), Ok(_)) => Err(Refusal::from(format!(
                "{what} exists, but is not a record of launch {id} created by podbay; use another id"
            ))),
            (Error::Unreachable { .. }, Ok(now)) if ours(&now) => Ok(now),
            (Error::Unreachable { .. }, Err(Error::Unreachable { .. })) => Err(Refusal::from(format!(
                "{error}; the record of launch {id} may have been created, and prevents another launch of this id: \
                 once the cluster is responding, remove it with: podbay stop {id}"
            ))),
            _ => Err(error.into()),
        }
    }

    /// Rolls back; returns what could not be deleted.
    async fn roll_back(&self, record: &Object, made: &[Object]) -> Option<String> {
        let made = made.iter().rev().map(Object::reference);
        let removal = remove::remove(&*self.cluster, record, made, Some(Duration::ZERO)).await;
        if !removal.left.is_empty() {
            return Some(removal.left());
        }
        let deleted = sure::delete(
            &*self.cluster,
            &record.reference(),
            record.uid(),
            None,
            Deadline::new(),
        )
        .await;
        deleted.err().map(|error| error.to_string())
    }

    /// The record of the launch `id`: that in the default namespace, or the only one anywhere. `None` if
    /// there is no such launch; an error if that cannot be determined.
    pub async fn record(&self, id: &str) -> Result<Option<Arc<Object>>, Refusal> {
        let snapshot = self.model.snapshot();
        let found: Vec<_> = snapshot.launches_called(id).collect();
        let own = self.cluster.default_namespace();
        if let Some(record) = found.iter().find(|record| record.namespace() == own) {
            return Ok(Some(Arc::clone(record)));
        }
        match found.as_slice() {
            [only] => Ok(Some(Arc::clone(only))),
            // a launch that was just started may not be in the model yet
            [] => match self
                .cluster
                .get(&ObjectRef::config_map(own, record::name(id)))
                .await
            {
                Ok(record) if record::is_record(&record) => Ok(Some(Arc::new(record))),
                Ok(_) | Err(Error::NotFound(_)) => Ok(None),
                Err(error) => Err(error.into()),
            },
            several => {
                let namespaces: Vec<_> = several.iter().map(|record| record.namespace()).collect();
                Err(Refusal::from(format!(
                    "launch {id:?} exists in several namespaces ({}); choose one: podbay stop {id} --namespace NAMESPACE",
                    namespaces.join(", ")
                )))
            }
        }
    }

    /// The refusal for an unknown launch; names the launches that exist.
    pub(crate) fn unknown_launch(&self, launch_id: &str) -> Refusal {
        let known: Vec<_> = self
            .model
            .snapshot()
            .summaries()
            .into_iter()
            .map(|launch| launch.id)
            .collect();
        let known = match known.as_slice() {
            [] => "no launch is running".to_owned(),
            known => format!("running: {}", known.join(", ")),
        };
        Refusal::not_found(format!(
            "launch {launch_id:?} not found in {}; {known}",
            self.place()
        ))
    }
}

/// Waits for `work` until no time is `left`.
async fn within<T>(work: impl Future<Output = T>, left: impl Fn() -> Duration) -> Option<T> {
    let mut work = pin!(work);
    loop {
        match left() {
            Duration::ZERO => return work.now_or_never(),
            left => {
                if let Ok(done) = timeout(left, &mut work).await {
                    return Some(done);
                }
            }
        }
    }
}

fn half_way(error: &Error, object: &Object, left: Option<String>) -> Refusal {
    let what = object.reference();
    Refusal::from(match left {
        None => format!("{what} could not be created, so the launch was rolled back: {error}"),
        Some(left) => format!(
            "{what} could not be created: {error}; rolling back failed, too ({left}): stop the launch once the \
             cluster is responding"
        ),
    })
}
