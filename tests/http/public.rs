//! Public HTTP: limits of connections, heads and bodies.

use std::net::SocketAddr;
use std::time::Duration;

use podbay::http::{self, Connections, View};
use podbay::metrics::Metrics;
use podbay_core::model;
use podbay_core::names::Nodes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

/// An HTTP server on TCP, and its address.
async fn public(connections: Connections) -> (SocketAddr, tokio::task::JoinHandle<()>) {
    let listener = http::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (model, keep) = model::new(mpsc::channel(1).1, watch::channel(Nodes::default()).1);
    drop(keep);
    let view = View {
        model,
        metrics: Metrics::new("none", "test").unwrap(),
        ros: watch::channel(Ok(())).1,
        alive: watch::channel(Ok(())).1,
        cluster: "test".to_owned(),
        kind: "embedded",
    };
    (
        address,
        tokio::spawn(http::serve(listener, http::public(view), connections)),
    )
}

/// The response to `request`, until the server closes the connection.
async fn exchange(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let mut reply = Vec::new();
    // The response may arrive, and the connection end, before the whole request is sent.
    let _ = stream.write_all(request).await;
    let _ = stream.read_to_end(&mut reply).await;
    String::from_utf8(reply).unwrap()
}

const LIVEZ: &[u8] = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_silent_connections_keep_no_probe_from_its_answer() {
    let room = podbay_embedded::open_files::raise();
    let (address, _server) = public(Connections::PUBLIC).await;
    let silent = 5000.min(room.saturating_sub(1000));
    let mut open = Vec::new();
    for _ in 0..silent {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // An old connection may already be closed.
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nX-a: ").await;
        open.push(stream);
    }
    let reply = exchange(address, LIVEZ).await;
    assert!(
        reply.starts_with("HTTP/1.1 200 OK") && reply.ends_with("\r\n\r\nok\n"),
        "{reply}"
    );
    // As many as allowed are still open; the oldest are not.
    let mut first = open.swap_remove(0);
    let mut rest = Vec::new();
    let ended = first.read_to_end(&mut rest).await;
    assert!(ended.is_err() || rest.is_empty(), "{rest:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_end_a_request_or_begin_the_next_is_hung_up_on() {
    let brief = Duration::from_millis(50);
    let connections = Connections {
        head: brief,
        ..Connections::PUBLIC
    };
    let (address, _server) = public(connections).await;
    assert_eq!(exchange(address, b"").await, "");
    let reply = exchange(address, b"GET / HTTP/1.1\r\nHost: ").await;
    assert!(!reply.contains("200 OK"), "{reply}");
    let reply = exchange(address, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(reply.contains("\r\n\r\nok\n"), "{reply}");
    let connections = Connections {
        life: Some(brief),
        ..Connections::PUBLIC
    };
    let (address, _server) = public(connections).await;
    let reply = exchange(address, b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(reply.contains("\r\n\r\nok\n"), "{reply}");
}

#[tokio::test(flavor = "multi_thread")]
async fn heads_and_bodies_are_bounded() {
    let (address, _server) = public(Connections::PUBLIC).await;
    let long = "x".repeat(1 << 20);
    for head in [
        format!("GET /{long} HTTP/1.1\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nX-a: {long}\r\n\r\n"),
        format!("GET / HTTP/1.1\r\n{}\r\n", "X-a: b\r\n".repeat(1000)),
    ] {
        let reply = exchange(address, head.as_bytes()).await;
        let refused = ["", "HTTP/1.1 431", "HTTP/1.1 414"];
        assert!(refused.contains(&reply.get(..12).unwrap_or(&reply)), "{reply}");
    }
    // no request has a body, so none is waited for
    let head = "POST /livez HTTP/1.1\r\nHost: a\r\nContent-Length: 1099511627776\r\n\r\n";
    let reply = exchange(address, head.as_bytes()).await;
    assert!(reply.starts_with("HTTP/1.1 405 "), "{reply}");
    assert_eq!(exchange(address, LIVEZ).await.get(..15), Some("HTTP/1.1 200 OK"));
}

#[tokio::test]
async fn an_address_in_use_is_named_with_the_flag() {
    let taken = http::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let address = taken.local_addr().unwrap();
    let error = http::bind(address).await.unwrap_err().to_string();
    assert!(
        error.contains(&address.to_string()) && error.contains("--http"),
        "{error}"
    );
}
