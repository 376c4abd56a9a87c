//! What podbay serves beside the ROS graph: HTTP, the private socket, and whether its node still works.

use std::future::Future;

use anyhow::Result;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::Core;
use crate::config::{Http, Settings};
use crate::http::{self, Connections, View};
use crate::operation::Calls;

/// Says when the node has failed: `/livez`, `/readyz`, `podbay status` and the log.
pub(super) fn watch_node(
    core: &mut Core,
    failed: impl Future<Output = String> + Send + 'static,
    stopping: CancellationToken,
) -> watch::Receiver<http::Readiness> {
    let (tell, alive) = watch::channel(Ok(()));
    core.spawn("node", async move {
        let reason = failed.await;
        // A node that leaves the graph ends its threads as one that breaks does.
        if !stopping.is_cancelled() {
            let reason = format!("{reason}; restart podbay (in Kubernetes, a liveness probe of /livez does)");
            tracing::error!("{reason}");
            drop(tell.send_replace(Err(reason)));
        }
        // The cluster's side still works, and a launch can still be stopped.
        std::future::pending().await
    });
    alive
}

/// Serves HTTP where it is asked for, and the private socket.
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
        // Only `podbay status` and `podbay stop` on this machine need it.
        Err(error) => tracing::warn!("{error}"),
    }
    Ok(())
}
