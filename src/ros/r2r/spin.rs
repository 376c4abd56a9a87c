//! The thread that an rcl node lives on: it spins, and between two turns does what others want of the node.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Weak};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use futures::{FutureExt, Stream, StreamExt};
use tokio::sync::mpsc;

/// Longest turn in which nothing comes: so long may a new endpoint wait.
const TURN: Duration = Duration::from_millis(50);
/// Endpoints come in bunches: how long the next one is waited for before the node spins again.
const BUNCH: Duration = Duration::from_millis(2);
/// Work, or elements of a stream, that may wait.
const WAITING: usize = 16;

/// What lives on the thread.
pub(super) struct Spun {
    pub(super) node: r2r::Node,
    drains: Vec<Drain>,
}

type Work = Box<dyn FnOnce(&mut Spun) + Send>;
/// Passes on what came in a turn; false when nobody wants it any more.
type Drain = Box<dyn FnMut() -> bool + Send>;

/// Spins a node until dropped.
pub(super) struct Spinner {
    work: SyncSender<Work>,
    thread: JoinHandle<()>,
    /// Gone when the thread is.
    alive: Weak<()>,
}

/// The thread has ended, which it does only when r2r panics.
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

    /// What `ask` gets from the node. Blocks for [`TURN`] at most.
    pub(super) fn with<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Spun) -> T + Send + 'static,
    ) -> Result<T, Ended> {
        let (done, answer) = sync_channel(1);
        let work: Work = Box::new(move |spun| drop(done.send(ask(spun))));
        self.work.send(work).map_err(|_| Ended)?;
        answer.recv().map_err(|_| Ended)
    }

    /// Tells, whenever it is called, whether the thread is there.
    pub(super) fn pulse(&self) -> impl Fn() -> Result<(), String> + Send + 'static + use<> {
        let alive = Weak::clone(&self.alive);
        move || match alive.strong_count() {
            0 => Err(Ended.to_string()),
            _ => Ok(()),
        }
    }

    /// Ends the thread, and with it the node and its endpoints. Blocks until they are gone.
    pub(super) fn end(self) {
        let Self { work, thread, .. } = self;
        drop(work);
        if thread.join().is_err() {
            tracing::warn!("left the ROS graph without a proper good-bye");
        }
    }
}

impl Spun {
    /// Nothing of `stream` gets lost: r2r drops the eleventh element that waits, so the thread that makes them
    /// passes them on before it makes more, and waits itself when the receiver is slow.
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
