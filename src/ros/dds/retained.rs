//! What RustDDS retains of requests that were read long ago, and how it is made to let go.
//!
//! A reader retains the last samples of its topic, whatever their size, until others come; so it does with a second
//! set of fragments of a sample that was sent twice. There is no call to drop them. So after large requests podbay
//! writes a few small samples on the topic itself, fillers, that take their place:
//!
//! ```text
//!   large request ──> fillers ──(no more came until its fragments are old)──> fillers
//! ```

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ros2_client::dds::rustdds;
use rustdds::{QosPolicies, RTPSEntity, WriteOptions};
use tokio::sync::Notify;

use super::discovery::Discovery;
use super::participant::{Participant, prefix};
use super::wire::{Raw, RawWriter};

/// Bytes of the last requests of a service that may stay in memory.
const RETAINED: usize = 1024 * 1024;
/// Every byte of a filler; no request begins so, as its first text would have 4 GiB.
const FILLING: u8 = 0xff;
/// Bytes of a filler.
const SMALL: usize = 4;
/// Bytes of one that is sent in fragments, by which RustDDS sees that others are old.
const FRAGMENTED: usize = 66_000;
/// When RustDDS takes fragments for old, and a moment more.
const OLD: Duration = Duration::from_secs(11);
/// How long the fillers' writer may take to find the reader, and the reader to take what it wrote.
const PATIENCE: Duration = Duration::from_secs(3);

/// What the reader of one service retains.
pub(super) struct Retained {
    sizes: VecDeque<usize>,
    depth: usize,
    too_much: Arc<Notify>,
}

impl Retained {
    /// What a reader of `depth` samples retains. `too_much` is told when that should be dropped.
    pub(super) fn new(depth: usize, too_much: Arc<Notify>) -> Self {
        Self {
            sizes: VecDeque::with_capacity(depth + 1),
            depth,
            too_much,
        }
    }

    /// Notes a sample.
    pub(super) fn add(&mut self, sample: &Raw) {
        self.sizes
            .push_back(sample.cut_from.unwrap_or(sample.bytes.len()));
        if self.sizes.len() > self.depth {
            self.sizes.pop_front();
        }
        if self.sizes.iter().sum::<usize>() > RETAINED {
            self.too_much.notify_one();
        }
    }
}

/// Whether a sample is a filler, which asks nothing.
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
    /// Policies of the reader. Others would have it retain more.
    pub(super) qos: QosPolicies,
    /// Samples that the reader retains.
    pub(super) depth: usize,
}

impl Filler {
    /// Has what the reader retains dropped whenever `too_much` tells.
    pub(super) async fn run(self, too_much: Arc<Notify>) {
        loop {
            too_much.notified().await;
            if let Err(reason) = self.fill(&too_much).await {
                let topic = &self.topic;
                tracing::debug!(topic, reason, "large requests stay in memory until others come");
            }
        }
    }

    /// Has requests dropped at once, and their fragments when they are old and no large ones came meanwhile.
    async fn fill(&self, too_much: &Notify) -> Result<(), String> {
        let writer = self.participant.writer(&self.topic, self.dds_type, &self.qos);
        let writer = writer.map_err(|error| error.to_string())?;
        let _known = self.discovery.until_gone(writer.guid());
        let myself = prefix(&self.participant.guid());
        if !self.discovery.reached(writer.guid(), myself, PATIENCE).await {
            return Err("their reader was not found".to_owned());
        }
        self.write(&writer).await?;
        while tokio::time::timeout(OLD, too_much.notified()).await.is_ok() {
            self.write(&writer).await?;
        }
        self.write(&writer).await
    }

    async fn write(&self, writer: &RawWriter) -> Result<(), String> {
        for bytes in std::iter::once(FRAGMENTED).chain(std::iter::repeat_n(SMALL, self.depth)) {
            let filler = Raw::new(vec![FILLING; bytes]);
            let written = writer.async_write_with_options(filler, WriteOptions::default());
            written.await.map_err(|error| error.to_string())?;
        }
        // The writer may go once the reader has them all.
        let taken = tokio::time::timeout(PATIENCE, writer.async_wait_for_acknowledgments());
        taken
            .await
            .map(drop)
            .map_err(|_| "they were not acknowledged".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[test]
    fn only_the_last_requests_count() {
        let too_much = Arc::new(Notify::new());
        let mut retained = Retained::new(4, Arc::clone(&too_much));
        let mut told = |bytes: usize| {
            retained.add(&Raw {
                cut_from: Some(bytes),
                ..Raw::new(Vec::new())
            });
            too_much.notified().now_or_never().is_some()
        };
        assert!(!(0..100).any(|_| told(RETAINED / 4)));
        assert!(told(RETAINED));
        assert!((0..3).all(|_| told(1)));
        assert!(!told(1));
    }

    #[test]
    fn a_filler_is_known_by_its_bytes() {
        let filler = |byte: u8, bytes: usize| is_filler(&Raw::new(vec![byte; bytes]));
        assert!(filler(FILLING, SMALL) && filler(FILLING, FRAGMENTED));
        assert!(!filler(FILLING, 0) && !filler(FILLING, 8) && !filler(0, SMALL));
    }
}
