//! A restart never loses a pod, even if something refuses, hangs or ends halfway.

use std::time::Duration;

use podbay::bridge::{Restarts, finish_restarts};
use podbay::operation::{DeletePod, Done, RestartPod};
use podbay_core::names::{LABEL_RESTART, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::policy::Policy;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::faulty::{Change, Fate};
use super::{Podbay, created, podbay};

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {terminationGracePeriodSeconds: 1, \
                   containers: [{name: c, image: i, args: [sleep, \"600\"]}]}}";

fn restart() -> RestartPod {
    RestartPod {
        key: PodKey::new("default", "a"),
        grace: Some(Duration::ZERO),
    }
}

fn delete() -> DeletePod {
    DeletePod {
        key: PodKey::new("default", "a"),
        grace: Some(Duration::ZERO),
    }
}

fn makes_the_pod(change: &Change) -> bool {
    (change.verb, change.what.kind.as_str(), change.dry_run) == ("create", "Pod", false)
}

impl Podbay {
    async fn pod(&self) -> Option<Object> {
        self.inner.get(&ObjectRef::pod("default", "a")).await.ok()
    }

    async fn kept(&self) -> usize {
        self.inner.config_maps(LABEL_RESTART).await.unwrap().len()
    }

    /// Waits until the pod is not the one with `uid` any more, and no manifest of it is kept.
    async fn made_again(&self, uid: &str) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.pod().await.is_none_or(|pod| pod.uid() == uid) || self.kept().await > 0 {
            assert!(Instant::now() < deadline, "{:?}", self.pod().await);
            sleep(Duration::from_millis(20)).await;
        }
    }

    async fn created(&self) -> String {
        self.ask(created(POD)).await.unwrap();
        self.pod().await.unwrap().uid().to_owned()
    }

    /// The next podbay, which resumes the restarts of this one.
    async fn finished_by_the_next(&self, uid: &str) {
        let finish = finish_restarts(self.inner.clone(), Restarts::default(), Policy::default());
        tokio::select! {
            () = finish => unreachable!("it never ends"),
            () = self.made_again(uid) => {}
        }
    }
}

/// A manifest kept like podbay's, of the pod with `uid`, written by somebody who may only write ConfigMaps.
fn kept_manifest(uid: &str, name: &str, metadata: &Value, spec: &Value) -> Object {
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec});
    pod["metadata"]["name"] = json!(name);
    pod["metadata"]["namespace"] = json!("default");
    Object(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": format!("podbay-restart-{uid}"), "namespace": "default",
                     "labels": {"app.kubernetes.io/managed-by": "podbay", LABEL_RESTART: "true"}},
        "data": {"pod": pod.to_string()},
    }))
}

