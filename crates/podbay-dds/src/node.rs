//! A ROS node over DDS: named endpoints, listed in the graph.

use std::future::Future;
use std::marker::PhantomData;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use rustdds::{GUID, QosPolicies, RTPSEntity};
use tokio::sync::{Notify, mpsc, watch};

use crate::discovery::Discovery;
use crate::graph::{Endpoints, Graph, Listing};
use crate::latched::{self, Latched};
use crate::outlet::{Listed, Outlet};
use crate::participant::{Participant, endpoint};
use crate::pipe_waker::PipeWaker;
use crate::qos;
use crate::replies::Replies;
use crate::retained::{Filler, Retained};
use crate::service::{self, Server};
use crate::tasks::Tasks;
use crate::topic::{Publisher, Subscription, Writer};
use podbay_core::names::Nodes;
use podbay_core::node::{Error, NodeOptions, Qos};
use podbay_core::request::Refusal;
use podbay_interfaces::{Message, Service};

/// Timeout for leaving the domain.
const FAREWELL: Duration = Duration::from_secs(3);

/// A node that is in the graph until it is closed or dropped.
pub struct Node {
    options: NodeOptions,
    participant: Arc<Participant>,
    discovery: Arc<Discovery>,
    graph: Arc<Graph>,
    tasks: Tasks,
}

impl Node {
    /// Joins the graph.
    pub async fn open(options: NodeOptions) -> Result<Self, Error> {
        let domain_id = options.domain_id;
        let opening = {
            let options = options.clone();
            tokio::task::spawn_blocking(move || Participant::open(&options))
        };
        let participant = opening.await.map_err(|error| Error::Join {
            domain_id,
            reason: error.to_string(),
        })??;
        let (participant, discovery) = (Arc::new(participant), Arc::new(Discovery::default()));
        let graph = Graph::new(&options);
        let endpoints = Endpoints::open(&participant)?;
        graph.add(&options);
        let node = Self {
            options,
            participant,
            discovery,
            graph,
            tasks: Tasks::default(),
        };
        node.spawn(Arc::clone(&node.discovery).run(Arc::clone(&node.participant)));
        let (participant, discovery) = (Arc::clone(&node.participant), Arc::clone(&node.discovery));
        node.spawn(Arc::clone(&node.graph).run(endpoints, participant, discovery));
        Ok(node)
    }

    /// A publisher on the topic `name`.
    pub fn publisher<M: Message>(&self, name: &str, qos: Qos) -> Result<Publisher<M>, Error> {
        let name = self.options.resolve(name);
        let outlet = self.outlet(format!("rt{name}"), M::DDS_TYPE, qos::topic(qos))?;
        Ok(Publisher {
            writer: Writer { topic: name, outlet },
            _message: PhantomData,
        })
    }

    /// A writer on the DDS topic `topic` whose memory readers cannot exhaust.
    fn outlet(&self, topic: String, dds_type: &'static str, qos: QosPolicies) -> Result<Outlet, Error> {
        Outlet::new(self.opener(topic, dds_type, qos))
    }

