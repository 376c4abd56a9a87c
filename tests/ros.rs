//! The ROS port over RustDDS, with a bridge that only remembers what it was asked.

#![cfg(not(feature = "r2r"))]
#![allow(clippy::unwrap_used)]

#[path = "ros/client.rs"]
mod client;

use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use client::{DEADLINE, Peer, poll};
use podbay::config::limits::Limits;
use podbay::ros::Ros;
use podbay::ros::backend::dds::msgs::podbay_msgs::{msg, srv};
use podbay::ros::backend::dds::msgs::rcl_interfaces;
use podbay_core::health::PodReport;
use podbay_core::node::NodeOptions;
use podbay_core::request::{Call, Reply, Request};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const NO_PODS: &[PodReport] = &[];

/// A domain nobody else in this program uses.
fn domain() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(40);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

struct Podbay {
    runtime: Runtime,
    ros: Ros,
    calls: mpsc::Receiver<Call>,
    domain: u16,
}

impl Podbay {
    fn open() -> Self {
        let runtime = Runtime::new().unwrap();
        let (bridge, calls) = mpsc::channel(128);
        let domain = domain();
        let ros = runtime
            .block_on(Ros::open(options("podbay", domain), &Limits::default(), bridge))
            .unwrap();
        Self {
            runtime,
            ros,
            calls,
            domain,
        }
    }

    /// The next call that reaches the bridge.
    fn next(&mut self) -> Call {
        let next = async { tokio::time::timeout(DEADLINE, self.calls.recv()).await };
        self.runtime.block_on(next).unwrap().unwrap()
    }

    /// Answers every call with a description of it.
    fn echo(&mut self) {
        let (_, none) = mpsc::channel(1);
        let mut calls = std::mem::replace(&mut self.calls, none);
        self.runtime.spawn(async move {
            while let Some(call) = calls.recv().await {
                let _ = call.reply.send(Ok(Reply::Done(format!("{:?}", call.request))));
            }
        });
    }
}

fn options(name: &str, domain_id: u16) -> NodeOptions {
    NodeOptions {
        domain_id,
        ..NodeOptions::new(name)
    }
}

