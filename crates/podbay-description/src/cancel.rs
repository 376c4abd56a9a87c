//! Cancellation of work whose caller is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A cancellation token. Copies share one state.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

/// Error of cancelled work. Whoever cancelled it knows the reason.
pub const CANCELLED: &str = "cancelled because the caller has disconnected";

impl Cancel {
    /// Cancels the work, for all copies.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether the work was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
