//! Work that is given up once nobody waits for it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells work that nobody waits for it any more. Copies tell the same.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<AtomicBool>);

/// Said by work that was cancelled; whoever cancelled it knows better.
pub const CANCELLED: &str = "it was given up, since nobody waits for it any more";

impl Cancel {
    /// Tells all copies.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was told.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
