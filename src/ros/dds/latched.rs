//! Topics with a state: late readers get the last sample, and only that.
//!
//! RustDDS keeps earlier samples of such a topic for seconds, or forever without readers, and a late reader
//! gets all of them, oldest first. Therefore, once a state has settled, a new writer with only that sample
//! replaces the old one.
//!
//! ```text
//!   set ──> latest ──(run)──> writer ──settled──> fresh writer
//! ```

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use rustdds::Timestamp;
use tokio::sync::watch;

use super::msgs::Message;
use super::outlet::Listed;
use super::wire::{self, Raw, RawWriter};
use crate::ros::Error;

/// Time without changes after which a state has settled.
const SETTLED: Duration = Duration::from_millis(300);
/// How long readers of the previous writer may take to acknowledge its last sample.
const PARTING: Duration = Duration::from_secs(1);

/// A topic with a state.
pub(crate) struct Latched<M> {
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
    pub(crate) fn set(&self, message: &M) -> Result<(), Error> {
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
    let mut samples = 0_u32;
    loop {
        tokio::select! {
            changed = latest.changed() => {
                if changed.is_err() {
                    return;
                }
                samples += u32::from(publish(&writer.0, &mut latest).await);
            }
            () = tokio::time::sleep(SETTLED), if samples > 1 => {
                match open() {
                    Ok(fresh) if publish(&fresh.0, &mut latest).await => {
                        part(std::mem::replace(&mut writer, fresh)).await;
                        samples = 1;
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(%error, "a latched topic keeps old samples");
                        samples = 1;
                    }
                }
            }
        }
    }
}

/// Writes the state; if readers are too slow, it remains to be written.
async fn publish(writer: &RawWriter, latest: &mut watch::Receiver<Option<Raw>>) -> bool {
    let Some(state) = latest.borrow_and_update().clone() else {
        return false;
    };
    match writer.async_write(state, Some(Timestamp::now())).await {
        Ok(()) => true,
        Err(error) => {
            tracing::debug!(%error, "a latched topic waits for slow readers");
            latest.mark_changed();
            false
        }
    }
}

async fn part(before: Listed) {
    let _ = tokio::time::timeout(PARTING, before.0.async_wait_for_acknowledgments()).await;
}
