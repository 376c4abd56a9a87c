//! A writer that readers cannot fill up.
//!
//! RustDDS keeps what a reliable writer sent until every matched reader has acknowledged it. One that never does, be it
//! hostile or stopped, would have everything kept for good, and make the writer refuse more. So once too much waits
//! for acknowledgement, a fresh writer takes over that has nothing to keep; readers find it as they found the first.
//!
//! ```text
//!   write ──> writer ──too much not acknowledged──> fresh writer
//!                └── a moment longer for the others, then dropped with all it kept
//! ```

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use rustdds::{GUID, RTPSEntity, WriteOptions};
use tokio::sync::{Mutex, MutexGuard};

use super::discovery::Known;
use super::graph::Listing;
use super::wire::{Raw, RawWriter};
use crate::ros::Error;

/// Bytes that may wait for acknowledgement.
const UNACKNOWLEDGED: usize = 8 * 1024 * 1024;
/// What a sample counts at least, as RustDDS lets 8192 wait, however small.
const SMALLEST: usize = 4096;
/// How long readers may take to acknowledge when much waits: some of RustDDS's heartbeats, which ask them to.
const PATIENCE: Duration = Duration::from_millis(250);
/// How long a writer that was replaced goes on sending what its readers still lack.
const PARTING: Duration = Duration::from_secs(1);

/// A writer, its place in the graph, and what discovery knows of it.
pub(super) type Listed = (RawWriter, Listing, Known);

type Open = Box<dyn Fn() -> Result<Listed, Error> + Send + Sync>;

/// A writer that is replaced when its readers do not acknowledge.
pub(super) struct Outlet {
    open: Open,
    guid: RwLock<GUID>,
    current: Mutex<Current>,
}

/// The writer there is now.
pub(super) struct Current {
    listed: Listed,
    /// Sequence number of the last sample.
    pub(super) last: i64,
    /// Bytes since everything was acknowledged.
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

    /// The writer there is now. It may be another in a moment.
    pub(super) fn guid(&self) -> GUID {
        *self.guid.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The writer, with room for `bytes` more; nobody else writes meanwhile.
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
    tracing::debug!(
        "a reader does not acknowledge what it was sent: another writer takes over, without what waits for it"
    );
    tokio::spawn(async move { before.is_acknowledged(PARTING).await });
}
