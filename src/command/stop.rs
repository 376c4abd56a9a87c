//! `podbay stop`: tear one launch down.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::watch;

use super::mistakes::explain;
use super::out;
use super::running;
use crate::app::Core;
use crate::bridge::Bridge;
use crate::config::Settings;
use crate::config::cli::{ClusterKind, Stop};
use crate::domain::health::Connection;
use crate::domain::names::Nodes;
use crate::domain::near::nearest;
use crate::http::client;
use crate::http::control::{Done, Launch};

/// Longest that stopping may take before it is reported as stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stops the launch and waits for its end.
pub(super) async fn run(settings: &Settings, stop: Stop) -> Result<u8> {
    match settings.cluster {
        ClusterKind::Embedded => embedded(&stop.launch).await?,
        ClusterKind::Kube => kube(settings, stop.launch).await?,
    }
    Ok(0)
}

async fn embedded(launch: &str) -> Result<()> {
    let mut known = Vec::new();
    for path in running::embedded().await? {
        let launches: Vec<Launch> = running::ask(&path, "/launches").await.unwrap_or_default();
        if launches.iter().any(|one| one.id == launch) {
            let done: Done = client::delete(&path, &format!("/launches/{launch}")).await?;
            out::line(done.message);
            return Ok(());
        }
        known.extend(launches.into_iter().map(|one| one.id));
    }
    bail!(no_launch(launch, &known))
}

/// The ids of launches that run in embedded clusters of this user.
pub(super) async fn running_launches() -> Result<Vec<String>> {
    let mut known = Vec::new();
    for path in running::embedded().await? {
        let launches: Vec<Launch> = running::ask(&path, "/launches").await.unwrap_or_default();
        known.extend(launches.into_iter().map(|one| one.id));
    }
    Ok(known)
}

/// That a launch is not among those that are `known`.
pub(super) fn no_launch(launch: &str, known: &[String]) -> String {
    let near = nearest(launch, known.iter().map(String::as_str));
    match (known, near) {
        ([], _) => format!("there is no launch {launch:?}: none is running"),
        (_, Some(near)) => format!("there is no launch {launch:?}; did you mean {near}?"),
        (known, None) => format!("there is no launch {launch:?}; running: {}", known.join(", ")),
    }
}

async fn kube(settings: &Settings, launch_id: String) -> Result<()> {
    let (_graph, nodes) = watch::channel(Nodes::new());
    let mut core = Core::start(&settings.narrowed(), nodes, Vec::new()).await?;
    let bridge = core.bridge.clone();
    let stopped = core.run(async {
        heard(&bridge).await?;
        bridge
            .stop_and_wait(&launch_id, PATIENCE)
            .await
            .map_err(explain)?;
        out::line(format_args!("launch {launch_id} has ended"));
        anyhow::Ok(())
    });
    let stopped = stopped.await;
    core.stop().await;
    stopped?
}

/// Waits until everything of the cluster is known; fails with the reason when it cannot be.
pub(super) async fn heard(bridge: &Bridge) -> Result<()> {
    let mut model = bridge.model.watch();
    let told = model
        .wait_for(|now| !matches!(now.connection(), Connection::Connecting))
        .await?;
    match told.connection() {
        Connection::Lost { reason, .. } => bail!("{}: {reason}", bridge.cluster.name()),
        _ => Ok(()),
    }
}
