//! The ROS port over RustDDS, with a bridge that only records its requests.

#![cfg(not(feature = "r2r"))]
#![allow(clippy::unwrap_used)]

#[path = "support/calls.rs"]
mod calls;
#[path = "ros/client.rs"]
mod client;
#[path = "ros/services.rs"]
mod services;

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use calls::{is, take};
use client::{DEADLINE, Peer, poll};
use podbay::metrics::Metrics;
use podbay::operation::{Call, CreatePod, DeletePod, Found, GetPod, Launches, ListLaunches, Operation};
use podbay::ros::Ros;
use podbay_config::limits::Limits;
use podbay_core::health::{Health, Level, PodReport};
use podbay_core::names::PodKey;
use podbay_core::node::NodeOptions;
use podbay_core::pod::Pod;
use podbay_interfaces::podbay_msgs::{msg, srv};
use podbay_interfaces::{Service, rcl_interfaces};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

const NO_PODS: &[PodReport] = &[];

/// A domain that no other test of this program uses.
fn domain() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(40);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn metrics() -> Metrics {
    Metrics::new("dds", "kube").unwrap()
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
            .block_on(Ros::open(
                options("podbay", domain),
                &Limits::default(),
                bridge,
                metrics(),
            ))
            .unwrap();
        Self {
            runtime,
            ros,
            calls,
            domain,
        }
    }

    /// Publishes a state without pods.
    fn publish(&self, cluster: &str) {
        let published = async { self.ros.publish_pods(cluster, NO_PODS) };
        self.runtime.block_on(published).unwrap();
    }

    /// The next call that reaches the bridge.
    fn next(&mut self) -> Call {
        let next = async { tokio::time::timeout(DEADLINE, self.calls.recv()).await };
        self.runtime.block_on(next).unwrap().unwrap()
    }

    /// Replies to every call about launches or a pod.
    fn serve(&mut self) {
        let (_, none) = mpsc::channel(1);
        let mut calls = std::mem::replace(&mut self.calls, none);
        self.runtime.spawn(async move {
            while let Some(call) = calls.recv().await {
                match is::<ListLaunches>(&call) {
                    true => drop(take::<ListLaunches>(call).reply.send(Ok(Launches(Vec::new())))),
                    false => {
                        let pending = take::<GetPod>(call);
                        drop(pending.reply.send(pending.request.map(|_| found())));
                    }
                }
            }
        });
    }

    /// Calls the service of the operation `expected`, checks that it reaches the bridge, and replies with `reply`.
    fn check<S: Service, O: Operation + PartialEq>(
        &mut self,
        request: S::Request,
        expected: O,
        reply: O::Reply,
    ) -> S::Response {
        let peer = Peer::join(self.domain);
        let client = peer.client::<S>(&format!("/podbay/{}", O::NAME));
        let sent = client.send(request);
        let pending = take::<O>(self.next());
        assert_eq!(pending.request, Ok(expected));
        assert!(pending.reply.send(Ok(reply)).is_ok());
        client.response(sent)
    }

    /// Calls the service of `O` with an invalid request, which the bridge gets with the reason, to count it.
    fn refused<S: Service, O: Operation>(&mut self, request: S::Request) -> S::Response {
        let peer = Peer::join(self.domain);
        let client = peer.client::<S>(&format!("/podbay/{}", O::NAME));
        let sent = client.send(request);
        let pending = take::<O>(self.next());
        let invalid = pending.request.map(drop).unwrap_err();
        assert!(pending.reply.send(Err(invalid)).is_ok());
        client.response(sent)
    }
}

fn found() -> Found {
    Found(report())
}

fn report() -> Arc<PodReport> {
    let health = Health {
        level: Level::Ok,
        reason: "Running".to_owned(),
        message: String::new(),
        nodes: Vec::new(),
    };
    let pod = Pod::running("b", "a");
    Arc::new(PodReport { pod, health })
}

fn key() -> PodKey {
    PodKey::new("b", "a")
}

