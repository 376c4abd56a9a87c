//! Topics with a state: late readers get the last sample, and only that.
//!
//! RustDDS keeps earlier samples of such a topic for seconds, or forever without readers, and a late reader
//! gets all of them, oldest first. Therefore, once a state has settled, or has changed often, a new writer with
//! only that sample replaces the old one.
//!
//! ```text
//!   set ──> latest ──(run)──> writer ──settled, or too much kept──> fresh writer
//! ```

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use rustdds::Timestamp;
use tokio::sync::watch;

use crate::outlet::{Listed, UNACKNOWLEDGED};
use crate::wire::{self, Raw, RawWriter};
use podbay_core::node::Error;
use podbay_interfaces::Message;

/// Time without changes after which a state has settled.
const SETTLED: Duration = Duration::from_millis(300);
/// Samples that a writer may keep while the state changes all the time.
const SAMPLES: usize = 16;
/// How long readers of the previous writer may take to acknowledge its last sample.
const PARTING: Duration = Duration::from_secs(1);

/// A topic with a state.
pub struct Latched<M> {
    name: String,
    latest: Arc<watch::Sender<Option<Raw>>>,
    _message: PhantomData<fn(M)>,
}

impl<M: Message> Latched<M> {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            latest: Arc::default(),
            _message: PhantomData,
        }
    }

    /// Sets the state. States that are replaced before they are sent are skipped.
    pub fn set(&self, message: &M) -> Result<(), Error> {
        let failed = |error: wire::Error| Error::Message {
            name: self.name.clone(),
            reason: error.to_string(),
        };
        self.latest
            .send_replace(Some(Raw::new(wire::encode(message).map_err(failed)?)));
        Ok(())
    }

    /// The state that [`run`] watches.
    pub(super) fn latest(&self) -> watch::Receiver<Option<Raw>> {
        self.latest.subscribe()
    }
}

/// Publishes the state until it can no longer be set; `open` creates a writer.
pub(super) async fn run(
    mut latest: watch::Receiver<Option<Raw>>,
    open: impl Fn() -> Result<Listed, Error>,
    first: Listed,
) {
    let mut writer = first;
    let mut kept = Kept::default();
    loop {
        tokio::select! {
            changed = latest.changed() => {
                if changed.is_err() {
                    return;
                }
                kept.add(publish(&writer.0, &mut latest).await);
                if !kept.is_too_much() {
                    continue;
                }
            }
            () = tokio::time::sleep(SETTLED), if kept.samples > 1 => {}
        }
        match open() {
            Ok(fresh) => {
                if let Some(bytes) = publish(&fresh.0, &mut latest).await {
                    part(std::mem::replace(&mut writer, fresh)).await;
                    kept = Kept { samples: 1, bytes };
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a latched topic keeps old samples");
                kept = Kept::default();
            }
        }
    }
}

/// What a writer has been given.
#[derive(Default)]
struct Kept {
    samples: usize,
    bytes: usize,
}

impl Kept {
    /// Counts a sample of `bytes`, if it was written.
    fn add(&mut self, bytes: Option<usize>) {
        self.samples += usize::from(bytes.is_some());
        self.bytes += bytes.unwrap_or_default();
    }

    /// A single sample is never too much, however large.
    fn is_too_much(&self) -> bool {
        self.samples > 1 && (self.samples >= SAMPLES || self.bytes > UNACKNOWLEDGED)
    }
}

/// Writes the state, and returns its size; if readers are too slow, it remains to be written.
async fn publish(writer: &RawWriter, latest: &mut watch::Receiver<Option<Raw>>) -> Option<usize> {
    let state = latest.borrow_and_update().clone()?;
    let bytes = state.bytes.len();
    match writer.async_write(state, Some(Timestamp::now())).await {
        Ok(()) => Some(bytes),
        Err(error) => {
            tracing::debug!(%error, "a latched topic waits for slow readers");
            latest.mark_changed();
            None
        }
    }
}

/// Waits for the readers of `before`. Newer states wait, too: a reader that still lacks samples of `before` would
/// get them after newer ones, and take them for the state.
async fn part(before: Listed) {
    let _ = tokio::time::timeout(PARTING, before.0.async_wait_for_acknowledgments()).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_keeps_a_limited_number_of_samples_and_bytes() {
        let kept = |samples, each| {
            let mut kept = Kept::default();
            (0..samples).for_each(|_| kept.add(Some(each)));
            kept.add(None);
            kept.is_too_much()
        };
        assert!(!kept(SAMPLES - 1, 100));
        assert!(kept(SAMPLES, 100));
        assert!(!kept(4, UNACKNOWLEDGED / 4));
        assert!(kept(5, UNACKNOWLEDGED / 4));
        assert!(!kept(1, UNACKNOWLEDGED + 1));
    }
}
