//! Logs of containers, and commands in them.

use std::time::Duration;

use futures::StreamExt;
use podbay_core::cluster::{Error, Exec, LogQuery};
use podbay_core::pod::Phase;
use serde_json::json;

use super::Fixture;
use super::seen::Seen;

fn query(fixture: &Fixture, name: &str, tail_lines: u32) -> LogQuery {
    LogQuery {
        key: fixture.key(name),
        container: String::new(),
        tail_lines,
        previous: false,
    }
}

fn command(fixture: &Fixture, name: &str, args: &[&str]) -> Exec {
    Exec {
        key: fixture.key(name),
        container: "main".to_owned(),
        command: fixture.command(args),
        timeout: Duration::from_secs(30),
    }
}

pub(crate) async fn logs_and_their_tail(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let (cluster, key) = (&fixture.cluster, fixture.key("writes"));
    fixture
        .create(&fixture.pod("writes", &["say", "one", "two", "", "four"]))
        .await;
    seen.pod(&key, "succeeded", |pod| pod.phase == Phase::Succeeded)
        .await;
    for (tail, expected) in [
        (0, "one\ntwo\n\nfour\n"),
        (1, "four\n"),
        (2, "\nfour\n"),
        (9, "one\ntwo\n\nfour\n"),
    ] {
        assert_eq!(
            cluster.logs(&query(fixture, "writes", tail)).await.unwrap(),
            expected,
            "tail {tail}"
        );
    }
    let previous = LogQuery {
        previous: true,
        ..query(fixture, "writes", 0)
    };
    let log = cluster.logs(&previous).await;
    assert!(matches!(log, Err(Error::Refused(_))), "{log:?}");
    // Both streams are one log.
    fixture.create(&fixture.pod("streams", &["both", "0"])).await;
    seen.pod(&fixture.key("streams"), "succeeded", |pod| {
        pod.phase == Phase::Succeeded
    })
    .await;
    let log = cluster.logs(&query(fixture, "streams", 0)).await.unwrap();
    let mut lines: Vec<_> = log.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["err", "out"]);
}

pub(crate) async fn a_log_is_followed_to_its_end(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let (cluster, key) = (&fixture.cluster, fixture.key("talks"));
    let pod = fixture.create(&fixture.pod("talks", &["print"])).await;
    seen.pod(&key, "ready", |pod| pod.ready).await;
    let mut lines = cluster.follow(&key, "main").await.unwrap();
    let mut got = Vec::new();
    while got.len() < 3 {
        let line = lines.next().await.expect("it goes on").unwrap();
        got.extend(Some(line).filter(|line| !line.starts_with("error")));
    }
    assert_eq!(got, ["line 1", "line 2", "line 3"]);
    cluster.delete(&pod.reference(), None).await.unwrap();
    let end = async { while lines.next().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(60), end)
        .await
        .expect("the log ends with the container");
}

pub(crate) async fn exec_tells_code_and_both_streams(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let env = json!([{"name": "COLOUR", "value": "blue"}]);
    fixture
        .create(&fixture.pod_with("host", &["print"], &[("/spec/containers/0/env", env)]))
        .await;
    seen.pod(&fixture.key("host"), "ready", |pod| pod.ready).await;
    for (args, code, stdout, stderr) in [
        (["both", "7"], 7, "out\n", "err\n"),
        (["exit", "0"], 0, "exit 0\n", ""),
        (["env", "COLOUR"], 0, "COLOUR=blue\n", ""),
    ] {
        let output = fixture
            .cluster
            .exec(&command(fixture, "host", &args))
            .await
            .unwrap();
        assert_eq!(
            (output.exit_code, output.stdout.as_str(), output.stderr.as_str()),
            (code, stdout, stderr)
        );
    }
    let absent = Exec {
        command: vec!["/no/such/program".to_owned()],
        ..command(fixture, "host", &[])
    };
    let ran = fixture.cluster.exec(&absent).await;
    assert!(
        matches!(&ran, Err(Error::Refused(message)) if message.contains("/no/such/program")),
        "{ran:?}"
    );
    let endless = Exec {
        timeout: Duration::from_millis(500),
        ..command(fixture, "host", &["print"])
    };
    let ran = fixture.cluster.exec(&endless).await;
    assert!(matches!(ran, Err(Error::Refused(_))), "{ran:?}");
}

pub(crate) async fn what_is_not_there_is_refused(fixture: &Fixture) {
    let mut seen = Seen::start(&fixture.cluster).await;
    let cluster = &fixture.cluster;
    let log = cluster.logs(&query(fixture, "missing", 0)).await;
    assert!(matches!(log, Err(Error::NotFound(_))), "{log:?}");
    let ran = cluster.exec(&command(fixture, "missing", &["exit", "0"])).await;
    assert!(matches!(ran, Err(Error::NotFound(_))), "{ran:?}");
    fixture.create(&fixture.pod("there", &["exit", "0"])).await;
    seen.pod(&fixture.key("there"), "succeeded", |pod| {
        pod.phase == Phase::Succeeded
    })
    .await;
    let other = LogQuery {
        container: "other".to_owned(),
        ..query(fixture, "there", 0)
    };
    let log = cluster.logs(&other).await;
    assert!(
        matches!(&log, Err(Error::Refused(message)) if message.contains("other")),
        "{log:?}"
    );
    let ran = cluster.exec(&command(fixture, "there", &["exit", "0"])).await;
    assert!(matches!(ran, Err(Error::Refused(_))), "{ran:?}");
}