    /// Creates writers on the DDS topic `topic`.
    fn opener(
        &self,
        topic: String,
        dds_type: &'static str,
        qos: QosPolicies,
    ) -> impl Fn() -> Result<Listed, Error> + Send + Sync + 'static {
        let (participant, graph) = (Arc::clone(&self.participant), Arc::clone(&self.graph));
        let discovery = Arc::clone(&self.discovery);
        let node = self.options.fully_qualified_name();
        move || {
            let writer = participant.writer(&topic, dds_type, &qos)?;
            let listing = graph.list(&node, writer.guid());
            let known = discovery.until_gone(writer.guid());
            Ok((writer, listing, known))
        }
    }

    /// A topic with a state, also for late readers.
    pub fn latched<M: Message>(&self, name: &str) -> Result<Latched<M>, Error> {
        let name = self.options.resolve(name);
        let open = self.opener(format!("rt{name}"), M::DDS_TYPE, qos::topic(Qos::latched(1)));
        let (latched, first) = (Latched::new(name), open()?);
        self.spawn(latched::run(latched.latest(), open, first));
        Ok(latched)
    }

    /// A subscription to the topic `name`.
    pub fn subscribe<M: Message>(&self, name: &str, qos: Qos) -> Result<Subscription<M>, Error> {
        let name = self.options.resolve(name);
        let reader = self
            .participant
            .reader(&format!("rt{name}"), M::DDS_TYPE, &qos::topic(qos))?;
        let _listing = self.list(reader.guid());
        Ok(Subscription {
            name,
            reader,
            _listing,
            _message: PhantomData,
        })
    }

    /// Serves the service `name`: `handler` is called with the caller and the request (or why it was not
    /// decoded), and its future is awaited concurrently with others.
    pub fn serve<S, H, F>(&self, name: &str, handler: H) -> Result<(), Error>
    where
        S: Service,
        H: Fn(String, Result<S::Request, Refusal>) -> F + Send + 'static,
        F: Future<Output = S::Response> + Send + 'static,
    {
        let name = self.options.resolve(name);
        let (requests, replies) = (format!("rq{name}Request"), format!("rr{name}Reply"));
        let (qos, depth) = qos::requests();
        let reader = self.participant.reader(&requests, S::Request::DDS_TYPE, &qos)?;
        let waker = PipeWaker::new().map_err(|error| endpoint(&requests, error))?;
        let outlet = self.outlet(replies.clone(), S::Response::DDS_TYPE, qos::replies())?;
        let _listing = self.list(reader.guid());
        let (participant, discovery) = (Arc::clone(&self.participant), Arc::clone(&self.discovery));
        let replies = Arc::new(Replies::new(replies, outlet, participant, discovery));
        let (too_much, (ask, asks)) = (Arc::new(Notify::new()), mpsc::channel(1));
        let filler = Filler {
            participant: Arc::clone(&self.participant),
            discovery: Arc::clone(&self.discovery),
            topic: requests,
            dds_type: S::Request::DDS_TYPE,
            qos,
            depth,
            ask,
        };
        self.spawn(filler.run(Arc::clone(&too_much)));
        let server = Server {
            service: S::ROS_TYPE,
            reader,
            waker,
            replies,
            retained: Retained::new(depth, too_much),
            asks,
            tasks: self.tasks.clone(),
            _listing,
        };
        self.spawn(server.run(service::typed::<S, H, F>(handler)));
        Ok(())
    }

    /// Fully qualified names of the nodes in the graph, including this one.
    pub fn nodes(&self) -> watch::Receiver<Nodes> {
        self.graph.nodes()
    }

    /// A function that checks whether the node can still send and receive, or why not.
    pub fn pulse(&self) -> impl Fn() -> Result<(), String> + Send + 'static + use<> {
        let threads = self.participant.threads().clone();
        move || threads.alive()
    }

    /// Leaves the graph; peers see it at once.
    pub async fn close(self) {
        let (tasks, mut participant) = (self.tasks.clone(), Arc::clone(&self.participant));
        // stops the tasks
        drop(self);
        let farewell = async {
            tasks.ended().await;
            // publishers that are not dropped yet hold the participant
            let last = loop {
                match Arc::try_unwrap(participant) {
                    Ok(last) => break last,
                    Err(shared) => participant = shared,
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            };
            let _ = tokio::task::spawn_blocking(move || drop(last)).await;
        };
        if tokio::time::timeout(FAREWELL, farewell).await.is_err() {
            tracing::warn!("left the ROS graph without notifying its peers");
        }
    }

    fn list(&self, endpoint: GUID) -> Listing {
        self.graph.list(&self.options.fully_qualified_name(), endpoint)
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(async move {
            if AssertUnwindSafe(task).catch_unwind().await.is_err() {
                // without a service, or without hearing the graph, a node would still look alive to everyone
                tracing::error!("a task of the ROS node panicked");
                std::process::abort();
            }
        });
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.tasks.stop();
    }
}
