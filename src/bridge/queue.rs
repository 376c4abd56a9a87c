//! Fair queueing: requests of one caller wait behind one another, so a caller who asks for much delays only
//! itself, and all ROS callers share a few turns. The local user has separate turns.
//!
//! ```text
//!   caller ── its own turn ── a turn of all callers ──> Turn
//! ```
//!
//! If callers cannot be distinguished, only the turns of all apply.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use podbay_core::request::{Caller, Refusal};

/// Limits for concurrent turns, and for waiting requests.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Concurrent turns of the local user.
    pub(super) local: usize,
    /// Concurrent turns of all ROS callers.
    pub(super) graph: usize,
    /// Requests of one ROS caller, at work and waiting.
    pub(super) of_one: usize,
    /// Requests of all ROS callers, at work and waiting.
    pub(super) of_all: usize,
}

/// Turns at work and waiting requests. Copies share them.
#[derive(Clone, Debug)]
pub(super) struct Queue {
    sizes: Sizes,
    local: Arc<Semaphore>,
    graph: Arc<Semaphore>,
    callers: Arc<Mutex<Callers>>,
}

/// Requests of ROS callers.
#[derive(Debug, Default)]
struct Callers {
    known: HashMap<String, Own>,
    all: usize,
}

/// The requests of one caller.
#[derive(Debug)]
struct Own {
    turn: Arc<Semaphore>,
    requests: usize,
}

/// A turn, which ends when dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _permits: Vec<OwnedSemaphorePermit>,
    _entry: Option<Entry>,
}

/// A request's entry in the queue.
#[derive(Debug)]
struct Entry {
    queue: Queue,
    account: Option<String>,
}

/// Why the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Full {
    /// This caller has too many requests.
    OfOne,
    /// All callers together have too many.
    OfAll,
}

impl Queue {
    pub(super) fn new(sizes: Sizes) -> Self {
        Self {
            sizes,
            local: Arc::new(Semaphore::new(sizes.local)),
            graph: Arc::new(Semaphore::new(sizes.graph)),
            callers: Arc::default(),
        }
    }

    /// Waits for a turn of `caller`; if the queue is full, `refuse` returns the error.
    pub(super) async fn turn(
        &self,
        caller: &Caller,
        refuse: impl FnOnce(Full) -> Refusal,
    ) -> Result<Turn, Refusal> {
        let (turns, entry) = match caller {
            Caller::Local => (vec![self.local.clone()], None),
            Caller::Graph(client) => {
                let (own, entry) = self.enter(client.account()).map_err(refuse)?;
                (own.into_iter().chain([self.graph.clone()]).collect(), Some(entry))
            }
        };
        let mut permits = Vec::new();
        for turn in turns {
            let permit = turn.acquire_owned().await;
            permits.push(permit.map_err(|_| Refusal::from("podbay is shutting down"))?);
        }
        Ok(Turn {
            _permits: permits,
            _entry: entry,
        })
    }

    /// An entry in the queue, and the caller's own turn to wait for.
    fn enter(&self, account: Option<&str>) -> Result<(Option<Arc<Semaphore>>, Entry), Full> {
        let mut callers = self.callers();
        let own = account.and_then(|account| callers.known.get(account));
        if own.is_some_and(|own| own.requests >= self.sizes.of_one) {
            return Err(Full::OfOne);
        }
        if callers.all >= self.sizes.of_all {
            return Err(Full::OfAll);
        }
        callers.all += 1;
        let turn = account.map(|account| {
            let own = callers.known.entry(account.to_owned()).or_insert_with(|| Own {
                turn: Arc::new(Semaphore::new(1)),
                requests: 0,
            });
            own.requests += 1;
            own.turn.clone()
        });
        let entry = Entry {
            queue: self.clone(),
            account: account.map(str::to_owned),
        };
        Ok((turn, entry))
    }

