//! Topics: typed publishers and subscriptions over raw endpoints.

use std::fmt::Display;
use std::marker::PhantomData;

use futures::{Stream, StreamExt};
use rustdds::WriteOptions;
use rustdds::dds::WriteError;

use crate::graph::Listing;
use crate::outlet::Outlet;
use crate::wire::{self, Raw, RawReader};
use podbay_core::node::Error;
use podbay_interfaces::Message;

/// Publishes messages on one topic, until dropped.
pub struct Publisher<M> {
    pub(super) writer: Writer,
    pub(super) _message: PhantomData<fn(M)>,
}

impl<M: Message> Publisher<M> {
    /// Publishes one message. Waits a moment if readers are slow to acknowledge earlier ones.
    pub async fn publish(&self, message: &M) -> Result<(), Error> {
        let bytes = wire::encode(message).map_err(|error| self.writer.failed(&error))?;
        self.writer.write(bytes).await
    }
}

/// Publishes the bytes of messages.
pub(super) struct Writer {
    pub(super) topic: String,
    pub(super) outlet: Outlet,
}

impl Writer {
    async fn write(&self, bytes: Vec<u8>) -> Result<(), Error> {
        let now = WriteOptions::from(Some(rustdds::Timestamp::now()));
        let mut current = self.outlet.room(bytes.len()).await?;
        match current.write(Raw::new(bytes), now).await {
            Ok(()) => Ok(()),
            Err(WriteError::WouldBlock { .. }) => Err(Error::Busy {
                name: self.topic.clone(),
            }),
            Err(error) => Err(self.failed(&error)),
        }
    }

    fn failed(&self, error: &dyn Display) -> Error {
        Error::Message {
            name: self.topic.clone(),
            reason: error.to_string(),
        }
    }
}

/// Messages of one topic, as they arrive. Unreadable ones are logged and skipped.
pub struct Subscription<M> {
    pub(super) name: String,
    pub(super) reader: RawReader,
    pub(super) _listing: Listing,
    pub(super) _message: PhantomData<fn() -> M>,
}

impl<M: Message> Subscription<M> {
    /// The messages.
    pub fn messages(&self) -> impl Stream<Item = M> + Send + '_ {
        self.reader.as_async_stream().filter_map(async move |sample| {
            let raw = sample.map(|sample| sample.into_value());
            let message = raw
                .map_err(|error| error.to_string())
                .and_then(|raw| wire::decode(&raw.bytes, raw.encoding).map_err(|error| error.to_string()));
            message
                .inspect_err(|error| tracing::warn!(topic = self.name, error, "unreadable message"))
                .ok()
        })
    }
}
