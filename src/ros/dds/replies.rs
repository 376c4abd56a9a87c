//! The answers of one service: written so that every client gets them, whatever their size.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ros2_client::dds::rustdds;
use rustdds::{GUID, RTPSEntity, SampleIdentity, Timestamp, WriteOptions};
use tokio::net::UdpSocket;
use tokio::sync::Mutex;

use super::discovery::Discovery;
use super::fragment::FirstFragment;
use super::identity::{Identity, Incoming};
use super::participant::{Participant, prefix};
use super::wire::{Raw, RawWriter};

/// How long an answer waits for its client's reply reader to be found.
const PATIENCE: Duration = Duration::from_secs(3);
/// Answers up to this size fit one datagram of any network, so RustDDS does not cut them up.
const ONE_DATAGRAM: usize = 1024;
/// Answers of at least this size fit no datagram at all, so RustDDS always cuts them up.
const NO_DATAGRAM: usize = 66_000;
/// Times the first fragment is sent, as nobody repairs its loss.
const COPIES: usize = 2;

/// Where the answers of one service go.
pub(super) struct Replies {
    topic: String,
    writer: RawWriter,
    participant: Arc<Participant>,
    discovery: Arc<Discovery>,
    /// Sequence number of the last answer.
    last: Mutex<i64>,
}

impl Replies {
    pub(super) fn new(
        topic: String,
        writer: RawWriter,
        participant: Arc<Participant>,
        discovery: Arc<Discovery>,
    ) -> Self {
        Self {
            topic,
            writer,
            participant,
            discovery,
            last: Mutex::new(0),
        }
    }

    /// Sends the answer `response` to who asked.
    pub(super) async fn send(&self, to: &Incoming, response: Vec<u8>) -> Result<(), String> {
        if !self
            .discovery
            .reached(self.writer.guid(), prefix(&to.client), PATIENCE)
            .await
        {
            tracing::debug!(
                topic = self.topic,
                client = to.caller(),
                "no reader for the answer was found"
            );
        }
        let mut last = self.last.lock().await;
        *last = match to.identity {
            Identity::Inline(request) if response.len() > ONE_DATAGRAM => {
                self.large(to.client, request, response, *last + 1).await?
            }
            identity => {
                self.write(identity.payload(response), identity.write_options())
                    .await?
            }
        };
        Ok(())
    }

    /// An answer too large for one datagram, for a client that knows it by its inline QoS.
    async fn large(
        &self,
        client: GUID,
        request: SampleIdentity,
        mut response: Vec<u8>,
        sequence: i64,
    ) -> Result<i64, String> {
        // Trailing zeros are read by nobody.
        response.resize(response.len().max(NO_DATAGRAM), 0);
        let payload = Raw::new(response);
        let socket = UdpSocket::bind("0.0.0.0:0")
            .await
            .map_err(|error| error.to_string())?;
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        for (reader, addresses) in self.participant.readers_of(&self.topic, prefix(&client)) {
            let (writer, payload) = (self.writer.guid(), &payload.bytes);
            let datagram = FirstFragment {
                writer,
                reader,
                sequence,
                request,
                payload,
            }
            .datagram(time);
            send_copies(&socket, &datagram, &addresses).await;
        }
        self.write(payload, WriteOptions::from(Some(Timestamp::now())))
            .await
    }

    /// Writes a sample and returns its sequence number.
    async fn write(&self, payload: Raw, options: WriteOptions) -> Result<i64, String> {
        let written = self.writer.async_write_with_options(payload, options).await;
        written
            .map(|identity| identity.sequence_number.into())
            .map_err(|error| error.to_string())
    }
}

async fn send_copies(socket: &UdpSocket, datagram: &[u8], addresses: &[SocketAddr]) {
    for address in addresses.iter().cycle().take(COPIES * addresses.len()) {
        if let Err(error) = socket.send_to(datagram, address).await {
            tracing::debug!(%address, %error, "an address of a client cannot be reached");
        }
    }
}
