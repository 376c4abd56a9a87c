//! Who may evaluate at one time. Callers from the ROS graph share a few places, of which each has one at most, so
//! that one whose evaluations hang waits for itself; the local user has places that nobody else takes.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::domain::request::{Caller, Refusal};

/// Evaluations of the local user at one time.
const LOCAL: usize = 2;

/// Evaluations of callers from the ROS graph at one time.
const GRAPH: usize = 4;

/// Evaluations that one caller may have at work or waiting.
const OF_ONE: usize = 4;

/// Evaluations of all callers that may be at work or waiting.
const OF_ALL: usize = 32;

/// How long one may wait for a place.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone)]
pub(super) struct Places {
    local: Arc<Semaphore>,
    graph: Arc<Semaphore>,
    callers: Arc<Mutex<Callers>>,
    patience: Duration,
}

type Callers = BTreeMap<String, Queue>;

/// What one caller has at work or waiting.
struct Queue {
    turn: Arc<Semaphore>,
    length: usize,
}

/// A place, until it is dropped.
pub(super) struct Place {
    _permits: Vec<OwnedSemaphorePermit>,
    _entry: Option<Entry>,
}

/// An entry in a caller's queue.
struct Entry {
    callers: Arc<Mutex<Callers>>,
    id: String,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            local: Arc::new(Semaphore::new(LOCAL)),
            graph: Arc::new(Semaphore::new(GRAPH)),
            callers: Arc::default(),
            patience: PATIENCE,
        }
    }
}

impl Places {
    /// Waits for a place, but not behind everybody and not for ever.
    pub(super) async fn enter(&self, caller: &Caller) -> Result<Place, Refusal> {
        let (turns, entry) = match caller {
            Caller::Local => (vec![self.local.clone()], None),
            Caller::Graph(client) => {
                let (own, entry) = self.queue(&client.id)?;
                (vec![own, self.graph.clone()], Some(entry))
            }
        };
        let local = entry.is_none();
        let waiting = async {
            let mut permits = Vec::new();
            for turn in turns {
                // never closed
                permits.extend(turn.acquire_owned().await.ok());
            }
            permits
        };
        let permits = match local {
            true => waiting.await,
            false => timeout(self.patience, waiting)
                .await
                .map_err(|_| busy("for a minute"))?,
        };
        Ok(Place {
            _permits: permits,
            _entry: entry,
        })
    }

    fn queue(&self, id: &str) -> Result<(Arc<Semaphore>, Entry), Refusal> {
        let mut callers = lock(&self.callers);
        let all: usize = callers.values().map(|queue| queue.length).sum();
        let own = callers.get(id).map_or(0, |queue| queue.length);
        if own >= OF_ONE || all >= OF_ALL {
            let whose = if own >= OF_ONE {
                "of this caller"
            } else {
                "of all callers"
            };
            return Err(busy(whose));
        }
        let queue = callers.entry(id.to_owned()).or_insert_with(|| Queue {
            turn: Arc::new(Semaphore::new(1)),
            length: 0,
        });
        queue.length += 1;
        let entry = Entry {
            callers: self.callers.clone(),
            id: id.to_owned(),
        };
        Ok((queue.turn.clone(), entry))
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut callers = lock(&self.callers);
        let Some(queue) = callers.get_mut(&self.id) else {
            return;
        };
        queue.length -= 1;
        if queue.length == 0 {
            callers.remove(&self.id);
        }
    }
}

fn lock(callers: &Mutex<Callers>) -> MutexGuard<'_, Callers> {
    callers.lock().unwrap_or_else(PoisonError::into_inner)
}

fn busy(how: &str) -> Refusal {
    Refusal::from(format!(
        "evaluations by ROS's own engine keep podbay busy ({how}); ask again once they have ended"
    ))
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    fn caller(id: usize) -> Caller {
        Caller::Graph(format!("dds:{id}").into())
    }

    #[tokio::test]
    async fn one_that_hangs_waits_for_itself_only() {
        let places = Places::default();
        let hangs = places.enter(&caller(0)).await.unwrap();
        let one = caller(0);
        let mut second = Box::pin(places.enter(&one));
        assert!((&mut second).now_or_never().is_none());
        for other in 1..GRAPH {
            assert!(places.enter(&caller(other)).now_or_never().is_some(), "{other}");
        }
        drop(hangs);
        assert!(second.now_or_never().is_some());
    }

    #[tokio::test]
    async fn the_local_user_has_places_of_its_own() {
        let places = Places::default();
        let mut taken = Vec::new();
        for id in 0..GRAPH {
            taken.push(places.enter(&caller(id)).await.unwrap());
        }
        assert!(places.enter(&caller(GRAPH)).now_or_never().is_none());
        assert!(places.enter(&Caller::Local).now_or_never().is_some());
    }

    #[tokio::test]
    async fn queues_end() {
        let places = Places::default();
        let one = caller(0);
        let mut waiting: Vec<_> = (0..OF_ONE).map(|_| Box::pin(places.enter(&one))).collect();
        let first: Vec<_> = waiting
            .iter_mut()
            .map(|one| one.as_mut().now_or_never())
            .collect();
        let refused = places.enter(&caller(0)).now_or_never().unwrap();
        assert!(refused.is_err_and(|refusal| refusal.message.contains("of this caller")));
        drop((waiting, first));
        assert!(lock(&places.callers).is_empty());
        assert!(
            places
                .enter(&caller(0))
                .now_or_never()
                .is_some_and(|place| place.is_ok())
        );
    }

    #[tokio::test]
    async fn nobody_waits_for_ever() {
        let places = Places {
            patience: Duration::from_millis(1),
            ..Places::default()
        };
        let _hangs = places.enter(&caller(0)).await.unwrap();
        let refused = places.enter(&caller(0)).await;
        assert!(refused.is_err_and(|refusal| refusal.message.contains("for a minute")));
    }
}
