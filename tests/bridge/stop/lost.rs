//! Lost replies, and an unreachable cluster.

use std::collections::BTreeSet;

use podbay::operation::{DeletePod, StartLaunch};
use podbay_core::names::PodKey;

use super::{pod, record, start, stop};
use crate::faulty::Fate;
use crate::{described, podbay};

const MANIFEST: &str = "{apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: c, image: i, args: [sleep, \"600\"]}]}}";

/// The first request of each kind is executed, but its reply is lost.
async fn check_lost_answers(test: &str, verb: &'static str) {
    let podbay = podbay(test, "{}");
    podbay
        .cluster
        .rule(move |change| match change.verb == verb && change.before == 0 {
            true => Fate::LoseReply,
            false => Fate::Pass,
        });
    podbay.ask(start("l")).await.unwrap();
    for what in [pod("l-one"), pod("l-two"), record("l")] {
        assert!(podbay.has(&what).await, "{what}");
    }
    let create = || podbay.ask(crate::created(MANIFEST));
    create().await.unwrap();
    let again = create().await.unwrap_err();
    assert!(again.contains("Pod default/a already exists"), "{again}");
    podbay.ask(stop("l")).await.unwrap();
    assert!(!podbay.has(&pod("l-one")).await && !podbay.has(&record("l")).await);
    podbay.end().await;
}

#[tokio::test]
async fn what_was_created_counts_though_the_answer_was_lost() {
    check_lost_answers("lost-create", "create").await;
}

#[tokio::test]
async fn what_was_deleted_is_gone_though_the_answer_was_lost() {
    check_lost_answers("lost-delete", "delete").await;
}

#[tokio::test]
async fn what_was_created_counts_though_the_answer_was_too_large() {
    let podbay = podbay("overflow-create", "{}");
    podbay.cluster.rule(|change| match change.verb {
        "create" => Fate::Overflow,
        _ => Fate::Pass,
    });
    podbay.ask(start("l")).await.unwrap();
    assert_eq!(podbay.cluster.asked("create").len(), 3);
    for what in [pod("l-one"), pod("l-two"), record("l")] {
        assert!(podbay.has(&what).await, "{what}");
    }
    podbay.end().await;
}

#[tokio::test]
async fn a_record_that_may_exist_is_named_with_the_way_to_remove_it() {
    let podbay = podbay("lost-record", "{}");
    podbay.cluster.rule(|change| match (change.verb, change.before) {
        ("create", 0) => Fate::LoseReply,
        _ => Fate::Drop,
    });
    let said = podbay.ask(start("l")).await.unwrap_err();
    assert!(said.ends_with("remove it with: podbay stop l"), "{said}");
    podbay.cluster.rule(|_| Fate::Pass);
    assert!(podbay.has(&record("l")).await);
    podbay.ask(stop("l")).await.unwrap();
    assert!(!podbay.has(&record("l")).await);
    podbay.end().await;
}

#[tokio::test]
async fn a_record_whose_replies_were_all_lost_counts_once_it_is_seen() {
    let podbay = podbay("seen-record", "{}");
    podbay.cluster.rule(
        |change| match (change.verb, change.what.kind.as_str(), change.before) {
            ("create", "ConfigMap", 0) => Fate::LoseReply,
            ("create", "ConfigMap", _) => Fate::Drop,
            _ => Fate::Pass,
        },
    );
    podbay.ask(start("l")).await.unwrap();
    assert!(podbay.has(&pod("l-one")).await && podbay.has(&record("l")).await);
    podbay.end().await;
}

#[tokio::test]
async fn a_request_whose_answer_is_too_large_is_not_repeated() {
    let podbay = podbay("overflow-delete", "{}");
    podbay.ask(crate::created(MANIFEST)).await.unwrap();
    let key = PodKey::new("default", "a");
    podbay.cluster.rule(|change| match change.verb {
        "delete" => Fate::Overflow,
        _ => Fate::Pass,
    });
    let said = podbay.ask(DeletePod { key, grace: None }).await.unwrap_err();
    assert!(said.contains("exceeds the limit of 256 MiB"), "{said}");
    assert_eq!(podbay.cluster.asked("delete"), [pod("a")]);
    podbay.end().await;
}

#[tokio::test]
async fn a_cluster_that_was_unreachable_to_the_end_is_not_asked_about_the_rest() {
    let podbay = podbay("stop-unreachable", "{}");
    let process = |n: usize| format!("<executable cmd='sleep 600' name='p{n}'/>");
    let processes: String = (0..12).map(process).collect();
    let many = described("many", format!("<launch>{processes}</launch>"));
    podbay.ask(StartLaunch(many)).await.unwrap();
    podbay.cluster.rule(|change| match change.verb {
        "delete" => Fate::Drop,
        _ => Fate::Pass,
    });
    let said = podbay.ask(stop("many")).await.unwrap_err();
    assert!(
        said.contains("is not completely stopped") && said.contains("and 7 more"),
        "{said}"
    );
    let tried: BTreeSet<_> = podbay
        .cluster
        .asked("delete")
        .into_iter()
        .map(|what| what.name)
        .collect();
    assert!(!tried.is_empty() && tried.len() < 12, "{tried:?}");
    podbay.end().await;
}
