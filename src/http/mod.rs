//! podbay over HTTP: for Prometheus, probes, browsers, and podbay's own command line.
//!
//! ```text
//!   TCP   --http ADDRESS ──> public:  /metrics  /livez  /readyz  /
//!   unix socket          ──> private: the same, and /pods  /launches, which change things
//! ```
//!
//! Anyone who can reach the TCP port may read; only the owner of the socket may request more.

pub mod client;
pub mod control;
mod page;
mod ready;
mod server;
pub mod socket;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::metrics::Metrics;
use podbay_core::model::Handle;
pub use server::{Connections, serve};

/// Whether a part works; if not, the reason for a person.
pub type Readiness = Result<(), String>;

/// The state that HTTP serves.
#[derive(Clone)]
pub struct View {
    /// The pods, the launches and the connection to the cluster.
    pub model: Handle,
    /// The metrics for `/metrics`.
    pub metrics: Metrics,
    /// Whether the ROS node is in the graph.
    pub ros: watch::Receiver<Readiness>,
    /// Whether podbay still works; if not, only a restart helps.
    pub alive: watch::Receiver<Readiness>,
    /// Name of the cluster, for a person.
    pub cluster: String,
    /// Kind of the cluster, as in `--cluster`.
    pub kind: &'static str,
}

/// Why the HTTP server could not start.
#[derive(Debug, thiserror::Error)]
#[error("cannot serve HTTP on {address}: {error}; choose another address with --http, or --http off")]
pub struct BindError {
    address: SocketAddr,
    error: std::io::Error,
}

/// Opens the TCP port.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, BindError> {
    TcpListener::bind(address)
        .await
        .map_err(|error| BindError { address, error })
}

/// Routes for everyone.
pub fn public(view: View) -> Router {
    Router::new()
        .route("/", get(status))
        .route("/metrics", get(metrics))
        .route("/livez", get(livez))
        .route("/readyz", get(readyz))
        .with_state(view)
}

async fn status(State(view): State<View>) -> Response {
    // the page must not load or run anything
    let policy = (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'",
    );
    let page = page::render(&view.model.snapshot(), &view.cluster);
    ([policy], Html(page)).into_response()
}

async fn metrics(State(view): State<View>) -> Response {
    let snapshot = view.model.snapshot();
    view.metrics
        .watch_connected(ready::watch(snapshot.connection()).is_ok());
    view.metrics.observe(snapshot.pods().map(|report| &**report));
    view.metrics.observe_launches(&snapshot.summaries());
    match view.metrics.render() {
        Ok(text) => (
            [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")],
            text,
        )
            .into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
    }
}

/// Kubernetes restarts podbay if this fails, so it only reports what a restart can fix.
async fn livez(State(view): State<View>) -> Response {
    let alive = view.alive.borrow().clone();
    match alive {
        Ok(()) => "ok\n".into_response(),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")).into_response(),
    }
}

async fn readyz(State(view): State<View>, request: Request) -> Response {
    let alive = view.alive.borrow().clone();
    let ros = alive.and_then(|()| view.ros.borrow().clone());
    let checks = [
        ("ros", ros),
        ("watch", ready::watch(view.model.snapshot().connection())),
    ];
    let verbose = request
        .uri()
        .query()
        .is_some_and(|query| query.split('&').any(|word| word.starts_with("verbose")));
    let (ready, text) = ready::text(&checks, verbose);
    let code = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (code, text).into_response()
}
