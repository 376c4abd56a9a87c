//! Topics: typed publishers and subscriptions, which rcl's node keeps until it is closed.

use std::sync::{Mutex, PoisonError};

use futures::stream::{self, BoxStream, Stream, StreamExt};

use super::msgs::Message;
use crate::ros::Error;

/// Publishes messages on one topic.
pub(crate) struct Publisher<M: Message> {
    name: String,
    // r2r's publisher is Send, but not Sync
    publisher: Mutex<r2r::Publisher<M>>,
}

/// A topic with a state.
pub(crate) struct Latched<M: Message>(pub(super) Publisher<M>);

/// Messages of one topic, as they arrive.
pub(crate) struct Subscription<M> {
    messages: Mutex<BoxStream<'static, M>>,
}

impl<M: Message> Publisher<M> {
    pub(super) fn new(name: String, publisher: r2r::Publisher<M>) -> Self {
        let publisher = Mutex::new(publisher);
        Self { name, publisher }
    }

    /// Publishes one message. The middleware decides what happens to slow readers.
    #[allow(clippy::unused_async)] // as the other backend has it
    pub(crate) async fn publish(&self, message: &M) -> Result<(), Error> {
        self.write(message)
    }

    fn write(&self, message: &M) -> Result<(), Error> {
        let publisher = self.publisher.lock().unwrap_or_else(PoisonError::into_inner);
        publisher.publish(message).map_err(|error| Error::Message {
            name: self.name.clone(),
            reason: error.to_string(),
        })
    }
}

impl<M: Message> Latched<M> {
    /// Sets the state.
    pub(crate) fn set(&self, message: &M) -> Result<(), Error> {
        self.0.write(message)
    }
}

impl<M: Message> Subscription<M> {
    pub(super) fn new(messages: impl Stream<Item = M> + Send + 'static) -> Self {
        let messages = Mutex::new(messages.boxed());
        Self { messages }
    }

    /// The messages.
    pub(crate) fn messages(&self) -> impl Stream<Item = M> + Send + '_ {
        stream::poll_fn(|context| {
            let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
            messages.poll_next_unpin(context)
        })
    }
}
