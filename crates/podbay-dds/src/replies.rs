//! The replies of one service, sent so that every client gets them, whatever their size.
//!
//! ```text
//!   send ──┬── the client's reader is matched ─────────────> outlet
//!          └── not yet ──> waiting ──(wait_for: matched)──> outlet
//! ```

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustdds::{GUID, SampleIdentity, Timestamp, WriteOptions};
use tokio::net::UdpSocket;

use super::fragment::FirstFragment;
use crate::discovery::Discovery;
use crate::identity::{Identity, Incoming};
use crate::outlet::{Current, Outlet};
use crate::participant::{Participant, Prefix, prefix};
use crate::waiting::{Put, Waiting};
use crate::wire::Raw;
use podbay_text::seldom::Seldom;

/// How long a reply waits for its client's reply reader.
const PATIENCE: Duration = Duration::from_secs(3);
/// Replies up to this size fit one datagram on any network, so RustDDS does not fragment them.
const ONE_DATAGRAM: usize = 1024;
/// Replies from this size on fit no datagram, so RustDDS always fragments them.
const NO_DATAGRAM: usize = 66_000;
/// How often the first fragment is sent, since its loss is not repaired.
const COPIES: usize = 2;

/// The destination of one service's replies.
pub(super) struct Replies {
    topic: String,
    outlet: Outlet,
    participant: Arc<Participant>,
    discovery: Arc<Discovery>,
    waiting: Waiting<Address>,
}

/// The client of a reply, and how the reply is addressed.
#[derive(Clone, Copy, Debug)]
struct Address {
    client: GUID,
    identity: Identity,
}

impl Replies {
    pub(super) fn new(
        topic: String,
        outlet: Outlet,
        participant: Arc<Participant>,
        discovery: Arc<Discovery>,
    ) -> Self {
        Self {
            topic,
            outlet,
            participant,
            discovery,
            waiting: Waiting::default(),
        }
    }

    /// Sends the reply `response`. If the client's reader is not matched yet, keeps the reply and returns the
    /// client, for which the caller has to [`wait_for`](Self::wait_for).
    pub(super) async fn send(&self, to: &Incoming, response: Vec<u8>) -> Result<Option<Prefix>, String> {
        let (client, identity) = (to.client, to.identity);
        let (address, peer) = (Address { client, identity }, prefix(&client));
        if self.discovery.reaches(self.outlet.guid(), peer) {
            return self.write(address, response).await.map(|()| None);
        }
        let bytes = response.len();
        match self.waiting.put(peer, address, response) {
            Put::First => Ok(Some(peer)),
            Put::Further => Ok(None),
            Put::TooMany => Err("too many clients have no reader for their replies".to_owned()),
            Put::TooLarge => Err(format!(
                "the reply of {bytes} bytes is too large to be kept for a client without a reader"
            )),
        }
    }

    /// Waits until the client leaves the graph.
    pub(super) async fn departure(&self, of: &Incoming) {
        self.discovery.departure(prefix(&of.client)).await;
    }

    /// Waits until the reader of `client` is matched, and sends the replies kept for it.
    pub(super) async fn wait_for(&self, client: Prefix) {
        static DEAF: Seldom = Seldom::new();
        if !self.discovery.reached(self.outlet.guid(), client, PATIENCE).await
            && let Some(left_out) = DEAF.due(Instant::now())
        {
            let (topic, client) = (&self.topic, crate::identity::caller(&client));
            tracing::info!(topic, client, left_out, "no reader for the reply was found");
        }
        for (address, response) in self.waiting.take(client) {
            if let Err(reason) = self.write(address, response).await {
                tracing::debug!(topic = self.topic, reason, "a reply was lost");
            }
        }
    }

    async fn write(&self, to: Address, response: Vec<u8>) -> Result<(), String> {
        let bytes = response.len();
        let mut current = loop {
            let found = self.outlet.guid();
            let current = self.outlet.room(bytes).await.map_err(|error| error.to_string())?;
            if current.guid() == found {
                break current;
            }
            // the client first has to discover a new writer; others may write meanwhile
            let fresh = current.guid();
            drop(current);
            self.discovery.reached(fresh, prefix(&to.client), PATIENCE).await;
        };
        match to.identity {
            Identity::Inline(request) if bytes > ONE_DATAGRAM => {
                self.large(&mut current, to.client, request, response).await
            }
            identity => {
                let (payload, options) = (identity.payload(response), identity.write_options());
                current
                    .write(payload, options)
                    .await
                    .map_err(|error| error.to_string())
            }
        }
    }

    /// A reply that is too large for one datagram, for a client that identifies it by its inline QoS.
    async fn large(
        &self,
        current: &mut Current,
        client: GUID,
        request: SampleIdentity,
        mut response: Vec<u8>,
    ) -> Result<(), String> {
        // trailing zeros are ignored
        response.resize(response.len().max(NO_DATAGRAM), 0);
        let payload = Raw::new(response);
        let socket = UdpSocket::bind("0.0.0.0:0")
            .await
            .map_err(|error| error.to_string())?;
        let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        for (reader, addresses) in self.participant.readers_of(&self.topic, prefix(&client)) {
            let datagram = FirstFragment {
                writer: current.guid(),
                reader,
                sequence: current.last + 1,
                request,
                payload: &payload.bytes,
            }
            .datagram(time);
            send_copies(&socket, &datagram, &addresses).await;
        }
        let options = WriteOptions::from(Some(Timestamp::now()));
        current
            .write(payload, options)
            .await
            .map_err(|error| error.to_string())
    }
}

async fn send_copies(socket: &UdpSocket, datagram: &[u8], addresses: &[SocketAddr]) {
    for address in addresses.iter().cycle().take(COPIES * addresses.len()) {
        if let Err(error) = socket.send_to(datagram, address).await {
            tracing::debug!(%address, %error, "an address of a client is unreachable");
        }
    }
}
