//! Resumes interrupted restarts: podbay was killed, the cluster refused, or a host was not responding.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use k8s_openapi::jiff::Timestamp;
use tokio::time::sleep;

use super::super::mark::same_mark;
use super::super::sure::{self, Deadline};
use super::{Restarts, forget, is_called_off, kept};
use podbay_core::cluster::{Cluster, Error};
use podbay_core::names::{LABEL_RESTART, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::policy::{Denied, Policy, Reach};

/// Interval of checks.
const PAUSE: Duration = Duration::from_secs(10);

/// Age from which the kept manifest of a pod that was not deleted is considered abandoned.
const LEFT: Duration = Duration::from_secs(120);

/// What to do about a kept manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Action {
    /// The pod is gone: create the next one.
    Make,
    /// In progress.
    Wait,
    /// Already created, never begun, or another object has the name.
    Forget,
}

/// Finishes interrupted restarts, now and later. Never ends.
pub async fn finish(cluster: Arc<dyn Cluster>, restarts: Restarts, policy: Policy) {
    let mut warned = Warned::default();
    loop {
        // the watch reports problems of the cluster
        if let Ok(all) = cluster.config_maps(LABEL_RESTART).await {
            warned.only(&all);
            for kept in all {
                one(&*cluster, &restarts, &policy, &kept, &mut warned).await;
            }
        }
        sleep(PAUSE).await;
    }
}

/// The last message about each kept manifest, by its uid, so that it is logged only once.
#[derive(Default)]
struct Warned(BTreeMap<String, String>);

impl Warned {
    /// Forgets messages about others.
    fn only(&mut self, all: &[Object]) {
        self.0.retain(|uid, _| all.iter().any(|kept| kept.uid() == uid));
    }

    /// Whether `warning` differs from the last message.
    fn is_news(&mut self, kept: &Object, warning: &str) -> bool {
        let last = self.0.insert(kept.uid().to_owned(), warning.to_owned());
        last.is_none_or(|last| last != warning)
    }
}

async fn one(
    cluster: &dyn Cluster,
    restarts: &Restarts,
    policy: &Policy,
    kept: &Object,
    warned: &mut Warned,
) {
    let Some(next) = kept::manifest(kept) else {
        return;
    };
    let what = next.reference();
    if restarts
        .under_way(&PodKey::new(&*what.namespace, &*what.name))
        .is_some()
    {
        return;
    }
    let Ok(now) = sure::get(cluster, &what, Deadline::new()).await else {
        return;
    };
    match action(kept, &next, now.as_ref(), SystemTime::now()) {
        Action::Wait => {}
        Action::Forget => forget(cluster, kept).await,
        Action::Make if !is_owned(cluster, kept).await => forget(cluster, kept).await,
        Action::Make => {
            if let Err(warning) = make(cluster, policy, kept, &next).await
                && warned.is_news(kept, &warning)
            {
                tracing::warn!("{warning}");
            }
        }
    }
}

fn action(kept: &Object, next: &Object, now: Option<&Object>, time: SystemTime) -> Action {
    let Some(now) = now else { return Action::Make };
    if now.uid() != kept::uid(kept) || same_mark(now, next) {
        return Action::Forget;
    }
    let created: Option<Timestamp> = kept.text("/metadata/creationTimestamp").parse().ok();
    let age = created.and_then(|created| time.duration_since(created.into()).ok());
    let left = age.is_some_and(|age| age > LEFT);
    match now.text("/metadata/deletionTimestamp").is_empty() && left {
        true => Action::Forget,
        false => Action::Wait,
    }
}

/// Whether the pod's owner still exists, if it had one.
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
        match sure::get(cluster, &what, Deadline::new()).await {
            Ok(Some(now)) if now.uid() != text("uid") => {}
            Ok(None) => {}
            // exists, or unknown: the garbage collector decides
            Ok(Some(_)) | Err(_) => return true,
        }
    }
    false
}

/// Creates the next pod, or returns why it cannot.
async fn make(cluster: &dyn Cluster, policy: &Policy, kept: &Object, next: &Object) -> Result<(), String> {
    let (what, place) = (next.reference(), kept.reference());
    judge(policy, Reach::of(cluster), kept, next).map_err(|denied| {
        format!(
            "{what} was being restarted when podbay ended. {place} could have been written by others, so podbay \
             creates the pod only within its policy: {denied}; create it yourself: kubectl get configmap -n {} \
             {} -o jsonpath={{.data.pod}} | kubectl create -f -, then delete the ConfigMap",
            place.namespace, place.name
        )
    })?;
    if is_called_off(cluster, kept).await {
        return Ok(());
    }
    match sure::create(cluster, next, |now| same_mark(now, next), Deadline::new()).await {
        Ok(_) => {
            tracing::info!(caller = "podbay", action = "restart_pod", subject = %what, decision = "done", objects = %what, "request");
            forget(cluster, kept).await;
        }
        Err(Error::Exists(_)) => forget(cluster, kept).await,
        Err(error) => {
            return Err(format!(
                "{what} cannot be created again after a restart yet: {error}"
            ));
        }
    }
    Ok(())
}

