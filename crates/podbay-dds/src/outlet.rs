//! A writer whose memory readers cannot exhaust.
//!
//! RustDDS keeps all samples of a reliable writer until every matched reader has acknowledged them. With a
//! reader that never does, hostile or suspended, it would keep them forever and make the writer refuse more.
//! Therefore, once too much is unacknowledged, a new writer replaces the old one; readers discover it like
//! the first.
//!
//! ```text
//!   write ──> writer ──too much not acknowledged──> fresh writer
//!                └── a moment longer for the others, then dropped with all it kept
//! ```

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use rustdds::{GUID, RTPSEntity, WriteOptions};
use tokio::sync::{Mutex, MutexGuard};

use crate::discovery::Known;
use crate::graph::Listing;
use crate::wire::{Raw, RawWriter};
use podbay_core::node::Error;

/// Bytes that may be unacknowledged.
pub(super) const UNACKNOWLEDGED: usize = 8 * 1024 * 1024;
/// Minimum size that a sample counts: RustDDS limits unacknowledged samples to 8192, however small.
const SMALLEST: usize = 4096;
/// How long readers may take to acknowledge when much is pending: several of RustDDS's heartbeats, which
/// request it.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a replaced writer keeps sending to its readers.
const PARTING: Duration = Duration::from_secs(1);

/// A writer, its entry in the graph, and its state in discovery.
pub(super) type Listed = (RawWriter, Listing, Known);

type Open = Box<dyn Fn() -> Result<Listed, Error> + Send + Sync>;

/// A writer that is replaced if its readers do not acknowledge.
pub(super) struct Outlet {
    open: Open,
    guid: RwLock<GUID>,
    current: Mutex<Current>,
}

/// The current writer.
pub(super) struct Current {
    listed: Listed,
    /// Sequence number of the last sample.
    pub(super) last: i64,
    /// Unacknowledged bytes.
    waiting: usize,
}

impl Outlet {
    pub(super) fn new(
        open: impl Fn() -> Result<Listed, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let current = Current::of(open()?);
        Ok(Self {
            open: Box::new(open),
            guid: RwLock::new(current.guid()),
            current: Mutex::new(current),
        })
    }

    /// The current writer, which may be replaced at any time.
    pub(super) fn guid(&self) -> GUID {
        *self.guid.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer, with room for `bytes` more, locked for others.
    pub(super) async fn room(&self, bytes: usize) -> Result<MutexGuard<'_, Current>, Error> {
        let mut current = self.current.lock().await;
        if current.waiting > 0 && current.waiting + bytes > UNACKNOWLEDGED {
            if current.is_acknowledged(PATIENCE).await {
                current.waiting = 0;
            } else {
                let fresh = Current::of((self.open)()?);
                *self.guid.write().unwrap_or_else(PoisonError::into_inner) = fresh.guid();
                part(std::mem::replace(&mut *current, fresh));
            }
        }
        Ok(current)
    }
}

impl Current {
    fn of(listed: Listed) -> Self {
        Self {
            listed,
            last: 0,
            waiting: 0,
        }
    }

    pub(super) fn guid(&self) -> GUID {
        self.listed.0.guid()
    }

    /// Writes a sample.
    pub(super) async fn write(&mut self, payload: Raw, options: WriteOptions) -> Result<(), Failure> {
        let bytes = payload.bytes.len();
        let written = self.listed.0.async_write_with_options(payload, options).await;
        self.last = written?.sequence_number.into();
        self.waiting += bytes.max(SMALLEST);
        Ok(())
    }

    async fn is_acknowledged(&self, patience: Duration) -> bool {
        let acknowledged = self.listed.0.async_wait_for_acknowledgments();
        matches!(tokio::time::timeout(patience, acknowledged).await, Ok(Ok(true)))
    }
}

/// Why a sample was not written.
pub(super) type Failure = rustdds::dds::WriteError<Raw>;

fn part(before: Current) {
    tracing::debug!("a reader does not acknowledge its samples: replacing the writer, and dropping them");
    tokio::spawn(async move { before.is_acknowledged(PARTING).await });
}
