//! The tasks of a node, which end with it.

use std::future::Future;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Starts tasks that end when the node is closed or dropped. Copies share them.
#[derive(Clone, Default)]
pub(super) struct Tasks {
    running: TaskTracker,
    stop: CancellationToken,
}

impl Tasks {
    /// Runs `task` until it ends, or the node does.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stop = self.stop.clone();
        self.running.spawn(async move {
            stop.run_until_cancelled(task).await;
        });
    }

    /// Ends all tasks, without waiting for that.
    pub(super) fn stop(&self) {
        self.stop.cancel();
        self.running.close();
    }

    /// Waits until all have ended; see [`stop`](Self::stop).
    pub(super) async fn ended(&self) {
        self.running.wait().await;
    }
}
