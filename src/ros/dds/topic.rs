//! Topics: typed publishers and subscriptions over raw endpoints.

use std::marker::PhantomData;

use futures::{Stream, StreamExt};
use rustdds::WriteOptions;
use rustdds::dds::WriteError;

use super::graph::Listing;
use super::msgs::Message;
use super::outlet::Outlet;
use super::wire::{self, Raw, RawReader};
use crate::ros::Error;

/// Publishes messages on one topic, until dropped.
pub(crate) struct Publisher<M> {
    pub(super) name: String,
    pub(super) outlet: Outlet,
    pub(super) _message: PhantomData<fn(M)>,
}

impl<M: Message> Publisher<M> {
    /// Publishes one message. Waits a moment if readers are slow to acknowledge earlier ones.
    pub(crate) async fn publish(&self, message: &M) -> Result<(), Error> {
        let failed = |reason| Error::Message {
            name: self.name.clone(),
            reason,
        };
        let bytes = wire::encode(message).map_err(|error| failed(error.to_string()))?;
        let now = WriteOptions::from(Some(rustdds::Timestamp::now()));
        let mut current = self.outlet.room(bytes.len()).await?;
        match current.write(Raw::new(bytes), now).await {
            Ok(()) => Ok(()),
            Err(WriteError::WouldBlock { .. }) => Err(Error::Busy {
                name: self.name.clone(),
            }),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

/// Messages of one topic, as they arrive. Unreadable ones are logged and skipped.
pub(crate) struct Subscription<M> {
    pub(super) name: String,
    pub(super) reader: RawReader,
    pub(super) _listing: Listing,
    pub(super) _message: PhantomData<fn() -> M>,
}

impl<M: Message> Subscription<M> {
    /// The messages.
    pub(crate) fn messages(&self) -> impl Stream<Item = M> + Send + '_ {
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