#[tokio::test]
async fn a_pod_is_made_again_from_its_own_manifest() {
    let podbay = podbay("restart", "{}");
    let uid = podbay.created().await;
    let done = Done("Pod default/a was restarted".to_owned());
    assert_eq!(podbay.ask(restart()).await, Ok(done));
    let pod = podbay.pod().await.unwrap();
    assert_ne!(pod.uid(), uid);
    assert_eq!(pod.text("/spec/containers/0/args/1"), "600");
    assert_eq!(podbay.kept().await, 0);
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_that_would_not_be_taken_again_stays() {
    let podbay = podbay("restart-dry", "{}");
    let uid = podbay.created().await;
    for (why, goes) in [
        (
            "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=0",
            false,
        ),
        ("violates PodSecurity \"restricted:latest\"", false),
        (
            "exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1",
            true,
        ),
    ] {
        podbay.cluster.rule(move |change| match change.dry_run {
            true => Fate::Refuse(why.to_owned()),
            false => Fate::Pass,
        });
        match (podbay.ask(restart()).await, goes) {
            (Ok(_), true) => assert_ne!(podbay.pod().await.unwrap().uid(), uid),
            (Err(said), false) => {
                assert!(said.contains("was not restarted") && said.contains(why), "{said}");
                assert_eq!(podbay.pod().await.unwrap().uid(), uid);
            }
            (reply, _) => panic!("{why}: {reply:?}"),
        }
    }
    assert_eq!(podbay.kept().await, 0);
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_whose_manifest_cannot_be_kept_stays() {
    let podbay = podbay("restart-kept", "{}");
    let uid = podbay.created().await;
    podbay
        .cluster
        .rule(|change| match (change.verb, change.what.kind.as_str()) {
            ("create", "ConfigMap") => Fate::Refuse("no right".to_owned()),
            _ => Fate::Pass,
        });
    let said = podbay.ask(restart()).await.unwrap_err();
    assert!(
        said.contains("was not restarted") && said.contains("no right"),
        "{said}"
    );
    assert_eq!(podbay.pod().await.unwrap().uid(), uid);
    podbay.end().await;
}

#[tokio::test]
async fn a_restart_that_podbay_did_not_survive_is_finished_by_the_next() {
    for (test, at) in [("restart-killed", "create"), ("restart-killed-before", "delete")] {
        let podbay = podbay(test, "{}");
        let uid = podbay.created().await;
        podbay
            .cluster
            .rule(move |change| match change.what.kind.as_str() {
                "Pod" if change.verb == at && !change.dry_run => Fate::Hang,
                _ => Fate::Pass,
            });
        let asking = podbay.ask(restart());
        let hangs = async {
            while !podbay
                .cluster
                .asked(at)
                .iter()
                .skip(usize::from(at == "create"))
                .any(|what| what.kind == "Pod")
            {
                sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            reply = asking => panic!("{reply:?}"),
            () = hangs => {}
        }
        assert_eq!(podbay.kept().await, 1);
        match at {
            "create" => podbay.finished_by_the_next(&uid).await,
            // the pod still exists, so nothing is lost
            _ => assert_eq!(podbay.pod().await.unwrap().uid(), uid),
        }
        podbay.end().await;
    }
}

#[tokio::test]
async fn a_pod_that_cannot_be_made_yet_is_made_later() {
    let podbay = podbay("restart-later", "{}");
    let uid = podbay.created().await;
    podbay.cluster.rule(|change| match makes_the_pod(change) {
        true => Fate::Refuse("the quota was taken meanwhile".to_owned()),
        false => Fate::Pass,
    });
    let said = podbay.ask(restart()).await.unwrap_err();
    let place = format!("its manifest is kept in ConfigMap default/podbay-restart-{uid}");
    assert!(
        said.contains("the quota was taken meanwhile") && said.contains(&place),
        "{said}"
    );
    assert!(podbay.pod().await.is_none());
    podbay.finished_by_the_next(&uid).await;
    podbay.end().await;
}

#[tokio::test]
async fn two_restarts_at_once_are_one() {
    let podbay = podbay("restart-twice", "{}");
    let uid = podbay.created().await;
    let (one, two) = tokio::join!(podbay.ask(restart()), podbay.ask(restart()));
    assert_eq!((one.clone(), one.is_ok()), (two, true));
    assert_ne!(podbay.pod().await.unwrap().uid(), uid);
    let deleted = podbay.cluster.asked("delete");
    assert_eq!(
        deleted.iter().filter(|what| what.kind == "Pod").count(),
        1,
        "{deleted:?}"
    );
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_that_is_deleted_during_its_restart_stays_so() {
    let podbay = podbay("restart-deleted", "{}");
    let deaf = POD.replace(
        r#"[sleep, "600"]"#,
        r#"[sh, -c, "trap : TERM; while :; do sleep 0.05; done"]"#,
    );
    podbay
        .ask(created(&deaf.replace("Seconds: 1", "Seconds: 300")))
        .await
        .unwrap();
    let slow = RestartPod {
        grace: Some(Duration::from_secs(300)),
        ..restart()
    };
    let delete = async {
        let is_ending = |pod: Object| !pod.text("/metadata/deletionTimestamp").is_empty();
        while !podbay.pod().await.is_some_and(is_ending) {
            sleep(Duration::from_millis(5)).await;
        }
        podbay.ask(delete()).await
    };
    let (restarted, deleted) = tokio::join!(podbay.ask(slow), delete);
    let said = restarted.unwrap_err();
    assert_eq!(
        said,
        "Pod default/a was not created again: another request deleted it meanwhile"
    );
    assert_eq!(deleted, Ok(Done("Pod default/a is being deleted".to_owned())));
    while podbay.pod().await.is_some() {
        sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(podbay.kept().await, 0);
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_that_another_podbay_restarts_can_be_deleted_between_its_lives() {
    let podbay = podbay("restart-between", "{}");
    let labels = json!({"labels": {"app.kubernetes.io/managed-by": "podbay"}});
    let spec = json!({"containers": [{"name": "c", "image": "i"}]});
    let kept = kept_manifest("1", "a", &labels, &spec);
    podbay.inner.create(&kept, false).await.unwrap();
    let deleted = podbay.ask(delete()).await;
    assert_eq!(deleted, Ok(Done("Pod default/a was deleted".to_owned())));
    assert_eq!(podbay.kept().await, 0);
    assert!(podbay.ask(delete()).await.unwrap_err().contains("not found"));
    podbay.end().await;
}

#[tokio::test]
async fn a_pod_whose_restart_failed_stays_deleted() {
    let podbay = podbay("restart-failed", "{}");
    let uid = podbay.created().await;
    // an interrupted restart has left it
    let labels = json!({"labels": {"app.kubernetes.io/managed-by": "podbay"}});
    let spec = json!({"containers": [{"name": "c", "image": "i"}]});
    let kept = kept_manifest(&uid, "a", &labels, &spec);
    podbay.inner.create(&kept, false).await.unwrap();
    podbay.ask(delete()).await.unwrap();
    assert_eq!(podbay.kept().await, 0);
    podbay.end().await;
}

#[tokio::test]
async fn a_restart_goes_on_when_its_caller_is_gone() {
    let podbay = podbay("restart-alone", "{}");
    let uid = podbay.created().await;
    // so that a second attempt is necessary, for which nobody waits
    podbay.cluster.rule(|change| match (change.verb, change.before) {
        ("delete", 0) => Fate::LoseReply,
        _ => Fate::Pass,
    });
    tokio::select! {
        biased;
        reply = podbay.ask(restart()) => panic!("{reply:?}"),
        () = async { while podbay.cluster.asked("delete").is_empty() { sleep(Duration::from_millis(1)).await } } => {}
    }
    podbay.made_again(&uid).await;
    podbay.end().await;
}

#[tokio::test]
async fn lost_answers_lose_no_pod() {
    let podbay = podbay("restart-lost", "{}");
    let uid = podbay.created().await;
    podbay
        .cluster
        .rule(|change| match change.dry_run || change.before > 1 {
            true => Fate::Pass,
            false => Fate::LoseReply,
        });
    podbay.ask(restart()).await.unwrap();
    podbay.made_again(&uid).await;
    podbay.end().await;
}

#[tokio::test]
async fn what_a_planted_manifest_says_is_not_made() {
    let podbay = podbay("restart-planted", "{}");
    let uid = podbay.created().await;
    let evil = json!({"containers": [{"name": "c", "image": "i", "securityContext": {"privileged": true}}]});
    for name in ["evil", "a"] {
        let planted = kept_manifest(&uid, name, &json!({}), &evil);
        let planted = podbay.inner.create(&planted, false).await.unwrap();
        let said = podbay.ask(restart()).await.unwrap_err();
        let place =
            format!("ConfigMap default/podbay-restart-{uid}, which would keep its manifest, already exists");
        assert!(
            said.contains("Pod default/a was not restarted") && said.contains(&place),
            "{said}"
        );
        assert_eq!(podbay.pod().await.unwrap().uid(), uid);
        assert!(
            podbay
                .inner
                .get(&ObjectRef::pod("default", "evil"))
                .await
                .is_err()
        );
        let place = planted.reference();
        podbay
            .inner
            .delete_exactly(&place, planted.uid(), None)
            .await
            .unwrap();
    }
    podbay.ask(restart()).await.unwrap();
    podbay.end().await;
}

#[tokio::test]
async fn a_kept_manifest_that_an_earlier_attempt_left_is_taken_up() {
    let podbay = podbay("restart-again", "{}");
    let uid = podbay.created().await;
    podbay.cluster.rule(|change| match (change.verb, change.before) {
        ("delete", 0) if change.what.kind == "Pod" => Fate::Refuse("not now".to_owned()),
        _ => Fate::Pass,
    });
    let said = podbay.ask(restart()).await.unwrap_err();
    assert!(said.contains("not now") && podbay.kept().await == 1, "{said}");
    podbay.ask(restart()).await.unwrap();
    assert_ne!(podbay.pod().await.unwrap().uid(), uid);
    assert_eq!(podbay.kept().await, 0);
    podbay.end().await;
}

#[tokio::test]
async fn a_kept_manifest_that_speaks_to_the_host_is_left_alone() {
    let podbay = podbay("restart-host", "{}");
    let spec = json!({"containers": [{"name": "c", "image": "i", "args": ["sleep", "600"]}]});
    let confined = "container.apparmor.security.beta.kubernetes.io/c";
    let unconfined = json!({"annotations": {confined: "unconfined"}});
    // kept manifests are processed in order of their names: once the second pod exists, the first was checked
    for (uid, name, metadata) in [("1", "evil", &unconfined), ("2", "a", &json!({}))] {
        let planted = kept_manifest(uid, name, metadata, &spec);
        podbay.inner.create(&planted, false).await.unwrap();
    }
    let made = async {
        while podbay.pod().await.is_none() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = finish_restarts(podbay.inner.clone(), Restarts::default(), Policy::default()) => unreachable!(),
        () = made => {}
    }
    assert!(
        podbay
            .inner
            .get(&ObjectRef::pod("default", "evil"))
            .await
            .is_err()
    );
    let kept = ObjectRef::config_map("default", "podbay-restart-1");
    assert!(podbay.inner.get(&kept).await.is_ok());
    podbay.end().await;
}

#[tokio::test]
async fn a_restart_that_panicked_does_not_keep_others_from_it() {
    let podbay = podbay("restart-panic", "{}");
    let uid = podbay.created().await;
    podbay.cluster.rule(|change| match (change.verb, change.before) {
        ("delete", 0) if change.what.kind == "Pod" => Fate::Panic,
        _ => Fate::Pass,
    });
    let said = podbay.ask(restart()).await.unwrap_err();
    assert!(said.contains("a bug in podbay"), "{said}");
    podbay.ask(restart()).await.unwrap();
    assert_ne!(podbay.pod().await.unwrap().uid(), uid);
    podbay.end().await;
}
