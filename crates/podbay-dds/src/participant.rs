//! podbay's participant in a DDS domain, and its raw endpoints.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use rustdds::{
    DomainParticipant, DomainParticipantBuilder, GUID, Publisher, QosPolicies, RTPSEntity, Subscriber, Topic,
    TopicKind,
};

use crate::threads::Threads;
use crate::wire::{Adapter, RawReader, RawWriter};
use podbay_core::node::{DiscoveryRange, Error, NodeOptions};

/// First twelve octets of a GUID, which identify the participant of an endpoint.
pub(super) type Prefix = [u8; 12];

/// A DDS participant. Dropping it notifies its peers, which blocks for a moment.
pub(super) struct Participant {
    dds: DomainParticipant,
    publisher: Publisher,
    subscriber: Subscriber,
    threads: Threads,
}

impl Participant {
    /// Joins the domain. Blocks until discovery runs.
    pub(super) fn open(options: &NodeOptions) -> Result<Self, Error> {
        let mut builder = DomainParticipantBuilder::new(options.domain_id);
        match options.range {
            DiscoveryRange::Off => return Err(Error::DiscoveryOff),
            DiscoveryRange::Localhost => {
                builder = builder.with_only_networks([IpAddr::V4(Ipv4Addr::LOCALHOST)]);
            }
            DiscoveryRange::Subnet => {}
        }
        let join = |reason: String| Error::Join {
            domain_id: options.domain_id,
            reason,
        };
        let (built, threads) = Threads::of(|| builder.build());
        let dds = built.map_err(|error| join(error.to_string()))?;
        let qos = QosPolicies::qos_none();
        let publisher = dds
            .create_publisher(&qos)
            .map_err(|error| join(error.to_string()))?;
        let subscriber = dds
            .create_subscriber(&qos)
            .map_err(|error| join(error.to_string()))?;
        Ok(Self {
            dds,
            publisher,
            subscriber,
            threads,
        })
    }

    /// A writer on the DDS topic `name`. Fails if RustDDS's threads have ended, since RustDDS would deadlock.
    pub(super) fn writer(&self, name: &str, dds_type: &str, qos: &QosPolicies) -> Result<RawWriter, Error> {
        self.threads.alive().map_err(|reason| endpoint(name, reason))?;
        let topic = self.topic(name, dds_type, qos)?;
        let writer = self
            .publisher
            .create_datawriter_no_key::<_, Adapter>(&topic, Some(qos.clone()));
        writer.map_err(|error| endpoint(name, error))
    }

    /// A reader of the DDS topic `name`; see [`Participant::writer`].
    pub(super) fn reader(&self, name: &str, dds_type: &str, qos: &QosPolicies) -> Result<RawReader, Error> {
        self.threads.alive().map_err(|reason| endpoint(name, reason))?;
        let topic = self.topic(name, dds_type, qos)?;
        let reader = self
            .subscriber
            .create_simple_datareader_no_key(&topic, Some(qos.clone()));
        reader.map_err(|error| endpoint(name, error))
    }

    fn topic(&self, name: &str, dds_type: &str, qos: &QosPolicies) -> Result<Topic, Error> {
        let topic = self
            .dds
            .create_topic(name.to_owned(), dds_type.to_owned(), qos, TopicKind::NoKey);
        topic.map_err(|error| endpoint(name, error))
    }

    /// The threads that it depends on.
    pub(super) fn threads(&self) -> &Threads {
        &self.threads
    }

    /// Its GUID.
    pub(super) fn guid(&self) -> GUID {
        self.dds.guid()
    }

    /// Participants with a writer on the DDS topic `name`.
    pub(super) fn writers_of(&self, name: &str) -> HashSet<Prefix> {
        let writers = self.dds.discovered_writers();
        let on_topic = writers
            .iter()
            .filter(|writer| writer.publication_topic_data.topic_name == name);
        on_topic
            .map(|writer| prefix(&writer.writer_proxy.remote_writer_guid))
            .collect()
    }

    /// The readers of the participant `peer` on the DDS topic `name`, and their addresses.
    pub(super) fn readers_of(&self, name: &str, peer: Prefix) -> Vec<(GUID, Vec<SocketAddr>)> {
        let readers = self.dds.discovered_readers().into_iter();
        let on_topic = readers.filter(|reader| reader.subscription_topic_data.topic_name() == name);
        let of_peer = on_topic.map(|reader| reader.reader_proxy);
        let of_peer = of_peer.filter(|reader| prefix(&reader.remote_reader_guid) == peer);
        of_peer
            .map(|reader| {
                let addresses = reader.unicast_locator_list.into_iter().map(SocketAddr::from);
                // locators other than UDP have no port here
                (
                    reader.remote_reader_guid,
                    addresses.filter(|address| address.port() != 0).collect(),
                )
            })
            .collect()
    }

    /// Status events of discovery.
    pub(super) fn status(&self) -> rustdds::DomainParticipantStatusListener {
        self.dds.status_listener()
    }
}

/// The participant of `guid`.
pub(super) fn prefix(guid: &GUID) -> Prefix {
    let mut prefix = Prefix::default();
    prefix.copy_from_slice(&guid.to_bytes()[..12]);
    prefix
}

/// An endpoint could not be created.
pub(super) fn endpoint(name: &str, error: impl std::fmt::Display) -> Error {
    Error::Endpoint {
        name: name.to_owned(),
        reason: error.to_string(),
    }
}
