//! Cancellation of work whose caller is gone.

use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

/// A cancellation token. Copies share one state.
#[derive(Clone, Debug, Default)]
pub struct Cancel(Arc<State>);

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    /// Who waits.
    waiting: Mutex<Vec<Waker>>,
}

/// Error of cancelled work. Whoever cancelled it knows the reason.
pub const CANCELLED: &str = "cancelled because the caller has disconnected";

impl Cancel {
    /// Cancels the work, for all copies.
    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::SeqCst);
        let waiting = std::mem::take(&mut *self.waiting());
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Whether the work was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::SeqCst)
    }

    /// Waits until the work is cancelled.
    pub fn cancelled(&self) -> impl Future<Output = ()> {
        poll_fn(|context| self.poll(context))
    }

    fn poll(&self, context: &Context<'_>) -> Poll<()> {
        let mut waiting = self.waiting();
        // checked while nobody can be missed
        if self.is_cancelled() {
            return Poll::Ready(());
        }
        if !waiting.iter().any(|waker| waker.will_wake(context.waker())) {
            waiting.push(context.waker().clone());
        }
        Poll::Pending
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Waker>> {
        self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::atomic::AtomicUsize;
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Counts(AtomicUsize);

    impl Wake for Counts {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn whoever_waits_is_woken_once() {
        let (cancel, counts) = (Cancel::default(), Arc::new(Counts::default()));
        let waker = Waker::from(counts.clone());
        let mut context = Context::from_waker(&waker);
        let mut cancelled = pin!(cancel.cancelled());
        for _ in 0..2 {
            assert!(cancelled.as_mut().poll(&mut context).is_pending());
        }
        cancel.clone().cancel();
        assert_eq!(counts.0.load(Ordering::SeqCst), 1);
        assert!(cancelled.as_mut().poll(&mut context).is_ready());
    }
}
