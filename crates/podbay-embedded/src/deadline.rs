//! A deadline by which everything must have ended.

use std::time::Instant;

use tokio::sync::watch;
use tokio::time::sleep_until;

/// Unset without a deadline; once set, it can only become earlier.
#[derive(Default)]
pub(super) struct Deadline(watch::Sender<Option<Instant>>);

impl Deadline {
    /// Sets it, or makes it earlier.
    pub(super) fn bring_to(&self, to: Instant) {
        self.0.send_if_modified(|deadline| {
            let sooner = deadline.is_none_or(|now| to < now);
            if sooner {
                *deadline = Some(to);
            }
            sooner
        });
    }

    pub(super) fn is_set(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Waits until it is set.
    pub(super) async fn set(&self) {
        let mut moved = self.0.subscribe();
        let _never_closed = moved.wait_for(Option::is_some).await;
    }

    /// Waits until it has passed, even if it is made earlier meanwhile.
    pub(super) async fn over(&self) {
        let mut moved = self.0.subscribe();
        loop {
            let deadline = *moved.borrow_and_update();
            tokio::select! {
                () = at(deadline) => return,
                Ok(()) = moved.changed() => {}
            }
        }
    }
}

/// Waits until a time; forever without one.
pub(super) async fn at(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment.into()).await,
        None => std::future::pending().await,
    }
}
