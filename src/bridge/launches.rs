//! Requests about launches.
//!
//! A launch is recorded in one ConfigMap that owns everything it made and lists it. Starting writes the record first
//! and takes everything back when a later object is refused; stopping deletes what the record lists and owns, and the
//! record last, so that what is interrupted or fails half way can be repeated.

use std::collections::BTreeSet;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use super::prepared::{Admitted, written};
use super::quota;
use super::sure::{self, Deadline};
use super::{Bridge, Touched, remove};
use podbay_core::cluster::Error;
use podbay_core::health::Connection;
use podbay_core::model::Snapshot;
use podbay_core::names::{ANNOTATION_REQUEST, LABEL_LAUNCH, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::part;
use podbay_core::record;
use podbay_core::request::{Caller, LaunchSource, Refusal, Reply, Request};
use podbay_render as render;

impl Bridge {
    pub(super) async fn start_launch(
        &self,
        caller: &Caller,
        source: LaunchSource,
        touched: &mut Touched,
    ) -> Result<Reply, Refusal> {
        self.admit_start(caller)?;
        let launch_id = self.launch_id(&source);
        let namespace = self.cluster.default_namespace().to_owned();
        let (admit, asking) = (self.admission(caller), caller.clone());
        let translator = self.translator.seeded(random());
        let translated =
            translator.translate_and(caller, &source, (&launch_id, &namespace), move |translation| {
                Admitted::of(translation, &asking, &admit)
            });
        let Admitted {
            record,
            objects,
            parts,
            count,
            problems,
        } = translated.await?;
        let room = self.room(caller, count).await?;
        let record = self.make(&record, &objects, touched).await?;
        quota::Room::is_for(room, &record);
        let message = format!(
            "launch {launch_id} started with {} in namespace {namespace}",
            part::count(&parts)
        );
        Ok(Reply::Started {
            message,
            launch_id,
            parts,
            problems,
        })
    }

    pub(super) async fn stop_launch(
        &self,
        caller: &Caller,
        launch_id: &str,
        touched: &mut Touched,
    ) -> Result<Reply, Refusal> {
        let Some(record) = self.record(launch_id).await? else {
            return match self.ending(caller, launch_id) {
                0 => Err(self.unknown_launch(launch_id)),
                pods => Ok(Reply::Done(stopped_already(launch_id, pods))),
            };
        };
        self.admit_namespace(caller, &key(&record))?;
        let cluster = &*self.cluster;
        let listed = render::record::objects(&record).into_iter().filter(record::makes);
        let removal = remove::remove(cluster, &record, listed, None).await;
        touched.extend(removal.removed.iter().cloned());
        if !removal.left.is_empty() {
            return Err(Refusal::from(format!(
                "launch {launch_id} is not stopped whole, its record stays: stop it again once the reason is gone. Left: {}",
                removal.left()
            )));
        }
        if !removal.applied.is_empty() {
            return Err(applied(&record, &removal.applied));
        }
        sure::delete(cluster, &record.reference(), record.uid(), None, Deadline::new()).await?;
        self.quota.forget(&record.reference());
        touched.push(record.reference());
        Ok(Reply::Done(stopped(launch_id, &removal.foreign)))
    }

    /// How many pods are still ending of a launch whose record went first, as it does when it is stopped; those that
    /// `caller` may touch.
    fn ending(&self, caller: &Caller, launch_id: &str) -> usize {
        let snapshot = self.model.snapshot();
        let pods = snapshot.pods().map(|report| &report.pod);
        pods.filter(|pod| pod.launch() == launch_id && pod.deleting.is_some())
            .filter(|pod| self.admit_namespace(caller, &pod.key).is_ok())
            .count()
    }

    /// Stops a launch for the local user, and waits until its pods are gone.
    pub async fn stop_and_wait(&self, launch_id: &str, patience: Duration) -> Result<(), Refusal> {
        let record = self.record(launch_id).await?;
        let record = record.ok_or_else(|| self.unknown_launch(launch_id))?;
        let request = Request::StopLaunch {
            launch_id: launch_id.to_owned(),
        };
        self.answer(&Caller::Local, request).await?;
        let mut snapshot = self.model.watch();
        let seen = |now: &Snapshot| matches!(now.connection(), Connection::Connected { .. });
        // pods that cannot be seen may still run
        let stopped = snapshot.wait_for(|now| seen(now) && now.pods_of(&record).next().is_none());
        let waited = tokio::time::timeout(patience, stopped).await.map(drop);
        match (waited, self.model.snapshot().connection()) {
            (Ok(_), _) => Ok(()),
            (Err(_), Connection::Lost { reason, .. }) => Err(Refusal::from(format!(
                "launch {launch_id} is being stopped, and whether its pods have ended is not known: {reason}"
            ))),
            (Err(_), _) => Err(Refusal::from(format!(
                "pods of launch {launch_id} are still there after {} s; see podbay status",
                patience.as_secs()
            ))),
        }
    }

    pub(super) fn list_launches(&self) -> Reply {
        Reply::Launches(self.model.snapshot().summaries())
    }

    pub(super) async fn translate_launch(
        &self,
        caller: &Caller,
        source: LaunchSource,
    ) -> Result<Reply, Refusal> {
        let launch_id = self.launch_id(&source);
        let namespace = self.cluster.default_namespace();
        let hide = matches!(caller, Caller::Graph(_)).then(|| self.translator.environment.clone());
        let translated =
            self.translator
                .translate_and(caller, &source, (&launch_id, namespace), move |translation| {
                    written(translation, hide.as_deref())
                });
        translated.await
    }

    /// Creates the record and then what it owns; on a failure all of it is rolled back. Returns the record.
    async fn make(
        &self,
        record: &Object,
        objects: &[Object],
        touched: &mut Touched,
    ) -> Result<Object, Refusal> {
        let deadline = Deadline::new();
        let record = self.make_record(record, deadline).await?;
        touched.push(record.reference());
        for (made, object) in objects.iter().enumerate() {
            let mut object = object.clone();
            render::record::own(&mut object, &record);
            let ours = |now: &Object| record::belongs(now, &record);
            if let Err(error) = sure::create(&*self.cluster, &object, ours, deadline).await {
                // the one that failed may be there nevertheless
                let taken_back = self.take_back(&record, &objects[..=made]).await;
                return Err(half_way(&error, &object, taken_back));
            }
            touched.push(object.reference());
        }
        Ok(record)
    }

    /// Creates the record, under a mark by which it is known again.
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
                "launch {id} is running already; stop it first or give another id"
            ))),
            (Error::Exists(what), Ok(_)) => Err(Refusal::from(format!(
                "{what} is in the way of a record of launch {id} and was not made by podbay; give another id"
            ))),
            _ => Err(error.into()),
        }
    }

    /// What could not be removed, if anything.
    async fn take_back(&self, record: &Object, made: &[Object]) -> Option<String> {
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

    /// The record of the launch `id`: in the default namespace if there is one, else the only one anywhere; none if there is
    /// no such launch. An error says why it cannot be known.
    pub async fn record(&self, id: &str) -> Result<Option<Arc<Object>>, Refusal> {
        let snapshot = self.model.snapshot();
        let found: Vec<_> = snapshot.launches_called(id).collect();
        let own = self.cluster.default_namespace();
        if let Some(record) = found.iter().find(|record| record.namespace() == own) {
            return Ok(Some(Arc::clone(record)));
        }
        match found.as_slice() {
            [only] => Ok(Some(Arc::clone(only))),
            // One that was started a moment ago may not have been told of yet.
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
                    "launch {id:?} is in several namespaces ({}); choose one with --namespace",
                    namespaces.join(", ")
                )))
            }
        }
    }

    fn unknown_launch(&self, launch_id: &str) -> Refusal {
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
        Refusal::from(format!(
            "there is no launch {launch_id:?} in {}; {known}",
            self.place()
        ))
    }

    fn launch_id(&self, source: &LaunchSource) -> String {
        match (source.launch_id.as_str(), source.file.as_str()) {
            ("", "") => render::launch_id("description", random()),
            ("", _) => render::launch_id(&source.to_string(), random()),
            (id, _) => id.to_owned(),
        }
    }
}

fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

fn key(object: &Object) -> PodKey {
    PodKey::new(object.namespace(), object.name())
}

fn half_way(error: &Error, object: &Object, left: Option<String>) -> Refusal {
    let what = object.reference();
    Refusal::from(match left {
        None => format!("{what} could not be created, so the launch was rolled back: {error}"),
        Some(left) => format!(
            "{what} could not be created: {error}; what was made before it could not be removed either ({left}): stop the launch once the cluster answers"
        ),
    })
}

/// Why a launch that somebody applied is not stopped, and what removes it.
fn applied(record: &Object, objects: &[ObjectRef]) -> Refusal {
    let own = record.reference();
    let kinds = objects
        .iter()
        .chain([&own])
        .map(|object| object.kind.to_lowercase());
    let kinds: Vec<_> = kinds.collect::<BTreeSet<_>>().into_iter().collect();
    let id = record::launch_id(record);
    Refusal::from(format!(
        "launch {id} was applied, so its objects are not podbay's to delete; remove them with: kubectl delete -n {} {} \
         -l {LABEL_LAUNCH}={id}",
        record.namespace(),
        kinds.join(",")
    ))
}

fn stopped(launch_id: &str, foreign: &[ObjectRef]) -> String {
    let names: Vec<_> = foreign.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [] => format!("launch {launch_id} is being stopped"),
        names => format!(
            "launch {launch_id} is being stopped; not of this launch and left alone: {}",
            names.join(", ")
        ),
    }
}

fn stopped_already(launch_id: &str, ending: usize) -> String {
    let are = if ending == 1 { "is" } else { "are" };
    format!("launch {launch_id} was stopped already; {ending} of its pods {are} still ending")
}

/// `object` with a mark of this attempt to create it.
pub(super) fn marked(mut object: Object) -> Object {
    let mark = format!("{:016x}", random());
    object.0["metadata"]["annotations"][ANNOTATION_REQUEST] = mark.into();
    object
}

/// Whether `now` came of the attempt that made `wanted`.
pub(super) fn same_mark(now: &Object, wanted: &Object) -> bool {
    let mark = |object: &Object| object.annotation(ANNOTATION_REQUEST).to_owned();
    !mark(wanted).is_empty() && mark(now) == mark(wanted)
}