/// Calls a service and checks that the bridge was asked `asked` and the client was told so.
macro_rules! check {
    ($peer:expr, $name:literal, $service:ident { $($field:ident : $value:expr),* }, $asked:literal) => {{
        let client = $peer.client::<srv::$service::Service>(concat!("/podbay/", $name));
        #[allow(clippy::needless_update)] // some requests have only the fields given here
        let response = client.call(srv::$service::Request { $($field: $value.into(),)* ..Default::default() });
        assert!(response.success, "{response:?}");
        assert!(response.message.is_empty() || response.message.contains($asked), "{response:?}");
    }};
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn every_service_takes_its_request_to_the_bridge() {
    let mut podbay = Podbay::open();
    podbay.echo();
    let peer = Peer::join(podbay.domain);
    check!(
        peer,
        "create_pod",
        CreatePod {
            manifest: "kind: Pod",
            dry_run: true
        },
        "dry_run: true"
    );
    check!(
        peer,
        "delete_pod",
        DeletePod {
            name: "a",
            grace_period: 5
        },
        "grace: Some(5s)"
    );
    check!(
        peer,
        "restart_pod",
        RestartPod {
            name: "a",
            pod_namespace: "b"
        },
        "namespace: \"b\""
    );
    check!(peer, "get_pod", GetPod { name: "a" }, "GetPod");
    check!(peer, "list_pods", ListPods { limit: 7_u32 }, "limit: 7");
    check!(
        peer,
        "get_logs",
        GetLogs {
            name: "a",
            tail_lines: 3_u32
        },
        "tail_lines: 3"
    );
    check!(
        peer,
        "exec_in_pod",
        ExecInPod {
            name: "a",
            command: ["ls".to_owned()]
        },
        "timeout: 30s"
    );
    check!(
        peer,
        "start_launch",
        StartLaunch { file: "x.launch.xml" },
        "x.launch.xml"
    );
    check!(peer, "stop_launch", StopLaunch { launch_id: "x" }, "StopLaunch");
    check!(peer, "list_launches", ListLaunches {}, "ListLaunches");
    check!(
        peer,
        "translate_launch",
        TranslateLaunch { file: "y" },
        "TranslateLaunch"
    );
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn requests_that_make_no_sense_are_refused_by_name() {
    let podbay = Podbay::open();
    let peer = Peer::join(podbay.domain);
    let get = peer.client::<srv::GetPod::Service>("/podbay/get_pod");
    assert!(
        get.call(srv::GetPod::Request::default())
            .message
            .contains("name is empty")
    );
    let delete = peer.client::<srv::DeletePod::Service>("/podbay/delete_pod");
    let odd = srv::DeletePod::Request {
        name: "a".to_owned(),
        grace_period: -2,
        ..Default::default()
    };
    assert!(delete.call(odd).message.contains("grace_period is -2"));
    let create = peer.client::<srv::CreatePod::Service>("/podbay/create_pod");
    let manifest = "x".repeat(1024 * 1024 + 1);
    let response = create.call(srv::CreatePod::Request {
        manifest,
        ..Default::default()
    });
    assert!(
        !response.success && response.message.contains("manifest has 1048577 bytes"),
        "{}",
        response.message
    );
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_flood_of_requests_is_answered_instead_of_stored() {
    let mut podbay = Podbay::open();
    let peer = Peer::join(podbay.domain);
    let client = peer.client::<srv::ListLaunches::Service>("/podbay/list_launches");
    // The bridge holds these without an answer.
    let mut held = Vec::new();
    for _ in 0..16 {
        client.send(srv::ListLaunches::Request {});
        held.push(podbay.next());
    }
    let response = client.call(srv::ListLaunches::Request {});
    assert!(
        !response.success && response.message.contains("16 other reads of this caller"),
        "{}",
        response.message
    );
    // Another caller has places of its own.
    let peer = Peer::join(podbay.domain);
    let other = peer.client::<srv::ListLaunches::Service>("/podbay/list_launches");
    other.send(srv::ListLaunches::Request {});
    held.push(podbay.next());
    drop(held);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_client_that_cannot_hear_its_answers_does_not_make_a_service_deaf() {
    let mut podbay = Podbay::open();
    podbay.echo();
    let (mute, peer) = (Peer::join(podbay.domain), Peer::join(podbay.domain));
    let requests = mute.mute::<srv::ListLaunches::Service>("/podbay/list_launches");
    let client = peer.client::<srv::ListLaunches::Service>("/podbay/list_launches");
    // An answer waits for 3 s for a reader, and 256 answers were worked on at once.
    for _ in 0..3000 {
        requests.write(srv::ListLaunches::Request {}, None).unwrap();
    }
    assert!(client.call(srv::ListLaunches::Request {}).success);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_request_too_large_is_refused_unread_and_the_next_is_answered() {
    let mut podbay = Podbay::open();
    podbay.echo();
    let peer = Peer::join(podbay.domain);
    let client = peer.client::<srv::GetPod::Service>("/podbay/get_pod");
    let get = |name: &str| srv::GetPod::Request {
        name: name.to_owned(),
        ..Default::default()
    };
    let refused = client.call(get(&"x".repeat(3 << 20)));
    assert!(!refused.success);
    assert!(
        refused.message.starts_with("the request has 31457") && refused.message.contains("at most 2097152"),
        "{}",
        refused.message
    );
    let refused = client.call(get(&"\u{1b}".repeat(1 << 20)));
    assert_eq!(refused.message, "name has 1048576 bytes; at most 253 are taken");
    assert!(client.call(get("a")).success);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn the_caller_is_known_by_its_participant() {
    let mut podbay = Podbay::open();
    let peer = Peer::join(podbay.domain);
    let client = peer.client::<srv::ListLaunches::Service>("/podbay/list_launches");
    client.send(srv::ListLaunches::Request {});
    let call = podbay.next();
    assert!(call.caller.to_string().starts_with("dds:0112"), "{}", call.caller);
    assert_eq!(call.request, Request::ListLaunches);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn no_first_answer_is_lost() {
    let mut podbay = Podbay::open();
    podbay.echo();
    for _ in 0..10 {
        let peer = Peer::join(podbay.domain);
        let client = peer.client::<srv::ListLaunches::Service>("/podbay/list_launches");
        assert!(client.call(srv::ListLaunches::Request {}).success);
    }
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_late_reader_gets_the_last_state_only() {
    let podbay = Podbay::open();
    podbay.runtime.block_on(async {
        for cluster in ["first", "second", "third"] {
            podbay.ros.publish_pods(cluster, NO_PODS).unwrap();
            // Apart enough to be samples of their own.
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    });
    let clusters = || {
        // A participant of its own each time, as a participant keeps what any of its readers got.
        let peer = Peer::join(podbay.domain);
        let states = peer.late::<msg::PodArray>("rt/podbay/pods", Duration::from_millis(300));
        states.into_iter().map(|state| state.cluster).collect::<Vec<_>>()
    };
    poll("the last state only", || (clusters() == ["third"]).then_some(()));
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn nodes_come_and_go() {
    let podbay = Podbay::open();
    let mut nodes = podbay.ros.nodes();
    let mut seen = |present: bool| {
        let change = nodes.wait_for(|nodes| nodes.contains("/site/other") == present);
        let change = async { tokio::time::timeout(DEADLINE, change).await.is_ok() };
        assert!(podbay.runtime.block_on(change), "present: {present}");
    };
    let options = NodeOptions {
        namespace: "/site".to_owned(),
        ..options("other", podbay.domain)
    };
    let other = podbay
        .runtime
        .block_on(Ros::open(options, &Limits::default(), mpsc::channel(1).0))
        .unwrap();
    seen(true);
    podbay.runtime.block_on(other.close());
    seen(false);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn parameters_can_be_read() {
    let podbay = Podbay::open();
    let peer = Peer::join(podbay.domain);
    let client = peer.client::<rcl_interfaces::srv::GetParameters::Service>("/podbay/get_parameters");
    let names = vec!["nosuch".to_owned()];
    let values = client
        .call(rcl_interfaces::srv::GetParameters::Request { names })
        .values;
    assert_eq!(values.len(), 1);
    assert_eq!(
        values[0].type_,
        rcl_interfaces::msg::ParameterType::PARAMETER_NOT_SET as u8
    );
}