    fn callers(&self) -> MutexGuard<'_, Callers> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut callers = self.queue.callers();
        callers.all -= 1;
        let Some(account) = &self.account else { return };
        if let Some(own) = callers.known.get_mut(account) {
            own.requests -= 1;
            if own.requests == 0 {
                callers.known.remove(account);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use podbay_core::request::Client;

    const SIZES: Sizes = Sizes {
        local: 1,
        graph: 3,
        of_one: 4,
        of_all: 10,
    };

    fn caller(id: usize) -> Caller {
        Caller::Graph(format!("dds:{id}").into())
    }

    fn stranger(id: usize) -> Caller {
        Caller::Graph(Client {
            id: format!("rcl request {id}"),
            known: false,
        })
    }

    fn refuse(full: Full) -> Refusal {
        format!("{full:?}").into()
    }

    /// The immediate result of asking for a turn: `None` if it has to wait.
    fn ask(queue: &Queue, caller: &Caller) -> Option<Result<Turn, String>> {
        let turn = queue.turn(caller, refuse).now_or_never()?;
        Some(turn.map_err(|refusal| refusal.message))
    }

    #[tokio::test]
    async fn one_that_hangs_waits_for_itself_only() {
        let queue = Queue::new(SIZES);
        let hangs = ask(&queue, &caller(0)).unwrap().unwrap();
        let one = caller(0);
        let mut second = Box::pin(queue.turn(&one, refuse));
        assert!((&mut second).now_or_never().is_none());
        let others = [1, 2].map(|id| ask(&queue, &caller(id)).unwrap().unwrap());
        assert!(ask(&queue, &caller(3)).is_none());
        assert!(ask(&queue, &Caller::Local).is_some());
        drop(others);
        assert!(ask(&queue, &caller(3)).is_some());
        drop(hangs);
        assert!(second.now_or_never().is_some());
    }

    #[tokio::test]
    async fn queues_end_and_nothing_stays_of_them() {
        let queue = Queue::new(SIZES);
        let one = caller(0);
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(queue.turn(&one, refuse))).collect();
        let first: Vec<_> = waiting
            .iter_mut()
            .map(|one| one.as_mut().now_or_never())
            .collect();
        assert_eq!(ask(&queue, &caller(0)).unwrap().unwrap_err(), "OfOne");
        let two = caller(1);
        let mut more: Vec<_> = (0..4).map(|_| Box::pin(queue.turn(&two, refuse))).collect();
        let second: Vec<_> = more.iter_mut().map(|one| one.as_mut().now_or_never()).collect();
        let third = [2, 3].map(|id| ask(&queue, &caller(id)));
        // one of them has a turn, the other gave up waiting
        assert_eq!(third.iter().flatten().count(), 1);
        let fourth = ask(&queue, &caller(4));
        assert!(fourth.is_none());
        let _last = queue.enter(Some("dds:5")).unwrap();
        assert_eq!(ask(&queue, &caller(6)).unwrap().unwrap_err(), "OfAll");
        assert_eq!(
            queue.callers().known.len(),
            4,
            "nothing stays of one that was refused"
        );
        drop((waiting, first, more, second, third, _last));
        assert!(queue.callers().known.is_empty());
        assert_eq!(queue.callers().all, 0);
    }

    #[tokio::test]
    async fn callers_that_are_not_told_apart_share_the_turns_of_all() {
        let queue = Queue::new(SIZES);
        let turns: Vec<_> = (0..3)
            .map(|id| ask(&queue, &stranger(id)).unwrap().unwrap())
            .collect();
        assert!(ask(&queue, &stranger(3)).is_none());
        let entries: Vec<_> = (0..7).map(|_| queue.enter(None).unwrap()).collect();
        assert_eq!(ask(&queue, &stranger(4)).unwrap().unwrap_err(), "OfAll");
        assert!(queue.callers().known.is_empty());
        drop((turns, entries));
        assert_eq!(queue.callers().all, 0);
    }
}
