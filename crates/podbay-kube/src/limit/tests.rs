//! Tests of the limits, with servers that send without end.

use std::sync::Arc;
use std::time::Duration;

use podbay_core::cluster::{Cluster, Error, Event, LogQuery, Meter};
use podbay_core::names::PodKey;
use podbay_core::object::ObjectRef;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::*;
use crate::KubeCluster;
use crate::watch::probe;

/// A reply of a server, for the first line of a request.
type Reply = fn(&str) -> (&'static str, String, Then);

/// What follows the beginning of a reply.
enum Then {
    End,
    /// Nothing, but it does not end.
    Silence,
    /// So many `x`.
    Bytes(usize),
}

struct NoMeter;

impl Meter for NoMeter {
    fn api_request(&self, _: &'static str, _: &'static str, _: Duration) {}
    fn watch_restarted(&self) {}
    fn watch_heard(&self) {}
}

/// A cluster whose server replies with this status and text.
async fn cluster(reply: Reply) -> KubeCluster {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, reply));
        }
    });
    let client = || client(Config::new(server.parse().unwrap())).unwrap();
    KubeCluster {
        requests: client(),
        watches: client(),
        namespace: "robots".to_owned(),
        scope: vec!["robots".to_owned()],
        meter: Arc::new(NoMeter),
        server,
    }
}

