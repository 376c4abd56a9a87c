//! The thread of an rcl node: it spins the node, and runs work for others between two turns.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc;

/// Longest turn without events, and thus the longest wait for a new endpoint.
const TURN: Duration = Duration::from_millis(50);
/// Endpoints are created in bunches: how long to wait for the next one before spinning again.
const BUNCH: Duration = Duration::from_millis(2);
/// Queue length of work, and of stream elements.
const WAITING: usize = 16;

/// The state on the thread.
pub(super) struct Spun {
    pub(super) node: r2r::Node,
    drains: Vec<Drain>,
}

type Work = Box<dyn FnOnce(&mut Spun) + Send>;
/// Forwards what arrived in a turn; false when the receiver is gone.
type Drain = Box<dyn FnMut() -> bool + Send>;

/// Spins a node until dropped.
pub(super) struct Spinner {
    work: SyncSender<Work>,
    thread: JoinHandle<()>,
    /// Gone when the thread has ended.
    alive: Weak<()>,
}

/// The thread has ended, which happens only if r2r panics.
#[derive(Debug, thiserror::Error)]
#[error("the thread of the ROS node has ended")]
pub(super) struct Ended;

impl Spinner {
    pub(super) fn start(node: r2r::Node) -> std::io::Result<Self> {
        let (work, todo) = sync_channel(WAITING);
        let held = Arc::new(());
        let alive = Arc::downgrade(&held);
        let thread = thread::Builder::new().name("rcl".to_owned()).spawn(move || {
            let _held = held;
            run(node, &todo);
        })?;
        Ok(Self { work, thread, alive })
    }

    /// Runs `ask` on the node and returns its result. Blocks for [`TURN`] at most.
    pub(super) fn with<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Spun) -> T + Send + 'static,
    ) -> Result<T, Ended> {
        let (done, reply) = sync_channel(1);
        let work: Work = Box::new(move |spun| drop(done.send(ask(spun))));
        self.work.send(work).map_err(|_| Ended)?;
        reply.recv().map_err(|_| Ended)
    }

    /// A function that checks whether the thread exists.
    pub(super) fn pulse(&self) -> impl Fn() -> Result<(), String> + Send + 'static + use<> {
        let alive = Weak::clone(&self.alive);
        move || match alive.strong_count() {
            0 => Err(Ended.to_string()),
            _ => Ok(()),
        }
    }

    /// Ends the thread, and thus the node and its endpoints. Blocks until they are gone.
    pub(super) fn end(self) {
        let Self { work, thread, .. } = self;
        drop(work);
        if thread.join().is_err() {
            tracing::warn!("left the ROS graph without notifying its peers");
        }
    }
}

impl Spun {
    /// Loses nothing of `stream`: r2r drops the eleventh waiting element, so the thread forwards elements
    /// before it produces more, and waits if the receiver is slow.
    pub(super) fn keep<T: Send + 'static>(
        &mut self,
        mut stream: impl Stream<Item = T> + Unpin + Send + 'static,
    ) -> mpsc::Receiver<T> {
        let (to, kept) = mpsc::channel(WAITING);
        self.drains.push(Box::new(move || {
            let mut next = || stream.next().now_or_never().flatten();
            std::iter::from_fn(&mut next).all(|it| to.blocking_send(it).is_ok())
        }));
        kept
    }

    fn turn(&mut self) {
        self.node.spin_once(TURN);
        self.drains.retain_mut(|drain| drain());
    }
}

fn run(node: r2r::Node, todo: &Receiver<Work>) {
    let drains = Vec::new();
    let mut spun = Spun { node, drains };
    let mut patience = Duration::ZERO;
    loop {
        patience = match todo.recv_timeout(patience) {
            Ok(work) => {
                work(&mut spun);
                BUNCH
            }
            Err(RecvTimeoutError::Timeout) => {
                spun.turn();
                Duration::ZERO
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
    }
}
