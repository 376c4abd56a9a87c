//! Serves connections, of which anyone may open any number, and use each as slowly as they like.
//!
//! If there are too many connections, a new one replaces the oldest. A probe is therefore answered even if
//! others hold all connections, and quick requests are not affected.

use std::collections::VecDeque;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

/// Limits for the connections of one listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// Number of concurrent connections.
    pub most: usize,
    /// Time for a request's head, and idle time between requests.
    pub head: Duration,
    /// Total time of a connection, also if its reader stops reading.
    pub life: Option<Duration>,
}

impl Connections {
    /// For everyone.
    pub const PUBLIC: Self = Self {
        most: 512,
        head: Duration::from_secs(10),
        life: Some(Duration::from_secs(60)),
    };

    /// For the owner of the private socket, whose requests may take long.
    pub const PRIVATE: Self = Self {
        most: 512,
        head: Duration::from_secs(10),
        life: None,
    };
}

/// Bytes of a request's head. Prometheus and browsers send about one thousand.
const HEAD_BYTES: usize = 16 * 1024;

/// Time for the last reply of a connection whose total time is over.
const LAST_REPLY: Duration = Duration::from_secs(5);

/// Serves `listener` as long as the future is polled.
pub async fn serve<L: Listener>(mut listener: L, router: Router, connections: Connections) {
    let mut open = Open {
        limit: connections.most.max(1),
        tasks: JoinSet::new(),
        handles: VecDeque::new(),
    };
    loop {
        let (stream, _) = listener.accept().await;
        open.add(serve_connection(stream, router.clone(), connections));
    }
}

/// The open connections, oldest first.
struct Open {
    limit: usize,
    tasks: JoinSet<()>,
    handles: VecDeque<AbortHandle>,
}

impl Open {
    fn add(&mut self, connection: impl Future<Output = ()> + Send + 'static) {
        while self.tasks.try_join_next().is_some() {}
        if self.handles.len() >= self.limit {
            self.handles.retain(|handle| !handle.is_finished());
        }
        if self.handles.len() >= self.limit
            && let Some(oldest) = self.handles.pop_front()
        {
            oldest.abort();
        }
        self.handles.push_back(self.tasks.spawn(connection));
    }
}

async fn serve_connection<S>(stream: S, router: Router, connections: Connections)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(connections.head)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let life = connections.life.unwrap_or(Duration::MAX);
    // the result of a connection matters only to its peer
    if timeout(life, connection.as_mut()).await.is_err() {
        connection.as_mut().graceful_shutdown();
        let _ = timeout(LAST_REPLY, connection).await;
    }
}
