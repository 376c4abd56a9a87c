//! Turns for long computations: evaluating and rendering. They run off the runtime's threads, limited in
//! number and time, and are cancelled when nobody waits for them.
//!
//! ```text
//!   caller ── its own turn ── a turn of all callers ── a thread ──> result
//!               one at once     AT_ONCE at once           deadline
//! ```
//!
//! A caller has one turn at a time, so a caller who asks for much delays only itself, and others wait for at
//! most one of its turns. All turns of one request share one time budget, so that a request delays others no
//! longer than that. The local user has separate turns.

use std::time::Instant;

use tokio::sync::oneshot;
use tokio::time::timeout;

use super::queue::{Full, Queue, Sizes};
use podbay_core::request::{Caller, Refusal};
use podbay_description::cancel::Cancel;
use podbay_description::limits::LaunchLimits;

/// Name of the threads, whose panics are reported to the caller.
pub const THREAD: &str = "podbay-turn";

/// Concurrent turns of ROS callers, and also of the local user.
const AT_ONCE: usize = 2;

/// Stack size of a thread, in bytes, for the nesting of includes and groups that `launch` allows.
const STACK: usize = 64 << 20;

/// Limits for concurrent and waiting turns.
const SIZES: Sizes = Sizes {
    local: AT_ONCE,
    graph: AT_ONCE,
    of_one: 9,
    of_all: 65,
};

/// The turns. Copies share them.
#[derive(Clone, Debug)]
pub struct Turns(Queue);

/// Cancels the work if it is dropped before the work is done.
struct Leash(Option<Cancel>);

impl Default for Turns {
    fn default() -> Self {
        Self(Queue::new(SIZES))
    }
}

impl Drop for Leash {
    fn drop(&mut self) {
        if let Some(cancel) = &self.0 {
            cancel.cancel();
        }
    }
}

impl Leash {
    /// The work is done, and the request may have another turn.
    fn release(mut self) {
        self.0 = None;
    }
}

impl Turns {
    /// Runs `work` for `caller` in its turn, within the remaining time of `limits`; waiting does not count.
    /// The work is cancelled after that time, or if nobody waits any more; the turn lasts until it has
    /// noticed.
    pub(super) async fn take<T: Send + 'static>(
        &self,
        caller: &Caller,
        limits: &LaunchLimits,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = self.0.turn(caller, busy).await?;
        let leash = Leash(Some(limits.cancel.clone()));
        let begun = Instant::now();
        let (told, result) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name(THREAD.to_owned())
            .stack_size(STACK);
        let started = thread.spawn(move || {
            let done = work();
            drop(turn);
            // the receiver is gone after cancellation
            let _ = told.send(done);
        });
        started.map_err(|error| format!("cannot start a thread: {error}"))?;
        let done = timeout(limits.time.left(), result).await;
        limits.time.spend(begun.elapsed());
        match done {
            Ok(Ok(done)) => {
                leash.release();
                Ok(done)
            }
            Ok(Err(_)) => Err(
                "the launch could not be evaluated because of a bug in podbay; please report it with podbay's log"
                    .into(),
            ),
            Err(_) => Err(too_slow(limits)),
        }
    }
}

fn busy(full: Full) -> Refusal {
    let whose = match full {
        Full::OfOne => "of this caller",
        Full::OfAll => "of all callers",
    };
    Refusal::from(format!(
        "podbay is busy with other launch files {whose}; retry later"
    ))
}

fn too_slow(limits: &LaunchLimits) -> Refusal {
    Refusal::from(format!(
        "evaluating and rendering the launch timed out after {} s; increase `{}.seconds` in podbay's configuration",
        limits.time.whole().as_secs(),
        limits.key
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;
    use podbay_config::limits::Limits;
    use podbay_description::limits::Time;

    fn graph(id: &str) -> Caller {
        Caller::Graph(id.into())
    }

    /// Works until cancelled.
    fn work_on(cancel: &Cancel) {
        while !cancel.is_cancelled() {
            std::thread::yield_now();
        }
    }

    #[tokio::test]
    async fn a_caller_waits_for_itself_and_nobody_else_does() {
        let turns = Turns::default();
        let (release, held) = mpsc::channel::<()>();
        let limits = Limits::default().graph();
        let (heavy, light) = (graph("heavy"), graph("light"));
        let first = turns.take(&heavy, &limits, move || held.recv().is_ok());
        let second = turns.take(&heavy, &limits, || true);
        tokio::pin!(first, second);
        // the second request of the busy caller waits behind its first, that of another caller does not
        let other = async {
            tokio::select! {
                biased;
                _ = &mut first => false,
                _ = &mut second => false,
                done = turns.take(&light, &limits, || true) => done.unwrap(),
            }
        };
        assert!(other.await);
        release.send(()).unwrap();
        assert!(first.await.unwrap() && second.await.unwrap());
    }

    #[tokio::test]
    async fn work_ends_when_the_caller_has_gone() {
        let turns = Turns::default();
        let limits = Limits::default().graph();
        let (told, ended) = mpsc::channel();
        let (begun, begin) = oneshot::channel();
        let cancel = limits.cancel.clone();
        let caller = graph("gone");
        let work = turns.take(&caller, &limits, move || {
            let _ = begun.send(());
            work_on(&cancel);
            told.send(()).unwrap();
        });
        tokio::select! {
            _ = work => panic!("it ended by itself"),
            _ = begin => {}
        }
        ended.recv().unwrap();
    }

    #[tokio::test]
    async fn work_that_takes_too_long_is_given_up() {
        let turns = Turns::default();
        let limits = LaunchLimits {
            time: Time::new(Duration::from_millis(1)),
            ..Limits::default().graph()
        };
        let cancel = limits.cancel.clone();
        let done = turns
            .take(&graph("slow"), &limits, move || work_on(&cancel))
            .await;
        let message = done.unwrap_err().message;
        assert!(message.contains("`limits.graph_launch.seconds`"), "{message}");
    }

    #[tokio::test]
    async fn all_turns_of_a_request_have_one_time() {
        let turns = Turns::default();
        let limits = Limits::default().graph();
        let caller = graph("two");
        turns.take(&caller, &limits, || ()).await.unwrap();
        assert!(!limits.cancel.is_cancelled(), "it may have another turn");
        limits.time.spend(limits.time.whole());
        let cancel = limits.cancel.clone();
        let done = turns.take(&caller, &limits, move || work_on(&cancel)).await;
        let message = done.unwrap_err().message;
        assert!(message.contains("timed out after 20 s"), "{message}");
    }
}
