//! The ROS graph over DDS: announces the nodes and endpoints of this participant, and tracks the nodes in the
//! graph.
//!
//! ```text
//!   Node ── register ──> own ──(announce)──> ros_discovery_info
//!   ros_discovery_info ──┐
//!   Discovery: losses ───┴─(listen)──> nodes ──> watchers
//! ```

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Once};
use std::time::Duration;

use futures::{StreamExt, pin_mut};
use rustdds::{GUID, QosPolicies};
use tokio::sync::watch;

use crate::discovery::Discovery;
use crate::info::{self, Layout, NodeInfo};
use crate::participant::{Participant, Prefix, prefix};
use crate::wire::{Raw, RawReader, RawWriter};
use podbay_core::names::Nodes;
use podbay_core::node::{Error, NodeOptions, Qos};

/// Endpoints are created in bunches, which one message covers.
const BUNCH: Duration = Duration::from_millis(10);
/// How often the graph is compared with discovery, for departures that were not reported.
const COMPARE: Duration = Duration::from_secs(2);
/// Number of messages that are kept of participants that have left: a participant that was disconnected for a
/// while does not send its message again.
const REMEMBERED: usize = 1024;

/// Nodes of a participant by fully qualified name.
type Own = BTreeMap<String, NodeInfo>;

/// The graph as seen by one participant.
pub(super) struct Graph {
    own: watch::Sender<Own>,
    nodes: watch::Sender<Nodes>,
    layout: Layout,
    /// Whether a second node of our name was reported.
    namesake: Once,
}

/// Lists an endpoint under its node until dropped.
pub(super) struct Listing {
    graph: Arc<Graph>,
    node: String,
    endpoint: GUID,
}

/// The two endpoints of the graph topic.
pub(super) struct Endpoints {
    writer: RawWriter,
    reader: RawReader,
}

impl Endpoints {
    pub(super) fn open(participant: &Participant) -> Result<Self, Error> {
        let writer = participant.writer(info::TOPIC, info::TYPE, &crate::qos::topic(Qos::latched(1)))?;
        // one sample from each of many participants may arrive at once
        let qos: QosPolicies = crate::qos::topic(Qos::latched(1000));
        let reader = participant.reader(info::TOPIC, info::TYPE, &qos)?;
        Ok(Self { writer, reader })
    }
}

impl Graph {
    pub(super) fn new(options: &NodeOptions) -> Arc<Self> {
        let layout = Layout::of(&options.distro);
        Arc::new(Self {
            own: watch::Sender::default(),
            nodes: watch::Sender::default(),
            layout,
            namesake: Once::new(),
        })
    }

    /// Adds a node without endpoints.
    pub(super) fn add(&self, options: &NodeOptions) {
        let (namespace, name) = (options.namespace.clone(), options.name.clone());
        let node = NodeInfo {
            namespace,
            name,
            ..NodeInfo::default()
        };
        self.own
            .send_modify(|own| drop(own.insert(options.fully_qualified_name(), node)));
    }

    /// Lists an endpoint under an existing node.
    pub(super) fn list(self: &Arc<Self>, node: &str, endpoint: GUID) -> Listing {
        self.own.send_modify(|own| {
            if let Some(node) = own.get_mut(node) {
                endpoints(node, endpoint).push(endpoint.to_bytes());
            }
        });
        Listing {
            graph: Arc::clone(self),
            node: node.to_owned(),
            endpoint,
        }
    }

    /// The nodes in the graph.
    pub(super) fn nodes(&self) -> watch::Receiver<Nodes> {
        self.nodes.subscribe()
    }

    /// Announces and listens, until cancelled.
    pub(super) async fn run(
        self: Arc<Self>,
        endpoints: Endpoints,
        participant: Arc<Participant>,
        discovery: Arc<Discovery>,
    ) {
        let Endpoints { writer, reader } = endpoints;
        let announce = self.announce(&writer, participant.guid());
        tokio::join!(announce, self.listen(&reader, &participant, &discovery));
    }

