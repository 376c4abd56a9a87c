//! Pods that end, fail, restart, or are deleted.

use std::time::Duration;

use podbay_core::cluster::{Error, LogQuery};
use podbay_core::names::PodKey;
use podbay_core::object::Object;
use podbay_core::pod::{ContainerState, Phase, Pod};
use serde_json::json;

use super::Fixture;
use super::seen::{Seen, main_container, termination, waiting_reason};

fn is_over(pod: &Pod) -> bool {
    matches!(pod.phase, Phase::Succeeded | Phase::Failed)
}

/// A pod that runs testpod once ends in this phase, with this exit code and reason.
async fn check_end(fixture: &Fixture, name: &str, args: &[&str], expected: (Phase, i32, &str)) -> Pod {
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture.create(&fixture.pod(name, args)).await;
    let pod = seen.pod(&fixture.key(name), "the end", is_over).await;
    let end = termination(&pod).unwrap_or_else(|| panic!("{pod:#?}"));
    assert_eq!((pod.phase, end.exit_code, end.reason.as_str()), expected);
    assert!(!pod.ready && !main_container(&pod).ready && end.finished >= pod.created);
    pod
}

pub(crate) async fn success_is_completed(fixture: &Fixture) {
    check_end(
        fixture,
        "succeeds",
        &["exit", "0"],
        (Phase::Succeeded, 0, "Completed"),
    )
    .await;
}

pub(crate) async fn failure_is_error(fixture: &Fixture) {
    check_end(fixture, "fails", &["exit", "3"], (Phase::Failed, 3, "Error")).await;
}

pub(crate) async fn a_crash_loop_backs_off(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    fixture
        .create(&fixture.pod_with(
            "crashes",
            &["exit", "1"],
            &[("/spec/restartPolicy", json!("Always"))],
        ))
        .await;
    let key = fixture.key("crashes");
    let backing_off =
        |pod: &Pod| waiting_reason(pod) == "CrashLoopBackOff" && main_container(pod).restarts > 0;
    let pod = seen.pod(&key, "CrashLoopBackOff", backing_off).await;
    assert!(pod.phase == Phase::Running && !pod.ready);
    let main = main_container(&pod);
    let ContainerState::Waiting { message, .. } = &main.state else {
        unreachable!()
    };
    let title = format!(
        "restarting failed container=main pod=crashes_{}({})",
        fixture.namespace, pod.uid
    );
    assert!(
        message.starts_with("back-off ") && message.ends_with(&title),
        "{message}"
    );
    let last = main.last.as_ref().expect("it has ended before");
    assert_eq!((last.exit_code, last.reason.as_str()), (1, "Error"));
    let query = LogQuery {
        key,
        container: "main".to_owned(),
        tail_lines: 0,
        previous: true,
    };
    assert_eq!(fixture.cluster.logs(&query).await.unwrap(), "exit 1\n");
}

pub(crate) async fn a_program_that_cannot_be_run_is_a_start_error(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let command = ("/spec/containers/0/command", json!(["/no/such/program"]));
    fixture.create(&fixture.pod_with("absent", &[], &[command])).await;
    let pod = seen.pod(&fixture.key("absent"), "failed", is_over).await;
    let end = termination(&pod).unwrap_or_else(|| panic!("{pod:#?}"));
    assert_eq!(
        (pod.phase, end.exit_code, end.reason.as_str()),
        (Phase::Failed, 128, "StartError")
    );
    assert!(end.message.contains("/no/such/program"), "{}", end.message);
}

pub(crate) async fn a_failed_init_container_fails_the_pod(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let init = json!([fixture.container("setup", &["exit", "2"])]);
    fixture
        .create(&fixture.pod_with("unready", &["print"], &[("/spec/initContainers", init)]))
        .await;
    let pod = seen.pod(&fixture.key("unready"), "failed", is_over).await;
    assert_eq!(pod.phase, Phase::Failed);
    assert!(matches!(&pod.containers[0].state, ContainerState::Terminated(end) if end.exit_code == 2));
    assert_eq!(waiting_reason(&pod), "PodInitializing");
}

pub(crate) async fn deletion_is_graceful(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let pod = fixture.create(&fixture.pod("leaves", &["print"])).await;
    let key = fixture.key("leaves");
    seen.pod(&key, "ready", |pod| pod.ready).await;
    fixture.cluster.delete(&pod.reference(), None).await.unwrap();
    seen.pod(&key, "leaving", |pod| pod.deleting.is_some()).await;
    seen.gone(&key).await;
    let got = fixture.cluster.get(&pod.reference()).await;
    assert!(matches!(got, Err(Error::NotFound(_))), "{got:?}");
    // The name can be used again.
    let again = fixture.create(&fixture.pod("leaves", &["print"])).await;
    assert_ne!(again.uid(), pod.uid());
}

/// A ready pod that ignores SIGTERM for an hour.
pub(crate) async fn stays(fixture: &Fixture, seen: &mut Seen) -> (Object, PodKey) {
    let grace = ("/spec/terminationGracePeriodSeconds", json!(3600));
    let pod = fixture
        .create(&fixture.pod_with("stays", &["stubborn"], &[grace]))
        .await;
    let key = fixture.key("stays");
    seen.pod(&key, "ready", |pod| pod.ready).await;
    (pod, key)
}

pub(crate) async fn grace_ends_in_a_kill(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let (pod, key) = stays(fixture, &mut seen).await;
    // The grace period of the request, not the pod's own. It cannot be shortened later: a kubelet keeps the first one.
    fixture
        .cluster
        .delete(&pod.reference(), Some(Duration::from_secs(5)))
        .await
        .unwrap();
    let leaving = seen.pod(&key, "leaving", |pod| pod.deleting.is_some()).await;
    assert!(termination(&leaving).is_none(), "it ignores SIGTERM");
    let again = fixture
        .cluster
        .create(&fixture.pod("stays", &["print"]), false)
        .await;
    assert!(matches!(again, Err(Error::Exists(_))), "{again:?}");
    seen.gone(&key).await;
}

pub(crate) async fn deletion_without_grace(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let pod = fixture.create(&fixture.pod("drops", &["stubborn"])).await;
    let key = fixture.key("drops");
    seen.pod(&key, "ready", |pod| pod.ready).await;
    fixture
        .cluster
        .delete(&pod.reference(), Some(Duration::ZERO))
        .await
        .unwrap();
    let got = fixture.cluster.get(&pod.reference()).await;
    assert!(matches!(got, Err(Error::NotFound(_))), "{got:?}");
    seen.gone(&key).await;
}
