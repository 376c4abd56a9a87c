//! Results of DDS discovery: which remote readers our writers are matched with, and when others leave.
//!
//! Written by one task that reads RustDDS's status events. Read by services, which must not answer a client
//! whose reader is not matched yet, and by the [`graph`](crate::graph).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::StreamExt;
use rustdds::{DomainParticipantStatusEvent as Event, GUID, StatusEvented};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use crate::participant::{Participant, Prefix, prefix};

/// A client whose reply reader was matched so recently may not have matched our writer yet.
const SETTLING: Duration = Duration::from_millis(50);

/// Buffered departures of participants.
const DEPARTED: usize = 64;

/// The matched readers of our writers.
pub(super) struct Discovery {
    /// Remote readers, and since when, by our writer; writers without readers are omitted.
    readers: Mutex<HashMap<GUID, HashMap<GUID, Instant>>>,
    matched: watch::Sender<()>,
    lost: watch::Sender<()>,
    departed: broadcast::Sender<Prefix>,
}

impl Default for Discovery {
    fn default() -> Self {
        Self {
            readers: Mutex::default(),
            matched: watch::Sender::default(),
            lost: watch::Sender::default(),
            departed: broadcast::Sender::new(DEPARTED),
        }
    }
}

/// A writer that may be dropped before its participant.
pub(super) struct Known {
    discovery: Arc<Discovery>,
    writer: GUID,
}

impl Drop for Known {
    fn drop(&mut self) {
        self.discovery.readers().remove(&self.writer);
    }
}

impl Discovery {
    /// Processes status events until the participant is gone.
    pub(super) async fn run(self: Arc<Self>, participant: Arc<Participant>) {
        let listener = participant.status();
        let mut events = listener.as_async_status_stream();
        while let Some(event) = events.next().await {
            self.take(event);
        }
    }

    fn take(&self, event: Event) {
        match event {
            Event::RemoteReaderMatched {
                local_writer,
                remote_reader,
            } => {
                self.readers()
                    .entry(local_writer)
                    .or_default()
                    .insert(remote_reader, Instant::now());
                self.matched.send_replace(());
            }
            Event::ReaderLost { guid, .. } => self.forget(|reader| *reader == guid),
            Event::ParticipantLost { id, .. } => {
                self.forget(|reader| reader.prefix == id);
                self.lost.send_replace(());
                if let Ok(peer) = Prefix::try_from(id.as_ref()) {
                    // nobody may be waiting
                    let _ = self.departed.send(peer);
                }
            }
            Event::WriterLost { .. } => {
                self.lost.send_replace(());
            }
            _ => {}
        }
    }

    fn forget(&self, gone: impl Fn(&GUID) -> bool) {
        self.readers().retain(|_, readers| {
            readers.retain(|reader, _| !gone(reader));
            !readers.is_empty()
        });
    }

    /// Removes `writer` when the guard is dropped, which has to be after the writer.
    pub(super) fn until_gone(self: &Arc<Self>, writer: GUID) -> Known {
        Known {
            discovery: Arc::clone(self),
            writer,
        }
    }

    /// Waits until `writer` is matched with a reader of the participant `peer`; false after `patience`.
    pub(super) async fn reached(&self, writer: GUID, peer: Prefix, patience: Duration) -> bool {
        let mut matched = self.matched.subscribe();
        let found = async {
            loop {
                if let Some(since) = self.since(writer, peer) {
                    break since;
                }
                if matched.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        };
        match tokio::time::timeout(patience, found).await {
            Ok(since) => {
                let settling = SETTLING.saturating_sub(since.elapsed());
                // even a sleep of zero lasts until the next tick of the timer, one millisecond
                if !settling.is_zero() {
                    tokio::time::sleep(settling).await;
                }
                true
            }
            Err(_) => false,
        }
    }

    /// Whether `writer` is matched with a reader of the participant `peer` that has had time to match
    /// `writer` too.
    pub(super) fn reaches(&self, writer: GUID, peer: Prefix) -> bool {
        let since = self.since(writer, peer);
        since.is_some_and(|since| since.elapsed() >= SETTLING)
    }

    fn since(&self, writer: GUID, peer: Prefix) -> Option<Instant> {
        let readers = self.readers();
        let readers = readers.get(&writer)?;
        readers
            .iter()
            .find(|(reader, _)| prefix(reader) == peer)
            .map(|(_, since)| *since)
    }

    /// Changes whenever a participant or a writer has left.
    pub(super) fn losses(&self) -> watch::Receiver<()> {
        self.lost.subscribe()
    }

    /// Waits until the participant `peer` leaves. May miss it if too many leave at once.
    pub(super) async fn departure(&self, peer: Prefix) {
        let mut departed = self.departed.subscribe();
        loop {
            match departed.recv().await {
                Ok(gone) if gone == peer => return,
                Ok(_) | Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return std::future::pending().await,
            }
        }
    }

    fn readers(&self) -> std::sync::MutexGuard<'_, HashMap<GUID, HashMap<GUID, Instant>>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn guid(number: u8) -> GUID {
        GUID::from_bytes([number; 16])
    }

    fn matched(writer: u8, reader: u8) -> Event {
        Event::RemoteReaderMatched {
            local_writer: guid(writer),
            remote_reader: guid(reader),
        }
    }

    #[tokio::test]
    async fn only_the_departure_of_the_peer_itself_ends_the_wait_for_it() {
        let discovery = Discovery::default();
        let lost = |number: u8| Event::ParticipantLost {
            id: guid(number).prefix,
            reason: rustdds::LostReason::Disposed,
        };
        let mut departure = Box::pin(discovery.departure([1; 12]));
        assert!((&mut departure).now_or_never().is_none());
        discovery.take(lost(2));
        assert!((&mut departure).now_or_never().is_none());
        discovery.take(lost(1));
        assert!((&mut departure).now_or_never().is_some());
    }

    #[test]
    fn writers_that_are_gone_leave_nothing() {
        let discovery = Arc::new(Discovery::default());
        let known = discovery.until_gone(guid(1));
        [matched(1, 9), matched(2, 9)]
            .into_iter()
            .for_each(|event| discovery.take(event));
        drop(known);
        assert_eq!(discovery.readers().keys().collect::<Vec<_>>(), [&guid(2)]);
        discovery.forget(|reader| *reader == guid(9));
        assert!(discovery.readers().is_empty());
    }
}
