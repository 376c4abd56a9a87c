//! Deletes pods that evaluate launch files: at the end, even if nobody waits for it any more, and those that an
//! earlier podbay left behind because it was killed ([`sweep`]). Such a pod ends at its deadline.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};
use std::{fs, thread};

use tempfile::TempDir;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::warn;

use super::super::sure::{self, Deadline};
use super::pod;
use podbay_core::cluster::Cluster;
use podbay_core::model;
use podbay_core::object::{Object, ObjectRef};
use podbay_core::pod::Pod;

/// How long after its deadline an evaluation's pod is considered abandoned.
const LEFT: Duration = Duration::from_secs(60);

/// How long podbay keeps running at its end to delete pods.
const ENDING: Duration = Duration::from_secs(10);

/// How long a process that is being killed may still write to a folder that is deleted.
const WRITING: Duration = Duration::from_secs(2);

/// Interval of attempts to delete a folder.
const PAUSE: Duration = Duration::from_millis(20);

/// What evaluations leave behind, for the end of podbay: their pods, and their folders on this machine. Copies
/// share it.
#[derive(Clone, Default)]
pub(super) struct Cleanup {
    pods: TaskTracker,
    folders: TaskTracker,
    ending: CancellationToken,
}

impl Cleanup {
    /// Waits until podbay ends.
    pub(super) async fn ending(&self) {
        self.ending.cancelled().await;
    }

    /// podbay waits at its end until this is dropped: a folder is still to be deleted.
    pub(super) fn folder_token(&self) -> TaskTrackerToken {
        self.folders.token()
    }

    /// Deletes a folder and everything in it, on a thread for such work. podbay waits for it at its end.
    pub(super) fn delete_folder(&self, folder: TempDir) -> JoinHandle<()> {
        self.folders.spawn_blocking(move || delete_folder(folder))
    }

    /// Ends all evaluations, and waits a while until their pods and folders are deleted.
    pub(super) async fn end(&self) {
        self.ending.cancel();
        self.pods.close();
        self.folders.close();
        let (pods, folders) = tokio::join!(
            timeout(ENDING, self.pods.wait()),
            timeout(ENDING, self.folders.wait()),
        );
        if pods.is_err() {
            warn!("pods that evaluate launch files were not deleted in time; each ends at its deadline");
        }
        if folders.is_err() {
            warn!(
                "folders of evaluations in {} were not deleted in time; delete them",
                std::env::temp_dir().display()
            );
        }
    }
}

fn delete_folder(folder: TempDir) {
    let (folder, end) = (folder.keep(), Instant::now() + WRITING);
    while let Err(error) = fs::remove_dir_all(&folder) {
        if error.kind() == ErrorKind::NotFound {
            return;
        }
        if Instant::now() > end {
            return warn!(
                "{}, of an evaluation, cannot be deleted: {error}",
                folder.display()
            );
        }
        thread::sleep(PAUSE);
    }
}

/// Deletes a pod, on request, or when dropped.
pub(super) struct Deletion {
    cluster: Arc<dyn Cluster>,
    /// podbay does not end while this exists.
    unfinished: TaskTrackerToken,
    pod: Option<ObjectRef>,
    /// Its uid, once the cluster has replied.
    uid: Option<String>,
}

impl Deletion {
    pub(super) fn of(cluster: &Arc<dyn Cluster>, pod: ObjectRef, cleanup: &Cleanup) -> Self {
        Self {
            cluster: cluster.clone(),
            unfinished: cleanup.pods.token(),
            pod: Some(pod),
            uid: None,
        }
    }

    /// Records the uid, so that no other pod of the same name is deleted.
    pub(super) fn is_of(&mut self, stored: Object) -> Object {
        self.uid = Some(stored.uid().to_owned());
        stored
    }

    /// Deletes the pod. If this future is dropped, the deletion goes on.
    pub(super) async fn now(mut self) {
        if let Some(pod) = self.pod.clone() {
            delete(&*self.cluster, &pod, self.uid.clone()).await;
            self.pod = None;
        }
    }
}

impl Drop for Deletion {
    fn drop(&mut self) {
        if let Some(pod) = self.pod.take() {
            let (cluster, uid, unfinished) = (self.cluster.clone(), self.uid.take(), self.unfinished.clone());
            tokio::spawn(async move {
                delete(&*cluster, &pod, uid).await;
                drop(unfinished);
            });
        }
    }
}

/// Deletes the pod with this uid; if the reply to its creation was lost, asks the cluster for the uid.
async fn delete(cluster: &dyn Cluster, pod: &ObjectRef, uid: Option<String>) {
    let deadline = Deadline::new();
    let deleted = async {
        let uid = match uid {
            Some(uid) => uid,
            None => match sure::get(cluster, pod, deadline).await? {
                Some(now) => now.uid().to_owned(),
                None => return Ok(()),
            },
        };
        sure::delete(cluster, pod, &uid, Some(Duration::ZERO), deadline).await
    };
    if let Err(error) = deleted.await {
        warn!("{pod}, which evaluated a launch file, could not be deleted: {error}");
    }
}

/// Deletes pods that an earlier podbay left behind. Never ends.
pub async fn sweep(cluster: Arc<dyn Cluster>, model: model::Handle) {
    loop {
        for report in model.snapshot().pods() {
            let pod = &report.pod;
            if pod::is_one(pod) && is_left(pod, SystemTime::now()) {
                let what = ObjectRef::pod(&*pod.key.namespace, &*pod.key.name);
                delete(&*cluster, &what, Some(pod.uid.clone())).await;
            }
        }
        sleep(Duration::from_secs(60)).await;
    }
}

fn is_left(pod: &Pod, now: SystemTime) -> bool {
    let age = now.duration_since(pod.created).unwrap_or_default();
    // may belong to another podbay with a longer time limit
    pod.deleting.is_none() && age > pod::deadline(pod).saturating_add(LEFT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use podbay_core::cluster::pod::from_object;
    use podbay_render::profile::Profile;

    #[test]
    fn a_pod_is_left_only_once_its_own_deadline_is_over() {
        let profile = Profile::parse("image: i\n").unwrap();
        let made = pod::pod("e", "n", &profile, Duration::from_secs(5000), "a.launch.py", &[]);
        let pod = Pod {
            created: SystemTime::UNIX_EPOCH,
            ..from_object(&made).unwrap()
        };
        let after = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        assert!(!is_left(&pod, after(5060)));
        assert!(is_left(&pod, after(5061)));
    }
}
