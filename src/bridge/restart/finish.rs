//! Takes up restarts that were left: podbay was killed, the cluster refused, a host was dead.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use k8s_openapi::jiff::Timestamp;
use tokio::time::sleep;

use super::super::launches::same_mark;
use super::super::sure;
use super::{Restarts, forget, note};
use crate::cluster::{Cluster, Error};
use crate::domain::names::{LABEL_RESTART, PodKey};
use crate::domain::object::{Object, ObjectRef};
use crate::policy::{Policy, Reach};

/// Between two looks at what is left.
const PAUSE: Duration = Duration::from_secs(10);

/// Age from which a note about a pod that nobody has told to end was left before that.
const LEFT: Duration = Duration::from_secs(120);

/// What to do about a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The pod is gone: make the next one.
    Make,
    /// It is on its way.
    Wait,
    /// Made already, never begun, or somebody else has the name.
    Forget,
}

/// Finishes restarts that were left, now and later. Never ends.
pub async fn finish(cluster: Arc<dyn Cluster>, restarts: Restarts, policy: Policy) {
    loop {
        // the watch says what is wrong with the cluster
        for kept in cluster.config_maps(LABEL_RESTART).await.unwrap_or_default() {
            one(&*cluster, &restarts, &policy, &kept).await;
        }
        sleep(PAUSE).await;
    }
}

async fn one(cluster: &dyn Cluster, restarts: &Restarts, policy: &Policy, kept: &Object) {
    let Some(next) = note::manifest(kept).filter(|_| note::is_note(kept)) else {
        return;
    };
    let what = next.reference();
    if restarts
        .under_way(&PodKey::new(&*what.namespace, &*what.name))
        .is_some()
    {
        return;
    }
    let Ok(now) = sure::get(cluster, &what).await else {
        return;
    };
    match step(kept, &next, now.as_ref(), SystemTime::now()) {
        Step::Wait => {}
        Step::Forget => forget(cluster, kept).await,
        Step::Make if !is_owned(cluster, kept).await => forget(cluster, kept).await,
        Step::Make => make(cluster, policy, kept, &next).await,
    }
}

fn step(kept: &Object, next: &Object, now: Option<&Object>, time: SystemTime) -> Step {
    let Some(now) = now else { return Step::Make };
    if now.uid() != note::uid(kept) || same_mark(now, next) {
        return Step::Forget;
    }
    let created: Option<Timestamp> = kept.text("/metadata/creationTimestamp").parse().ok();
    let age = created.and_then(|created| time.duration_since(created.into()).ok());
    let left = age.is_some_and(|age| age > LEFT);
    match now.text("/metadata/deletionTimestamp").is_empty() && left {
        true => Step::Forget,
        false => Step::Wait,
    }
}

/// Whether what owned the pod is still there, if anything did.
async fn is_owned(cluster: &dyn Cluster, kept: &Object) -> bool {
    let owners = kept
        .0
        .pointer("/metadata/ownerReferences")
        .and_then(|owners| owners.as_array());
    let Some(owners) = owners.filter(|owners| !owners.is_empty()) else {
        return true;
    };
    for owner in owners {
        let text = |field: &str| owner[field].as_str().unwrap_or_default().to_owned();
        let what = ObjectRef {
            api_version: text("apiVersion"),
            kind: text("kind"),
            namespace: kept.namespace().to_owned(),
            name: text("name"),
        };
        match sure::get(cluster, &what).await {
            Ok(Some(now)) if now.uid() != text("uid") => {}
            Ok(None) => {}
            // there, or nobody can say: the garbage collector knows better
            Ok(Some(_)) | Err(_) => return true,
        }
    }
    false
}

async fn make(cluster: &dyn Cluster, policy: &Policy, kept: &Object, next: &Object) {
    let (what, place) = (next.reference(), kept.reference());
    if let Err(denied) = judge(cluster, policy, next) {
        tracing::warn!(
            "{what} was being restarted when podbay ended. Whoever may write ConfigMaps could have written {place}, so \
             podbay makes it again only within its policy: {denied}; make it yourself: kubectl get configmap -n {} {} \
             -o jsonpath={{.data.pod}} | kubectl create -f -, then delete the ConfigMap",
            place.namespace,
            place.name
        );
        return;
    }
    match sure::create(cluster, next, |now| same_mark(now, next)).await {
        Ok(_) => {
            tracing::info!(caller = "podbay", action = "restart_pod", subject = %what, decision = "done", objects = %what, "request");
            forget(cluster, kept).await;
        }
        Err(Error::Exists(_)) => forget(cluster, kept).await,
        Err(error) => {
            tracing::warn!("{what} is to be made again after a restart, and cannot be yet: {error}")
        }
    }
}

/// What a note asks for is judged like a request of anybody on the network, but for labels, annotations, owners and
/// the grace period, which open nothing of the host or of the cluster.
fn judge(cluster: &dyn Cluster, policy: &Policy, next: &Object) -> Result<(), String> {
    let mut bare = next.clone();
    if let Some(metadata) = bare.0["metadata"].as_object_mut() {
        for field in ["labels", "annotations", "ownerReferences"] {
            metadata.remove(field);
        }
    }
    if let Some(spec) = bare.0["spec"].as_object_mut() {
        spec.remove("terminationGracePeriodSeconds");
    }
    let reach = Reach {
        default_namespace: cluster.default_namespace(),
        scope: cluster.scope(),
    };
    let admitted = policy.admit_pod(&bare, reach);
    admitted.map(drop).map_err(|denied| denied.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::domain::names::ANNOTATION_REQUEST;

    fn pod(uid: &str, metadata: Value) -> Object {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "n", "uid": uid}});
        for (field, value) in metadata.as_object().unwrap() {
            pod["metadata"][field] = value.clone();
        }
        Object(pod)
    }

    #[test]
    fn a_note_says_what_is_left_to_do() {
        let next = pod("", json!({"annotations": {ANNOTATION_REQUEST: "1"}}));
        let mut kept = note::new(&pod("old", json!({})), &next);
        kept.0["metadata"]["creationTimestamp"] = json!("1970-01-01T00:00:00Z");
        assert!(note::is_note(&kept));
        let young = SystemTime::UNIX_EPOCH + LEFT;
        let old = young + Duration::from_secs(1);
        let ending = json!({"deletionTimestamp": "1970-01-01T00:00:10Z"});
        let made = json!({"annotations": {ANNOTATION_REQUEST: "1"}});
        for (now, time, expected) in [
            (None, young, Step::Make),
            (Some(pod("old", json!({}))), young, Step::Wait),
            (Some(pod("old", json!({}))), old, Step::Forget),
            (Some(pod("old", ending)), old, Step::Wait),
            (Some(pod("new", made)), young, Step::Forget),
            (Some(pod("somebody's", json!({}))), young, Step::Forget),
        ] {
            assert_eq!(step(&kept, &next, now.as_ref(), time), expected, "{now:?}");
        }
    }
}
