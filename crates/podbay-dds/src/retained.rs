//! Makes RustDDS drop requests that were already read.
//!
//! A reader retains the last samples of its topic, whatever their size, until others arrive. If a sample was
//! sent twice, it also retains the second set of fragments, until further fragments arrive. There is no call
//! to drop them. Therefore, after large requests, podbay itself writes small samples on the topic, fillers,
//! which replace them:
//!
//! ```text
//!   large request ──> fillers ──(no more came until its fragments are old)──> fillers
//! ```
//!
//! Each filler waits until there is nothing to read, so that it never displaces an unread request.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use rustdds::{QosPolicies, RTPSEntity, WriteOptions};
use tokio::sync::{Notify, mpsc, oneshot};

use crate::discovery::Discovery;
use crate::participant::{Participant, prefix};
use crate::wire::{Raw, RawWriter};

/// Bytes of the last requests of a service that may stay in memory.
const RETAINED: usize = 1024 * 1024;
/// Every byte of a filler. podbay ignores requests that consist only of it.
const FILLING: u8 = 0xff;
/// Bytes of a small filler.
const SMALL: usize = 4;
/// Bytes of a fragmented filler, which makes RustDDS drop old fragments.
const FRAGMENTED: usize = 66_000;
/// Age at which RustDDS considers fragments old, plus a margin.
const OLD: Duration = Duration::from_secs(11);
/// Pause between two sets of fillers: at most one per second, whatever small samples arrive.
const PAUSE: Duration = Duration::from_secs(1);
/// How long the fillers' writer may take to match the reader, and the reader to have read everything and
/// accept a filler.
const PATIENCE: Duration = Duration::from_secs(3);

/// Requests for a moment without anything to read.
pub(super) type Asks = mpsc::Receiver<oneshot::Sender<()>>;

/// The samples that the reader of one service retains.
#[derive(Debug)]
pub(super) struct Retained {
    sizes: VecDeque<usize>,
    depth: usize,
    too_much: Arc<Notify>,
}

impl Retained {
    /// The samples of a reader of depth `depth`. Notifies `too_much` when they should be dropped.
    pub(super) fn new(depth: usize, too_much: Arc<Notify>) -> Self {
        Self {
            sizes: VecDeque::with_capacity(depth + 1),
            depth,
            too_much,
        }
    }

    /// Records a sample; `None` for one that could not be read, which may have any size.
    pub(super) fn add(&mut self, sample: Option<&Raw>) {
        let size = sample.map_or(RETAINED + 1, |raw| raw.cut_from.unwrap_or(raw.bytes.len()));
        self.sizes.push_back(size);
        if self.sizes.len() > self.depth {
            self.sizes.pop_front();
        }
        let asked = !sample.is_some_and(is_filler);
        if asked && self.sizes.iter().sum::<usize>() > RETAINED {
            self.too_much.notify_one();
        }
    }
}

/// Whether a sample is a filler.
pub(super) fn is_filler(sample: &Raw) -> bool {
    let bytes = &sample.bytes;
    [SMALL, FRAGMENTED].contains(&bytes.len()) && bytes.iter().all(|byte| *byte == FILLING)
}

/// Writes fillers on the topic of a service's requests.
pub(super) struct Filler {
    pub(super) participant: Arc<Participant>,
    pub(super) discovery: Arc<Discovery>,
    pub(super) topic: String,
    pub(super) dds_type: &'static str,
    /// QoS policies of the reader; with others it would retain more.
    pub(super) qos: QosPolicies,
    /// Number of samples that the reader retains.
    pub(super) depth: usize,
    /// Answered by the reader once it has nothing to read.
    pub(super) ask: mpsc::Sender<oneshot::Sender<()>>,
}

impl Filler {
    /// Drops what the reader retains whenever `too_much` is notified.
    pub(super) async fn run(self, too_much: Arc<Notify>) {
        loop {
            too_much.notified().await;
            if let Err(reason) = self.drop_all(&too_much).await {
                self.kept(&reason);
            }
        }
    }

    /// Drops requests within seconds, and their fragments once they are old, unless large ones arrived
    /// meanwhile.
    async fn drop_all(&self, too_much: &Notify) -> Result<(), String> {
        let writer = self.participant.writer(&self.topic, self.dds_type, &self.qos);
        let writer = writer.map_err(|error| error.to_string())?;
        let known = self.discovery.until_gone(writer.guid());
        // the writer is dropped first
        let open = (writer, known);
        let myself = prefix(&self.participant.guid());
        if !self.discovery.reached(open.0.guid(), myself, PATIENCE).await {
            return Err("the fillers' writer did not discover their reader".to_owned());
        }
        loop {
            self.fill(&open.0).await;
            tokio::time::sleep(PAUSE).await;
            if tokio::time::timeout(OLD, too_much.notified()).await.is_err() {
                break;
            }
        }
        self.fill(&open.0).await;
        Ok(())
    }

    /// Fills the reader once.
    async fn fill(&self, writer: &RawWriter) {
        for bytes in std::iter::once(FRAGMENTED).chain(std::iter::repeat_n(SMALL, self.depth - 1)) {
            if let Err(reason) = self.write(writer, bytes).await {
                return self.kept(&reason);
            }
        }
        // The writer may be dropped once the reader has all of them. Another podbay of this name may not
        // acknowledge them.
        let _ = tokio::time::timeout(PATIENCE, writer.async_wait_for_acknowledgments()).await;
    }

    async fn write(&self, writer: &RawWriter, bytes: usize) -> Result<(), String> {
        let (nothing_to_read, idle) = oneshot::channel();
        let asked = async {
            let _ = self.ask.send(nothing_to_read).await;
            idle.await
        };
        let idle = tokio::time::timeout(PATIENCE, asked).await;
        if !matches!(idle, Ok(Ok(()))) {
            return Err("there are unread requests".to_owned());
        }
        let filler = Raw::new(vec![FILLING; bytes]);
        let written = writer.async_write_with_options(filler, WriteOptions::default());
        written.await.map(drop).map_err(|error| error.to_string())
    }

    fn kept(&self, reason: &str) {
        let topic = &self.topic;
        tracing::debug!(
            topic,
            reason,
            "large requests remain in memory until others arrive"
        );
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn filler(byte: u8, bytes: usize) -> Raw {
        Raw::new(vec![byte; bytes])
    }

    #[test]
    fn the_last_requests_count_and_fillers_ask_for_no_more() {
        let too_much = Arc::new(Notify::new());
        let mut retained = Retained::new(4, Arc::clone(&too_much));
        let mut told = |sample: Option<&Raw>| {
            retained.add(sample);
            too_much.notified().now_or_never().is_some()
        };
        let of = |bytes: usize| Raw {
            cut_from: Some(bytes),
            ..Raw::new(Vec::new())
        };
        assert!(!(0..100).any(|_| told(Some(&of(RETAINED / 4)))));
        assert!(told(Some(&of(RETAINED))));
        assert!(told(Some(&of(1))), "a small request leaves the large one there");
        assert!(!(0..4).any(|_| told(Some(&filler(FILLING, SMALL)))));
        assert!(!told(Some(&of(1))));
        assert!(told(None));
    }

    #[test]
    fn a_filler_is_known_by_its_bytes() {
        let is_filler = |byte: u8, bytes: usize| is_filler(&filler(byte, bytes));
        assert!(is_filler(FILLING, SMALL) && is_filler(FILLING, FRAGMENTED));
        assert!(!is_filler(FILLING, 0) && !is_filler(FILLING, 8) && !is_filler(0, SMALL));
    }
}