    async fn announce(&self, writer: &RawWriter, participant: GUID) {
        let mut own = self.own.subscribe();
        own.mark_changed();
        while own.changed().await.is_ok() {
            tokio::time::sleep(BUNCH).await;
            let nodes: Vec<NodeInfo> = own.borrow_and_update().values().cloned().collect();
            match self.layout.encode(participant.to_bytes(), &nodes) {
                Ok(bytes) => write(writer, bytes).await,
                Err(error) => tracing::error!(%error, "cannot announce podbay's nodes in the ROS graph"),
            }
        }
    }

    async fn listen(&self, reader: &RawReader, participant: &Participant, discovery: &Discovery) {
        let me = prefix(&participant.guid());
        let mut heard = HashMap::<Prefix, Vec<String>>::new();
        let (mut losses, mut own) = (discovery.losses(), self.own.subscribe());
        let mut tick = tokio::time::interval(COMPARE);
        let samples = reader.as_async_stream();
        pin_mut!(samples);
        loop {
            tokio::select! {
                Some(sample) = samples.next() => match sample {
                    // a participant also receives its own messages
                    Ok(sample) if prefix(&sample.writer_guid()) == me => {}
                    Ok(sample) => self.hear(&mut heard, prefix(&sample.writer_guid()), &sample.into_value()),
                    Err(error) => tracing::debug!(%error, "unreadable graph message"),
                },
                _ = losses.changed() => {}
                _ = own.changed() => {}
                _ = tick.tick() => {}
            }
            self.refresh(&mut heard, participant);
        }
    }

    fn hear(&self, heard: &mut HashMap<Prefix, Vec<String>>, from: Prefix, message: &Raw) {
        match self.layout.nodes(&message.bytes, message.encoding) {
            Ok(nodes) => drop(heard.insert(from, nodes)),
            Err(error) => tracing::debug!(%error, "unreadable graph message"),
        }
    }

    /// The nodes in the graph are ours and those of participants that are still there.
    fn refresh(&self, heard: &mut HashMap<Prefix, Vec<String>>, participant: &Participant) {
        let present = participant.writers_of(info::TOPIC);
        if heard.len() > REMEMBERED {
            heard.retain(|prefix, _| present.contains(prefix));
        }
        let mut nodes: Nodes = self.own.borrow().keys().cloned().collect();
        let others = heard.iter().filter(|(prefix, _)| present.contains(*prefix));
        for name in others.flat_map(|(_, names)| names) {
            if !nodes.insert(name.clone()) && self.own.borrow().contains_key(name) {
                self.warn_of_namesake(name);
            }
        }
        self.nodes.send_if_modified(|known| {
            let changed = *known != nodes;
            *known = nodes;
            changed
        });
    }

    /// Both nodes reply to each call, and the caller uses the first reply.
    fn warn_of_namesake(&self, name: &str) {
        self.namesake.call_once(|| {
            tracing::warn!(
                "another node in this ROS domain is also named {name}, so calls reach both; rename one with \
                 --ros-args -r __node:=NAME, or use another ROS_DOMAIN_ID"
            );
        });
    }
}

impl Drop for Listing {
    fn drop(&mut self) {
        let gone = self.endpoint.to_bytes();
        self.graph.own.send_modify(|own| {
            if let Some(node) = own.get_mut(&self.node) {
                endpoints(node, self.endpoint).retain(|guid| *guid != gone);
            }
        });
    }
}

fn endpoints(node: &mut NodeInfo, endpoint: GUID) -> &mut Vec<info::Guid> {
    if endpoint.entity_id.kind().is_writer() {
        &mut node.writers
    } else {
        &mut node.readers
    }
}

async fn write(writer: &RawWriter, bytes: Vec<u8>) {
    if let Err(error) = writer.async_write(Raw::new(bytes), None).await {
        tracing::warn!(%error, "cannot announce podbay's nodes in the ROS graph");
    }
}
