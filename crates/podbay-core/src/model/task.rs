//! The task that writes the model, and the ways to read it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{broadcast, mpsc, watch};

use super::{Model, Snapshot};
use crate::change::Event;
use crate::health::PodEvent;
use crate::names::Nodes;

/// Steps kept for readers of changes that are behind.
const KEPT_STEPS: usize = 256;

/// Events taken in at once when they come faster than they are published.
const BATCH: usize = 256;

/// For reading the model; clones read the same model.
#[derive(Clone, Debug)]
pub struct Handle {
    snapshot: watch::Receiver<Arc<Snapshot>>,
    steps: broadcast::Sender<Step>,
}

/// What happened from one snapshot to the next.
#[derive(Clone, Debug)]
pub struct Step {
    /// Everything, after the events.
    pub snapshot: Arc<Snapshot>,
    /// What changed about pods; empty when nothing did, or only launches or the connection.
    pub events: Arc<[PodEvent]>,
}

/// Every change from a first snapshot on, in order.
///
/// A reader that falls far behind is given the difference to a later snapshot as one step: it misses what came
/// and went between, never how things stand.
#[derive(Debug)]
pub struct Changes {
    seen: Arc<Snapshot>,
    steps: broadcast::Receiver<Step>,
    /// Steps were dropped since `seen`. Kept here, as a cancelled [`Changes::next`] must not forget it.
    behind: bool,
}

/// A model that is empty, and the task that fills it from `events` and `nodes`. The task ends when no event can
/// come any more.
pub fn new(
    events: mpsc::Receiver<Event>,
    nodes: watch::Receiver<Nodes>,
) -> (Handle, impl Future<Output = ()> + Send + 'static) {
    let (publish, snapshot) = watch::channel(Arc::default());
    let (steps, _) = broadcast::channel(KEPT_STEPS);
    let handle = Handle {
        snapshot,
        steps: steps.clone(),
    };
    let writer = Writer {
        model: Model::default(),
        publish,
        steps,
    };
    (handle, writer.run(events, nodes))
}

impl Handle {
    /// Everything, now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.borrow())
    }

    /// For waiting until something changes.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    /// Every change from now on.
    pub fn changes(&self) -> Changes {
        // subscribing first: a step between the two lines is then known twice rather than not at all, and
        // `next` leaves out what is not newer
        let steps = self.steps.subscribe();
        Changes {
            seen: self.snapshot(),
            steps,
            behind: false,
        }
    }
}

impl Changes {
    /// The last snapshot that was given; at first, the one the changes start from.
    pub fn seen(&self) -> &Arc<Snapshot> {
        &self.seen
    }

    /// The next change; `None` when the model has ended. May be cancelled without losing one.
    pub async fn next(&mut self) -> Option<Step> {
        loop {
            match self.steps.recv().await {
                Ok(step) if step.snapshot.version <= self.seen.version => {}
                Ok(step) => return Some(self.advance(step)),
                Err(broadcast::error::RecvError::Lagged(steps)) => {
                    tracing::debug!(
                        steps,
                        "a reader of the model fell behind; giving it the difference"
                    );
                    self.behind = true;
                }
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    }

    fn advance(&mut self, mut step: Step) -> Step {
        if std::mem::take(&mut self.behind) {
            step.events = self.seen.changes_to(&step.snapshot).into();
        }
        self.seen = Arc::clone(&step.snapshot);
        step
    }
}

struct Writer {
    model: Model,
    publish: watch::Sender<Arc<Snapshot>>,
    steps: broadcast::Sender<Step>,
}

impl Writer {
    async fn run(mut self, mut events: mpsc::Receiver<Event>, mut nodes: watch::Receiver<Nodes>) {
        let mut batch = Vec::new();
        let first = nodes.borrow_and_update().clone();
        self.write(|model, now| model.set_nodes(first, now));
        let mut nodes_live = true;
        loop {
            tokio::select! {
                taken = events.recv_many(&mut batch, BATCH) => {
                    if taken == 0 { return }
                    self.take(&mut batch);
                }
                changed = nodes.changed(), if nodes_live => {
                    nodes_live = changed.is_ok();
                    let nodes = nodes.borrow_and_update().clone();
                    self.write(|model, now| model.set_nodes(nodes, now));
                }
                () = until(self.model.next_due()) => self.write(Model::advance),
            }
        }
    }

    fn take(&mut self, batch: &mut Vec<Event>) {
        self.write(|model, now| {
            batch
                .drain(..)
                .flat_map(|event| model.apply(event, now))
                .collect()
        });
    }

    /// Changes the model and tells everyone.
    fn write(&mut self, change: impl FnOnce(&mut Model, SystemTime) -> Vec<PodEvent>) {
        let events = change(&mut self.model, SystemTime::now());
        let snapshot = self.model.publish();
        let step = Step {
            snapshot: Arc::clone(&snapshot),
            events: events.into(),
        };
        self.publish.send_replace(snapshot);
        // nobody may be listening yet
        let _ = self.steps.send(step);
    }
}

/// Sleeps until `due`, forever without one.
async fn until(due: Option<SystemTime>) {
    match due {
        Some(due) => {
            tokio::time::sleep(due.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)).await
        }
        None => std::future::pending().await,
    }
}