/// Checks a kept manifest like a request from the network, except for its owners, which exist, and the grace
/// period, which gives no access to the host or the cluster.
fn judge(policy: &Policy, reach: Reach<'_>, kept: &Object, next: &Object) -> Result<(), Denied> {
    let owners = |object: &Object| object.0.pointer("/metadata/ownerReferences").cloned();
    let mut rest = next.clone();
    if let Some(metadata) = rest.0["metadata"].as_object_mut()
        && owners(kept) == owners(next)
    {
        metadata.remove("ownerReferences");
    }
    if let Some(spec) = rest.0["spec"].as_object_mut() {
        spec.remove("terminationGracePeriodSeconds");
    }
    policy.admit_pod(&rest, reach).map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::bridge::manifest;
    use podbay_core::names::ANNOTATION_REQUEST;

    fn pod(uid: &str, metadata: Value) -> Object {
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "n", "uid": uid}});
        for (field, value) in metadata.as_object().unwrap() {
            pod["metadata"][field] = value.clone();
        }
        Object(pod)
    }

    #[test]
    fn a_kept_manifest_says_what_is_left_to_do() {
        let next = pod("", json!({"annotations": {ANNOTATION_REQUEST: "1"}}));
        let mut kept = kept::new(&pod("old", json!({})), &next);
        kept.0["metadata"]["creationTimestamp"] = json!("1970-01-01T00:00:00Z");
        assert!(kept::manifest(&kept).is_some());
        let young = SystemTime::UNIX_EPOCH + LEFT;
        let old = young + Duration::from_secs(1);
        let ending = json!({"deletionTimestamp": "1970-01-01T00:00:10Z"});
        let made = json!({"annotations": {ANNOTATION_REQUEST: "1"}});
        for (now, time, expected) in [
            (None, young, Action::Make),
            (Some(pod("old", json!({}))), young, Action::Wait),
            (Some(pod("old", json!({}))), old, Action::Forget),
            (Some(pod("old", ending)), old, Action::Wait),
            (Some(pod("new", made)), young, Action::Forget),
            (Some(pod("somebody's", json!({}))), young, Action::Forget),
        ] {
            assert_eq!(action(&kept, &next, now.as_ref(), time), expected, "{now:?}");
        }
    }

    #[test]
    fn what_a_kept_manifest_asks_for_is_judged_whole() {
        let reach = Reach {
            default_namespace: "n",
            scope: &[],
        };
        let owner =
            json!({"ownerReferences": [{"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "1"}]});
        for (next, owners, expected) in [
            (json!({"annotations": {ANNOTATION_REQUEST: "1"}}), json!({}), ""),
            (
                json!({"labels": {"podbay.dev/launch": "l", "app.kubernetes.io/managed-by": "podbay"}}),
                json!({}),
                "",
            ),
            (owner.clone(), owner.clone(), ""),
            (owner, json!({}), "metadata.ownerReferences"),
            (json!({"labels": {"app": "bank"}}), json!({}), "label app"),
            (
                json!({"annotations": {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}}),
                json!({}),
                "affects the host",
            ),
            (
                json!({"annotations": {"k8s.v1.cni.cncf.io/networks": "secret-net"}}),
                json!({}),
                "annotation k8s.v1.cni.cncf.io/networks",
            ),
        ] {
            let (next, old) = (pod("new", next), pod("old", owners));
            let mut next = manifest::for_next_life(next);
            next.0["spec"] =
                json!({"containers": [{"name": "c", "image": "i"}], "terminationGracePeriodSeconds": 4000});
            let judged = judge(&Policy::default(), reach, &kept::new(&old, &next), &next);
            let said = judged.err().map(|denied| denied.to_string()).unwrap_or_default();
            assert_eq!(said.is_empty(), expected.is_empty(), "{next:?}: {said}");
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn a_warning_is_said_once_for_each_kept_manifest() {
        let mut warned = Warned::default();
        let kept = |uid: &str| pod(uid, json!({}));
        assert!(warned.is_news(&kept("1"), "denied"));
        assert!(!warned.is_news(&kept("1"), "denied"));
        assert!(warned.is_news(&kept("2"), "denied"));
        assert!(warned.is_news(&kept("1"), "no quota"));
        warned.only(&[kept("2")]);
        assert!(!warned.is_news(&kept("2"), "denied"));
        assert!(warned.is_news(&kept("1"), "no quota"));
    }
}
