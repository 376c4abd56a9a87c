//! The task that writes the model, and the handles that read it.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::{broadcast, mpsc, watch};

use super::{Model, Snapshot};
use crate::change::Event;
use crate::health::PodEvent;
use crate::names::Nodes;

/// Steps kept for readers that are behind.
const KEPT_STEPS: usize = 256;

/// Events applied at once when they arrive faster than they are published.
const BATCH: usize = 256;

/// Handle for reading the model. Clones read the same model.
#[derive(Clone, Debug)]
pub struct Handle {
    snapshot: watch::Receiver<Arc<Snapshot>>,
    steps: broadcast::Sender<Step>,
}

/// The change from one snapshot to the next.
#[derive(Clone, Debug)]
pub struct Step {
    /// The state after the events.
    pub snapshot: Arc<Snapshot>,
    /// Changes of pods; empty if only launches or the connection changed.
    pub events: Arc<[PodEvent]>,
}

/// All changes since a first snapshot, in order.
///
/// A reader that is far behind gets the difference to a later snapshot as one step: it misses what came and
/// went in between, but never the resulting state.
#[derive(Debug)]
pub struct Changes {
    seen: Arc<Snapshot>,
    steps: broadcast::Receiver<Step>,
    /// Steps were dropped since `seen`. A field, so that a cancelled [`Changes::next`] does not lose it.
    behind: bool,
}

/// An empty model, and the task that fills it from `events` and `nodes`. The task ends when no more events
/// can arrive.
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
    /// The current state.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.borrow())
    }

    /// For waiting until something changes.
    pub fn watch(&self) -> watch::Receiver<Arc<Snapshot>> {
        self.snapshot.clone()
    }

    /// Every change from now on.
    pub fn changes(&self) -> Changes {
        // subscribe first: a step between the two lines is then seen twice rather than not at all, and `next`
        // skips steps that are not newer
        let steps = self.steps.subscribe();
        Changes {
            seen: self.snapshot(),
            steps,
            behind: false,
        }
    }
}

impl Changes {
    /// The last returned snapshot; at first, the one from which the changes start.
    pub fn seen(&self) -> &Arc<Snapshot> {
        &self.seen
    }

    /// The next change; `None` when the model has ended. Cancel-safe.
    pub async fn next(&mut self) -> Option<Step> {
        loop {
            match self.steps.recv().await {
                Ok(step) if step.snapshot.version <= self.seen.version => {}
                Ok(step) => return Some(self.advance(step)),
                Err(broadcast::error::RecvError::Lagged(steps)) => {
                    tracing::debug!(
                        steps,
                        "a reader of the model is behind; sending it the difference"
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

    /// Changes the model and notifies all readers.
    fn write(&mut self, change: impl FnOnce(&mut Model, SystemTime) -> Vec<PodEvent>) {
        let events = change(&mut self.model, SystemTime::now());
        let snapshot = self.model.publish();
        let step = Step {
            snapshot: Arc::clone(&snapshot),
            events: events.into(),
        };
        self.publish.send_replace(snapshot);
        // there may be no readers yet
        let _ = self.steps.send(step);
    }
}

/// Sleeps until `due`; forever if there is none.
async fn until(due: Option<SystemTime>) {
    match due {
        Some(due) => {
            tokio::time::sleep(due.duration_since(SystemTime::now()).unwrap_or(Duration::ZERO)).await
        }
        None => std::future::pending().await,
    }
}
