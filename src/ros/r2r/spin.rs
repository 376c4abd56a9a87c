//! The thread that an rcl node lives on: it spins, and between two turns does what others want of the node.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// Longest turn in which nothing comes: so long may a new endpoint wait.
const TURN: Duration = Duration::from_millis(50);
/// Endpoints come in bunches: how long the next one is waited for before the node spins again.
const BUNCH: Duration = Duration::from_millis(2);
/// Work that may wait.
const WAITING: usize = 16;

type Work = Box<dyn FnOnce(&mut r2r::Node) + Send>;

/// Spins a node until dropped.
pub(super) struct Spinner {
    work: SyncSender<Work>,
    thread: JoinHandle<()>,
}

/// The thread has ended, which it does only when r2r panics.
#[derive(Debug, thiserror::Error)]
#[error("the thread of the ROS node has ended")]
pub(super) struct Ended;

impl Spinner {
    pub(super) fn start(node: r2r::Node) -> std::io::Result<Self> {
        let (work, todo) = sync_channel(WAITING);
        let thread = thread::Builder::new()
            .name("rcl".to_owned())
            .spawn(move || run(node, &todo))?;
        Ok(Self { work, thread })
    }

    /// What `ask` gets from the node. Blocks for [`TURN`] at most.
    pub(super) fn with<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut r2r::Node) -> T + Send + 'static,
    ) -> Result<T, Ended> {
        let (done, answer) = sync_channel(1);
        let work: Work = Box::new(move |node| drop(done.send(ask(node))));
        self.work.send(work).map_err(|_| Ended)?;
        answer.recv().map_err(|_| Ended)
    }

    /// Ends the thread, and with it the node and its endpoints. Blocks until they are gone.
    pub(super) fn end(self) {
        let Self { work, thread } = self;
        drop(work);
        if thread.join().is_err() {
            tracing::warn!("left the ROS graph without a proper good-bye");
        }
    }
}

fn run(mut node: r2r::Node, todo: &Receiver<Work>) {
    let mut patience = Duration::ZERO;
    loop {
        patience = match todo.recv_timeout(patience) {
            Ok(work) => {
                work(&mut node);
                BUNCH
            }
            Err(RecvTimeoutError::Timeout) => {
                node.spin_once(TURN);
                Duration::ZERO
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
    }
}
