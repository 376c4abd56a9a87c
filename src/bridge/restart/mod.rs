//! Restarts a pod that no controller would create again, without losing it.
//!
//! ```text
//!   dry run of the next pod ── refused ──> the pod is kept
//!     └─ keep its manifest in a ConfigMap ── delete this pod (uid) ── wait ── create ── forget the manifest
//!                    │ podbay ends, the cluster refuses, a host is dead
//!                    └─> finish: the same podbay, or the next one, resumes it
//! ```
//!
//! A restart has its own task, so it continues even if nobody waits for it, and a second request for the same
//! pod waits for the first.

mod finish;
mod kept;
mod quota;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use super::mark::{marked, same_mark};
use super::sure::{self, Deadline};
use super::{Bridge, manifest};
use podbay_core::cluster::{Cluster, Error};
use podbay_core::names::{LABEL_RESTART, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::request::{Caller, Refusal};

pub use finish::finish;

/// Kubernetes' default of `terminationGracePeriodSeconds`.
const DEFAULT_GRACE: Duration = Duration::from_secs(30);

/// Longest grace period that a caller waits for.
const LONGEST_GRACE: Duration = Duration::from_secs(600);

/// Time for the cluster to remove a pod, in addition to its grace period.
const DELETION_SLACK: Duration = Duration::from_secs(30);

/// Interval for checking a pod that is ending.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// A restart in progress: its result.
pub(crate) type Restart = Shared<BoxFuture<'static, Result<String, Refusal>>>;

/// The restarts in progress.
#[derive(Clone, Default)]
pub struct Restarts(Arc<Mutex<BTreeMap<PodKey, UnderWay>>>);

/// A restart in progress.
#[derive(Clone)]
pub(crate) struct UnderWay {
    /// Its result.
    restart: Restart,
    /// The pod as it was at its beginning.
    pub(crate) pod: Object,
    /// Cancelled once the pod is not to be created again.
    called_off: CancellationToken,
}

impl UnderWay {
    /// Its result.
    pub(crate) fn result(self) -> Restart {
        self.restart
    }

    /// Keeps the pod from being created again, and waits until the restart has ended. If it was created before,
    /// it still exists.
    pub(crate) async fn call_off(self) {
        self.called_off.cancel();
        // its caller receives the result
        let _ = self.restart.await;
    }
}

impl Restarts {
    /// The restart of this pod, if one is in progress.
    pub(crate) fn under_way(&self, key: &PodKey) -> Option<UnderWay> {
        self.lock().get(key).cloned()
    }

    /// Whether one of `pods` is to be created again, by this podbay or another.
    pub async fn concern(&self, cluster: &dyn Cluster, pods: &[PodKey]) -> Result<bool, Error> {
        if pods.iter().any(|pod| self.under_way(pod).is_some()) {
            return Ok(true);
        }
        let kept = all_kept(cluster).await?;
        Ok(kept.iter().any(|(_, pod)| pods.contains(&key_of(pod))))
    }

    /// Restarts `pod`, or joins its restart in progress.
    pub(crate) fn begin(
        &self,
        cluster: &Arc<dyn Cluster>,
        key: PodKey,
        pod: Object,
        grace: Option<Duration>,
    ) -> Restart {
        let mut under_way = self.lock();
        if let Some(begun) = under_way.get(&key) {
            return begun.restart.clone();
        }
        let (cluster, all, own) = (cluster.clone(), self.clone(), key.clone());
        let called_off = CancellationToken::new();
        let (old, off) = (pod.clone(), called_off.clone());
        let task = tokio::spawn(async move {
            let _entry = Entry { all, key: own };
            restart(&*cluster, &old, grace, &off).await
        });
        let restart = async move {
            let ended = |_| Err("the restart failed because of a bug in podbay, see its log".into());
            task.await.unwrap_or_else(ended)
        };
        let restart = restart.boxed().shared();
        let begun = UnderWay {
            restart: restart.clone(),
            pod,
            called_off,
        };
        under_way.insert(key, begun);
        restart
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<PodKey, UnderWay>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bridge {
    /// Keeps a pod that the caller may touch from being created again by a restart, of this podbay or another.
    /// Returns whether there was one.
    pub(crate) async fn call_off_restart(&self, caller: &Caller, key: &PodKey) -> Result<bool, Refusal> {
        let begun = self.restarts.under_way(key);
        let mut called_off = begun.is_some();
        if let Some(begun) = begun {
            self.admit_touch(caller, &begun.pod)?;
            begun.call_off().await;
        }
        // a restart that could not be finished has left its manifest
        for (kept, pod) in all_kept(&*self.cluster).await? {
            if key_of(&pod) == *key && self.admit_touch(caller, &pod).is_ok() {
                let what = kept.reference();
                sure::delete(&*self.cluster, &what, kept.uid(), None, Deadline::new()).await?;
                called_off = true;
            }
        }
        Ok(called_off)
    }
}

/// Every kept manifest: its ConfigMap, and the pod.
async fn all_kept(cluster: &dyn Cluster) -> Result<Vec<(Object, Object)>, Error> {
    let all = cluster.config_maps(LABEL_RESTART).await?.into_iter();
    let with_pod = |kept| kept::manifest(&kept).map(|pod| (kept, pod));
    Ok(all.filter_map(with_pod).collect())
}

fn key_of(pod: &Object) -> PodKey {
    PodKey::new(pod.namespace(), pod.name())
}

/// A restart in progress, until dropped, even by a panic.
struct Entry {
    all: Restarts,
    key: PodKey,
}

impl Drop for Entry {
    fn drop(&mut self) {
        // the entry exists by now: it is added under the same lock
        self.all.lock().remove(&self.key);
    }
}

async fn restart(
    cluster: &dyn Cluster,
    pod: &Object,
    grace: Option<Duration>,
    called_off: &CancellationToken,
) -> Result<String, Refusal> {
    let reference = pod.reference();
    let next = marked(manifest::for_next_life(pod.clone()));
    would_be_taken(cluster, &next).await?;
    let kept = keep(cluster, pod, &next).await?;
    let what = kept.reference();
    let next = kept::manifest(&kept).unwrap_or(next);
    sure::delete(cluster, &reference, pod.uid(), grace, Deadline::new())
        .await
        .map_err(|error| unfinished(&format!("{reference} could not be deleted: {error}"), &what))?;
    let patience = grace.unwrap_or_else(|| own_grace(pod)).min(LONGEST_GRACE) + DELETION_SLACK;
    let gone = wait_until_gone(cluster, &reference, pod.uid(), patience);
    let gone = called_off.run_until_cancelled(gone).await;
    if called_off.is_cancelled() {
        forget(cluster, &kept).await;
        return Err(not_again(&reference));
    }
    gone.unwrap_or(Ok(()))
        .map_err(|refusal| unfinished(&refusal.message, &what))?;
    if is_called_off(cluster, &kept).await {
        return Err(not_again(&reference));
    }
    let ours = |now: &Object| same_mark(now, &next);
    match sure::create(cluster, &next, ours, Deadline::new()).await {
        Ok(_) => {}
        Err(Error::Exists(_)) => {
            forget(cluster, &kept).await;
            return Err(Refusal::from(format!(
                "{reference} was deleted, but another pod of that name was created meanwhile"
            )));
        }
        Err(error) => {
            let why = format!("{reference} was deleted, but could not be created again yet: {error}");
            return Err(unfinished(&why, &what));
        }
    }
    forget(cluster, &kept).await;
    Ok(format!("{reference} was restarted"))
}

/// Whether another podbay was asked to delete the pod meanwhile, and no longer keeps its manifest.
async fn is_called_off(cluster: &dyn Cluster, kept: &Object) -> bool {
    let now = sure::get(cluster, &kept.reference(), Deadline::new()).await;
    now.is_ok_and(|now| now.is_none_or(|now| now.uid() != kept.uid()))
}

fn not_again(pod: &ObjectRef) -> Refusal {
    Refusal::from(format!(
        "{pod} was not created again: another request deleted it meanwhile"
    ))
}

/// Whether the cluster would accept `next`, as far as it can tell while the current pod has the name.
async fn would_be_taken(cluster: &dyn Cluster, next: &Object) -> Result<(), Refusal> {
    let error = match cluster.create(next, true).await {
        // the name is checked last
        Ok(_) | Err(Error::Exists(_)) => return Ok(()),
        Err(error) => error,
    };
    let undecided = match &error {
        Error::Forbidden { message } => quota::is_freed_by_the_old(message),
        // said by the API server for an admission webhook, with status 400 and reason BadRequest as of any error
        Error::Invalid { message, .. } | Error::Refused(message) => {
            message.contains("does not support dry run")
        }
        _ => false,
    };
    match undecided {
        true => Ok(()),
        false => Err(Refusal::from(format!(
            "{} was not restarted, since the cluster would not accept it again: {error}",
            next.reference()
        ))),
    }
}

/// Keeps `next` until it is created. A manifest kept by another podbay counts only if it is the same: whoever
/// can write ConfigMaps must not have podbay create arbitrary pods.
async fn keep(cluster: &dyn Cluster, pod: &Object, next: &Object) -> Result<Object, Refusal> {
    let object = kept::new(pod, next);
    let ours = |now: &Object| kept::keeps(now, next);
    let stored = sure::create(cluster, &object, ours, Deadline::new()).await;
    stored.map_err(|error| {
        let (what, place) = (pod.reference(), object.reference());
        Refusal::from(match error {
            Error::Exists(_) => format!(
                "{what} was not restarted: {place}, which would keep its manifest, already exists with other \
                 content; delete that ConfigMap"
            ),
            error => {
                format!("{what} was not restarted, since its manifest cannot be kept in {place}: {error}")
            }
        })
    })
}

async fn forget(cluster: &dyn Cluster, kept: &Object) {
    let what = kept.reference();
    if let Err(error) = sure::delete(cluster, &what, kept.uid(), None, Deadline::new()).await {
        // `finish` detects the created pod, and forgets the kept manifest
        tracing::warn!("{what} is no longer needed, but could not be deleted: {error}");
    }
}

fn unfinished(why: &str, kept: &ObjectRef) -> Refusal {
    Refusal::from(format!(
        "{why}; its manifest is kept in {kept}, and podbay creates it as soon as possible"
    ))
}

/// Waits until the object with this uid is gone. Asks the cluster, since the model may not know the object
/// yet; tolerates an outage.
async fn wait_until_gone(
    cluster: &dyn Cluster,
    object: &ObjectRef,
    uid: &str,
    patience: Duration,
) -> Result<(), Refusal> {
    let deadline = Instant::now() + patience;
    loop {
        match cluster.get(object).await {
            Err(Error::NotFound(_)) => return Ok(()),
            Ok(now) if now.uid() != uid => return Ok(()),
            Ok(_) | Err(Error::Unreachable { .. }) if Instant::now() < deadline => sleep(LOOK_AGAIN).await,
            Ok(_) => {
                return Err(Refusal::from(format!(
                    "{object} was deleted but still exists after {} s; check its finalizers and its host",
                    patience.as_secs()
                )));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

fn own_grace(pod: &Object) -> Duration {
    let seconds = pod
        .0
        .pointer("/spec/terminationGracePeriodSeconds")
        .and_then(serde_json::Value::as_u64);
    seconds.map_or(DEFAULT_GRACE, Duration::from_secs)
}
