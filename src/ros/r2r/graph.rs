//! Tracks the nodes in the ROS graph. r2r has no call for it, so a separate small node asks rcl.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::sync::watch;

use super::rcl::{Context, Observer};
use podbay_core::names::Nodes;

/// How often rcl is asked.
const PERIOD: Duration = Duration::from_millis(200);

/// Tracks the set of nodes until dropped.
pub(super) struct Graph {
    nodes: watch::Receiver<Nodes>,
    stop: SyncSender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Graph {
    /// Observes from a node in `namespace`.
    pub(super) fn watch(namespace: &str) -> Self {
        let (known, nodes) = watch::channel(Nodes::default());
        let (stop, stopped) = sync_channel(0);
        let namespace = namespace.to_owned();
        let look = move || {
            if let Err(error) = run(&namespace, &known, &stopped) {
                tracing::error!(error, "cannot list the ROS nodes");
            }
        };
        let thread = thread::Builder::new().name("rcl-graph".to_owned()).spawn(look);
        let thread = thread
            .inspect_err(|error| tracing::error!(%error, "cannot list the ROS nodes"))
            .ok();
        Self { nodes, stop, thread }
    }

    /// The nodes in the graph.
    pub(super) fn nodes(&self) -> watch::Receiver<Nodes> {
        self.nodes.clone()
    }

    /// Leaves the graph; blocks until done.
    pub(super) fn end(self) {
        drop(self.stop);
        if self.thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::warn!("left the ROS graph without notifying its peers");
        }
    }
}

fn run(namespace: &str, known: &watch::Sender<Nodes>, stopped: &Receiver<()>) -> Result<(), String> {
    let observer = Observer::open(Context::open()?, namespace)?;
    while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
        let nodes = observer.nodes()?;
        known.send_if_modified(|known| {
            let changed = *known != nodes;
            *known = nodes;
            changed
        });
    }
    Ok(())
}
