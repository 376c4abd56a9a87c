//! A ROS node over rcl.

use std::future::Future;
use std::sync::OnceLock;

use tokio::sync::watch;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::graph::Graph;
use super::msgs::{Message, Service};
use super::spin::{Spinner, Spun};
use super::topic::{Latched, Publisher, Subscription};
use super::{qos, rcl, service};
use crate::ros::Error;
use podbay_core::names::Nodes;
use podbay_core::node::{NodeOptions, Qos};
use podbay_core::request::Refusal;

/// A node that is in the graph, with all its endpoints, until it is closed or dropped.
pub(crate) struct Node {
    options: NodeOptions,
    spinner: Spinner,
    graph: OnceLock<Graph>,
    stop: CancellationToken,
    _stop_on_drop: DropGuard,
}

impl Node {
    /// Joins the graph.
    pub(crate) async fn open(options: NodeOptions) -> Result<Self, Error> {
        let domain_id = options.domain_id;
        let join = |reason: String| Error::Join { domain_id, reason };
        let (name, namespace) = (options.name.clone(), options.namespace.clone());
        let opening = tokio::task::spawn_blocking(move || open(&name, &namespace));
        let opened = opening.await.map_err(|error| join(error.to_string()))?;
        let stop = CancellationToken::new();
        Ok(Self {
            options,
            spinner: opened.map_err(join)?,
            graph: OnceLock::new(),
            _stop_on_drop: stop.clone().drop_guard(),
            stop,
        })
    }

    /// A publisher on the topic `name`.
    pub(crate) fn publisher<M: Message>(&self, name: &str, qos: Qos) -> Result<Publisher<M>, Error> {
        let publisher = self.create(name, move |spun, name| {
            spun.node.create_publisher(name, qos::topic(qos))
        })?;
        Ok(Publisher::new(self.options.resolve(name), publisher))
    }

    /// A topic with a state, also for late readers.
    pub(crate) fn latched<M: Message>(&self, name: &str) -> Result<Latched<M>, Error> {
        self.publisher(name, Qos::latched(1)).map(Latched)
    }

    /// A subscription to the topic `name`.
    pub(crate) fn subscribe<M: Message>(&self, name: &str, qos: Qos) -> Result<Subscription<M>, Error> {
        let messages = self.create(name, move |spun, name| spun.node.subscribe(name, qos::topic(qos)))?;
        Ok(Subscription::new(messages))
    }

    /// Serves the service `name`: `handler` is called with the caller and the request, and its future is
    /// awaited concurrently with others.
    pub(crate) fn serve<S, H, F>(&self, name: &str, handler: H) -> Result<(), Error>
    where
        S: Service,
        H: Fn(String, Result<S::Request, Refusal>) -> F + Send + 'static,
        F: Future<Output = S::Response> + Send + 'static,
    {
        let requests = self.create(name, |spun, name| {
            let requests = spun.node.create_service::<S>(name, qos::service())?;
            Ok(spun.keep(requests))
        })?;
        let (stop, name) = (self.stop.clone(), self.options.resolve(name));
        tokio::spawn(async move {
            let served = service::run(name, requests, handler);
            let _ = stop.run_until_cancelled(served).await;
        });
        Ok(())
    }

    /// Fully qualified names of the nodes in the graph, including this one.
    pub(crate) fn nodes(&self) -> watch::Receiver<Nodes> {
        let namespace = &self.options.namespace;
        self.graph.get_or_init(|| Graph::watch(namespace)).nodes()
    }

    /// A function that checks whether the node can still send and receive, or why not.
    pub(crate) fn pulse(&self) -> impl Fn() -> Result<(), String> + Send + 'static + use<> {
        self.spinner.pulse()
    }

    /// Leaves the graph; peers see it at once.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        let Self { spinner, graph, .. } = self;
        let farewell = tokio::task::spawn_blocking(move || {
            spinner.end();
            if let Some(graph) = graph.into_inner() {
                graph.end();
            }
        });
        let _ = farewell.await;
    }

    /// rcl resolves and remaps `name` itself.
    fn create<T: Send + 'static>(
        &self,
        name: &str,
        create: impl FnOnce(&mut Spun, &str) -> r2r::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let endpoint = |reason: String| Error::Endpoint {
            name: self.options.resolve(name),
            reason,
        };
        let owned = name.to_owned();
        let created = self.spinner.with(move |spun| create(spun, &owned));
        let created = created.map_err(|error| endpoint(error.to_string()))?;
        created.map_err(|error| endpoint(error.to_string()))
    }
}

fn open(name: &str, namespace: &str) -> Result<Spinner, String> {
    // r2r panics if rcl refuses; this detects it first
    drop(rcl::Context::open()?);
    let context = r2r::Context::create().map_err(|error| error.to_string())?;
    let node = r2r::Node::create(context, name, namespace).map_err(|error| error.to_string())?;
    Spinner::start(node).map_err(|error| error.to_string())
}
