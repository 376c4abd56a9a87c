//! One task per pod: starts what [`super::state`] decides until the pod is deleted, and ends with the last of
//! its processes.
//!
//! ```text
//!   delete ── deadline ─┬──► worker ── starts ──► run (one per running container) ── shim ── process
//!                       └─────────────────────────► │
//!                                                   └──► records ──► store: status
//! ```

use std::sync::Arc;
use std::time::Instant;

use tokio::task::JoinSet;

use super::deadline::at;
use super::runner::Run;
use super::site::Site;

/// Runs the pod until it is deleted and its processes have ended.
pub(super) async fn work(site: Arc<Site>) {
    site.note(|_| {});
    let mut runs = JoinSet::new();
    while !site.stop.is_set() {
        let next = site.records.lock().next(Instant::now());
        for slot in next.start {
            let site = Arc::clone(&site);
            runs.spawn(Run { site, slot }.perform());
        }
        tokio::select! {
            Some(_) = runs.join_next() => {}
            () = at(next.wake.map(Into::into)) => {}
            () = site.stop.set() => {}
        }
    }
    while runs.join_next().await.is_some() {}
    site.machine.store.remove(&site.reference(), site.uid());
    site.clear();
}