fn options(name: &str, domain_id: u16) -> NodeOptions {
    NodeOptions {
        domain_id,
        ..NodeOptions::new(name)
    }
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn requests_that_make_no_sense_are_refused_by_name() {
    let mut podbay = Podbay::open();
    let unnamed = podbay.refused::<srv::GetPod::Service, GetPod>(srv::GetPod::Request::default());
    assert!(unnamed.message.contains("name is required"));
    let odd = srv::DeletePod::Request {
        name: "a".to_owned(),
        grace_period: -2,
        ..Default::default()
    };
    let odd = podbay.refused::<srv::DeletePod::Service, DeletePod>(odd);
    assert!(odd.message.contains("grace_period is -2"));
    let large = srv::CreatePod::Request {
        manifest: "x".repeat(1024 * 1024 + 1),
        ..Default::default()
    };
    let large = podbay.refused::<srv::CreatePod::Service, CreatePod>(large);
    assert!(
        !large.success && large.message.contains("manifest has 1048577 bytes"),
        "{}",
        large.message
    );
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_flood_of_requests_is_answered_instead_of_stored() {
    let mut podbay = Podbay::open();
    let peer = Peer::join(podbay.domain);
    let client = peer.client::<srv::ListLaunches::Service>("/podbay/list_launches");
    // The bridge holds these without a reply.
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
    // Another caller has its own slots.
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
    podbay.serve();
    let (mute, peer) = (Peer::join(podbay.domain), Peer::join(podbay.domain));
    let requests = mute.mute::<srv::ListLaunches::Service>("/podbay/list_launches");
    let client = peer.client::<srv::ListLaunches::Service>("/podbay/list_launches");
    // A reply waits 3 s for a reader, and 256 replies were processed concurrently.
    for _ in 0..3000 {
        requests.write(srv::ListLaunches::Request {}, None).unwrap();
    }
    // a request before the last ten of others may be dropped unread, with every ROS service
    assert!(requests.wait_for_acknowledgments(DEADLINE).unwrap());
    assert!(client.call(srv::ListLaunches::Request {}).success);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_request_too_large_is_refused_unread_and_the_next_is_answered() {
    let mut podbay = Podbay::open();
    podbay.serve();
    let peer = Peer::join(podbay.domain);
    let client = peer.client::<srv::GetPod::Service>("/podbay/get_pod");
    let get = |name: &str| srv::GetPod::Request {
        name: name.to_owned(),
        ..Default::default()
    };
    let refused = client.call(get(&"x".repeat(3 << 20)));
    assert!(!refused.success);
    assert!(
        refused.message.starts_with("the request has 31457")
            && refused.message.contains("the limit of 2097152"),
        "{}",
        refused.message
    );
    let refused = client.call(get(&"\u{1b}".repeat(1 << 20)));
    assert_eq!(
        refused.message,
        "name has 1048576 bytes and exceeds the limit of 253"
    );
    assert!(client.call(get("a")).success);
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn the_caller_is_known_by_its_participant() {
    let mut podbay = Podbay::open();
    let peer = Peer::join(podbay.domain);
    let client = peer.client::<srv::ListLaunches::Service>("/podbay/list_launches");
    client.send(srv::ListLaunches::Request {});
    let caller = podbay.next().caller;
    assert!(caller.to_string().starts_with("dds:0112"), "{caller}");
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn no_first_answer_is_lost() {
    let mut podbay = Podbay::open();
    podbay.serve();
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
    let early = Peer::join(podbay.domain);
    let early = early.states::<msg::PodArray>("rt/podbay/pods");
    for cluster in ["first", "second", "third"] {
        podbay.publish(cluster);
        // so that each is a sample
        poll(cluster, || early.next().filter(|state| state.cluster == cluster));
    }
    let clusters = || {
        // A new participant each time, since a participant keeps what any of its readers received.
        let peer = Peer::join(podbay.domain);
        let states = peer.late::<msg::PodArray>("rt/podbay/pods", Duration::from_millis(300));
        states.into_iter().map(|state| state.cluster).collect::<Vec<_>>()
    };
    poll("the last state only", || (clusters() == ["third"]).then_some(()));
}

#[test]
#[ignore = "needs a network namespace (tests/run)"]
fn a_late_reader_gets_few_states_that_are_over_even_if_they_never_settle() {
    let podbay = Podbay::open();
    let state = |name: &msg::PodArray| name.cluster.parse::<usize>().unwrap();
    let early = Peer::join(podbay.domain);
    let early = early.states::<msg::PodArray>("rt/podbay/pods");
    // more than a writer may keep at all
    for number in 0..70 {
        podbay.publish(&number.to_string());
        poll("each state", || early.next().filter(|now| state(now) == number));
    }
    let late = Peer::join(podbay.domain);
    let late = late.states::<msg::PodArray>("rt/podbay/pods");
    let (mut number, mut over) = (70, 0);
    // until the first state that was published after the reader had joined
    let live = poll("a current state", || {
        podbay.publish(&number.to_string());
        number += 1;
        let states = std::iter::from_fn(|| late.next());
        states.map(|now| state(&now)).find(|now| {
            over += usize::from(*now < 70);
            *now >= 70
        })
    });
    assert!(live >= 70 && over <= 32, "{over} states that are over");
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
        .block_on(Ros::open(
            options,
            &Limits::default(),
            mpsc::channel(1).0,
            metrics(),
        ))
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
