//! A ROS client over RustDDS that shares only the generated types with podbay's backend.

use std::time::{Duration, Instant};

use podbay_interfaces::{Message, Service};
use rustdds::no_key::{DataWriter, SimpleDataReader};
use rustdds::policy::{Durability, History, Reliability};
use rustdds::{
    CDRDeserializerAdapter, CDRSerializerAdapter, DomainParticipant, DomainParticipantStatusEvent,
};
use rustdds::{GUID, QosPolicies, QosPolicyBuilder, RTPSEntity, StatusEvented, TopicKind, WriteOptions};

/// Time limit for everything here.
pub(crate) const DEADLINE: Duration = Duration::from_secs(20);

/// Polls until there is a result.
pub(crate) fn poll<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < DEADLINE, "{what}: nothing within {DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A participant in a domain.
pub(crate) struct Peer(DomainParticipant);

/// The client side of one service.
pub(crate) struct Client<S: Service> {
    requests: DataWriter<S::Request, CDRSerializerAdapter<S::Request>>,
    replies: SimpleDataReader<S::Response, CDRDeserializerAdapter<S::Response>>,
}

/// A reader of a topic with a state.
pub(crate) struct States<M: Message>(SimpleDataReader<M, CDRDeserializerAdapter<M>>);

impl<M: Message> States<M> {
    /// The next state that has arrived.
    pub(crate) fn next(&self) -> Option<M> {
        take(&self.0).map(|(state, _)| state)
    }
}

impl Peer {
    pub(crate) fn join(domain: u16) -> Self {
        Self(DomainParticipant::new(domain).unwrap())
    }

    /// A client that has discovered the service.
    pub(crate) fn client<S: Service>(&self, name: &str) -> Client<S> {
        let qos = qos(Durability::Volatile);
        let listener = self.0.status_listener();
        let requests = self.topic::<S::Request>(&format!("rq{name}Request"), &qos);
        let replies = self.topic::<S::Response>(&format!("rr{name}Reply"), &qos);
        let publisher = self.0.create_publisher(&qos).unwrap();
        let requests = publisher.create_datawriter_no_key(&requests, None).unwrap();
        let client = Client {
            requests,
            replies: self.reader(&replies, &qos),
        };
        let (writer, reader) = (client.requests.guid(), client.replies.guid());
        poll(name, || self.meets(&listener, |local| local == writer));
        let topic = format!("rr{name}Reply");
        let writers = || self.0.discovered_writers().into_iter();
        poll(name, || {
            writers().find(|found| found.publication_topic_data.topic_name == topic)
        });
        assert_ne!(writer, reader);
        client
    }

    /// A client that has no reader for its replies.
    pub(crate) fn mute<S: Service>(
        &self,
        name: &str,
    ) -> DataWriter<S::Request, CDRSerializerAdapter<S::Request>> {
        let qos = qos(Durability::Volatile);
        let listener = self.0.status_listener();
        let topic = self.topic::<S::Request>(&format!("rq{name}Request"), &qos);
        let publisher = self.0.create_publisher(&qos).unwrap();
        let requests = publisher.create_datawriter_no_key(&topic, None).unwrap();
        let writer = requests.guid();
        poll(name, || self.meets(&listener, |local| local == writer));
        requests
    }

    /// Everything that a late reader receives from a topic within `time`.
    pub(crate) fn late<M: Message>(&self, topic: &str, time: Duration) -> Vec<M> {
        let reader = self.states(topic);
        let mut samples = vec![poll("a late sample", || reader.next())];
        let start = Instant::now();
        while start.elapsed() < time {
            samples.extend(reader.next());
            std::thread::sleep(Duration::from_millis(2));
        }
        samples
    }

    /// A reader of a topic with a state.
    pub(crate) fn states<M: Message>(&self, topic: &str) -> States<M> {
        let qos = qos(Durability::TransientLocal);
        let topic = self.topic::<M>(topic, &qos);
        States(self.reader(&topic, &qos))
    }

    fn meets(
        &self,
        listener: &rustdds::DomainParticipantStatusListener,
        ours: impl Fn(GUID) -> bool,
    ) -> Option<()> {
        match listener.try_recv_status()? {
            DomainParticipantStatusEvent::RemoteReaderMatched { local_writer, .. } => {
                ours(local_writer).then_some(())
            }
            _ => None,
        }
    }

    fn topic<M: Message>(&self, name: &str, qos: &QosPolicies) -> rustdds::Topic {
        let (name, dds_type) = (name.to_owned(), M::DDS_TYPE.to_owned());
        self.0
            .create_topic(name, dds_type, qos, TopicKind::NoKey)
            .unwrap()
    }

    fn reader<M: Message>(
        &self,
        topic: &rustdds::Topic,
        qos: &QosPolicies,
    ) -> SimpleDataReader<M, CDRDeserializerAdapter<M>> {
        let subscriber = self.0.create_subscriber(qos).unwrap();
        subscriber
            .create_simple_datareader_no_key(topic, Some(qos.clone()))
            .unwrap()
    }
}

impl<S: Service> Client<S> {
    /// Sends a request and waits for its reply.
    pub(crate) fn call(&self, request: S::Request) -> S::Response {
        let sent = self.send(request);
        self.response(sent)
    }

    /// Waits for the reply to the request with this id.
    pub(crate) fn response(&self, sent: rustdds::SampleIdentity) -> S::Response {
        poll(S::ROS_TYPE, || {
            let (response, related) = take(&self.replies)?;
            (related == Some(sent)).then_some(response)
        })
    }

    /// Sends a request.
    pub(crate) fn send(&self, request: S::Request) -> rustdds::SampleIdentity {
        self.requests
            .write_with_options(request, WriteOptions::default())
            .unwrap()
    }
}

fn take<M: Message>(
    reader: &SimpleDataReader<M, CDRDeserializerAdapter<M>>,
) -> Option<(M, Option<rustdds::SampleIdentity>)> {
    reader.drain_read_notifications();
    let sample = reader.try_take_one().unwrap()?;
    let related = sample.related_sample_identity();
    Some((sample.into_value(), related))
}

fn qos(durability: Durability) -> QosPolicies {
    QosPolicyBuilder::new()
        .reliability(Reliability::Reliable {
            max_blocking_time: rustdds::Duration::from_millis(100),
        })
        .history(History::KeepLast { depth: 100 })
        .durability(durability)
        .build()
}