/// Replies to one request, until the client closes the connection.
async fn answer(mut stream: TcpStream, reply: Reply) {
    let mut request = vec![0; 8192];
    let read = stream.read(&mut request).await.unwrap_or_default();
    let request = String::from_utf8_lossy(&request[..read]).into_owned();
    let (status, text, then) = reply(request.lines().next().unwrap_or_default());
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n{text}");
    let mut sent = stream.write_all(head.as_bytes()).await;
    match then {
        Then::End => {}
        Then::Silence => drop(stream.read(&mut [0]).await),
        Then::Bytes(mut left) => {
            let piece = vec![b'x'; 1 << 20];
            while left > 0 && sent.is_ok() {
                let next = left.min(piece.len());
                sent = stream.write_all(&piece[..next]).await;
                left -= next;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reply_that_is_too_large_is_an_error_of_its_own() {
    let kube = cluster(|_| ("500 Error", String::new(), Then::Bytes(usize::MAX))).await;
    let pod = ObjectRef::pod("robots", "talker");
    let error = kube.get(&pod).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: SHORT, .. }), "{error}");
    let query = LogQuery {
        key: PodKey::new("robots", "talker"),
        container: String::new(),
        tail_lines: 0,
        previous: false,
    };
    let error = kube.logs(&query).await.unwrap_err();
    assert!(matches!(error, Error::TooLarge { limit: SHORT, .. }), "{error}");
}

/// The pods are listed, and then their watch sends a line without end.
fn endless_watch(request: &str) -> (&'static str, String, Then) {
    let list = r#"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"1"},"items":[]}"#;
    let version = r#"{"major":"1","minor":"34","gitVersion":"v1","gitCommit":"","gitTreeState":"","buildDate":"",
        "goVersion":"","compiler":"","platform":""}"#;
    let (text, then) = match (request.contains("watch=true"), request.contains("/pods")) {
        (true, true) => ("", Then::Bytes(usize::MAX)),
        (true, false) => ("", Then::Silence),
        (false, _) if request.contains("/version") => (version, Then::End),
        (false, _) => (list, Then::End),
    };
    ("200 OK", text.to_owned(), then)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_that_sends_a_line_without_end_is_started_again() {
    let kube = cluster(endless_watch).await;
    let server = kube.server.clone();
    let (events, mut received) = mpsc::channel(8);
    let watch = tokio::spawn(async move { kube.watch(events).await });
    let mut told = Vec::new();
    while told.len() < 3 {
        match received.recv().await.unwrap() {
            Event::Connected => told.push("connected".to_owned()),
            Event::Lost { reason } => told.push(reason),
            _ => {}
        }
    }
    let reason =
        format!("{server} cannot watch pods in namespace robots: its reply exceeds the limit of 16 MiB");
    assert_eq!(told, ["connected", &reason, "connected"]);
    watch.abort();
}

/// The error of a probe of a server that replies so.
async fn probed(reply: Reply) -> String {
    let kube = cluster(reply).await;
    let error = probe(&kube.watches, Duration::from_secs(60)).await;
    error.unwrap_err().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endless_reply_is_not_read_to_its_end() {
    let endless: [Reply; 2] = [
        |_| ("200 OK", "\"".to_owned(), Then::Bytes(usize::MAX)),
        |_| ("500 Error", "\"".to_owned(), Then::Bytes(usize::MAX)),
    ];
    for reply in endless {
        assert_eq!(
            probed(reply).await,
            "does not look like a Kubernetes API server: its reply exceeds the limit of 1 MiB"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_api_server_is_reported_as_such_and_its_text_is_cut() {
    let error = probed(|_| ("200 OK", "<html>".to_owned(), Then::End)).await;
    assert!(
        error.starts_with("does not look like a Kubernetes API server: invalid reply: "),
        "{error}"
    );
    let error = probed(|_| ("500 Error", String::new(), Then::Bytes(100_000))).await;
    assert!(
        error.starts_with("is not responding: HTTP status 500: xxx"),
        "{error}"
    );
    assert!(error.len() < 5000, "{error}");
}

#[test]
fn only_a_log_may_be_of_any_size() {
    let of = |path: &str, status| {
        let uri = format!("https://cp{path}").parse().unwrap();
        bound(&uri, StatusCode::from_u16(status).unwrap())
    };
    assert_eq!(of("/api/v1/pods?limit=100", 200), Bound::Whole(REPLY));
    assert_eq!(of("/api/v1/pods?limit=100&watch=true", 200), Bound::Line(LINE));
    assert_eq!(of("/api/v1/pods?watch=true", 500), Bound::Whole(SHORT));
    assert_eq!(of("/prefix/version", 200), Bound::Whole(SHORT));
    assert_eq!(of("/api/v1/namespaces/a/pods/version", 200), Bound::Whole(REPLY));
    assert_eq!(
        of("/apis/apps/v1/namespaces/a/deployments/version", 200),
        Bound::Whole(REPLY)
    );
    let log = "/prefix/api/v1/namespaces/a/pods/log/log";
    let request = kube::core::Request::new("/api/v1/namespaces/a/pods");
    let request = request.logs("talker", &kube::api::LogParams::default()).unwrap();
    assert_eq!(of(&request.uri().to_string(), 200), Bound::Nothing);
    assert_eq!(of(log, 200), Bound::Nothing);
    assert_eq!(of(&format!("{log}?follow=true"), 200), Bound::Nothing);
    assert_eq!(of(log, 404), Bound::Whole(SHORT));
    for object in ["a/pods/log", "pods/configmaps/log", "log/pods/a"] {
        let path = format!("/api/v1/namespaces/{object}");
        assert_eq!(of(&path, 200), Bound::Whole(REPLY), "{path}");
    }
}

#[test]
fn a_line_is_counted_across_pieces() {
    let sent = |bound, pieces: &[&str]| {
        let mut reply = Limited {
            body: (),
            bound,
            read: 0,
        };
        let counted = pieces.iter().map(|piece| reply.count(piece.as_bytes()));
        counted.collect::<Result<Vec<_>, _>>().map(drop)
    };
    let too_large = Err(TooLarge { limit: 4 });
    assert_eq!(
        sent(Bound::Line(4), &["ab", "cd\n", "abcd", "\nab\ncd", "ef\n"]),
        Ok(())
    );
    assert_eq!(sent(Bound::Line(4), &["ab\ncd", "ef", "g"]), too_large);
    assert_eq!(sent(Bound::Line(4), &["abc", "de\n"]), too_large);
    assert_eq!(sent(Bound::Whole(4), &["ab\n", "c"]), Ok(()));
    assert_eq!(sent(Bound::Whole(4), &["ab\n", "cd"]), too_large);
    assert_eq!(sent(Bound::Nothing, &["abcde"; 3]), Ok(()));
}
