//! What podbay serves besides the ROS graph: HTTP and the private socket; and the check that its node still
//! works.

use std::future::Future;

use anyhow::Result;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Core;
use crate::http::{self, Connections, View};
use crate::operation::Calls;
use podbay_config::{Http, Settings};

/// Reports a failed node: on `/livez`, `/readyz`, `podbay status` and in the log.
pub(super) fn watch_node(
    core: &mut Core,
    failed: impl Future<Output = String> + Send + 'static,
    stopping: CancellationToken,
) -> watch::Receiver<http::Readiness> {
    let (report, alive) = watch::channel(Ok(()));
    core.spawn("node", async move {
        let reason = failed.await;
        // leaving the graph also ends the node's threads
        if !stopping.is_cancelled() {
            let reason = format!("{reason}; restart podbay (in Kubernetes, use a liveness probe on /livez)");
            tracing::error!("{reason}");
            drop(report.send_replace(Err(reason)));
        }
        // the cluster side still works, so launches can still be stopped
        std::future::pending().await
    });
    alive
}

/// Serves HTTP, if configured, and the private socket.
pub(super) async fn serve_http(
    settings: &Settings,
    core: &mut Core,
    calls: Calls,
    (ros, alive): (watch::Receiver<http::Readiness>, watch::Receiver<http::Readiness>),
) -> Result<()> {
    let view = View {
        model: core.bridge.model.clone(),
        metrics: core.bridge.metrics.clone(),
        ros,
        alive,
        cluster: core.bridge.cluster.name(),
        kind: settings.cluster.as_str(),
    };
    if let Http::On(address) = settings.http {
        let listener = http::bind(address).await?;
        tracing::info!("HTTP on {address}: /metrics /livez /readyz");
        core.spawn(
            "http",
            http::serve(listener, http::public(view.clone()), Connections::PUBLIC),
        );
    }
    match http::socket::bind(&http::socket::folder()) {
        Ok(socket) => {
            let router = http::control::private(view, calls);
            core.spawn("socket", http::serve(socket, router, Connections::PRIVATE));
        }
        // only `podbay status` and `podbay stop` on this machine need it
        Err(error) => tracing::warn!("{error}"),
    }
    Ok(())
}
