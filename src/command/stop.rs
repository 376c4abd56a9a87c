//! `podbay stop`: stop one launch and delete everything it created.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::watch;

use super::errors::explain;
use super::out;
use super::running::{Podbay, Running};
use crate::app::Core;
use crate::bridge::Bridge;
use crate::config::Settings;
use crate::config::cli::{ClusterKind, Stop};
use crate::http::client;
use crate::http::control::{Done, Launch};
use crate::operation::{StopLaunch, perform};
use podbay_core::formats::is_label;
use podbay_core::health::Connection;
use podbay_core::names::Nodes;
use podbay_core::request::Caller;
use podbay_text::near::nearest;

/// Longest time for stopping before it is reported as stuck.
const PATIENCE: Duration = Duration::from_secs(60);

/// Stops the launch and waits for its end.
pub(super) async fn run(settings: &Settings, stop: Stop) -> Result<u8> {
    match settings.cluster {
        ClusterKind::Embedded => embedded(&stop.launch).await?,
        ClusterKind::Kube => kube(settings, stop.launch).await?,
    }
    Ok(0)
}

/// Several podbays may have a launch of the same id; all of them are stopped.
async fn embedded(launch: &str) -> Result<()> {
    let mut running = Running::find().await?;
    let launches = launches(&mut running).await;
    let holders: Vec<_> = launches.iter().filter(|(_, id)| id == launch).collect();
    if holders.is_empty() {
        return match still_ending(launch, &running).await {
            Some(done) => {
                out::line(done.message);
                running.silence().map_or(Ok(()), |silence| bail!(silence))
            }
            None => bail!(no_launch(launch, &ids(&launches), running.silence())),
        };
    }
    let mut faults = Vec::new();
    for (podbay, _) in &holders {
        match client::delete::<Done>(&podbay.path, &format!("/launches/{launch}")).await {
            Ok(done) if holders.len() == 1 => out::line(done.message),
            Ok(done) => out::line(format_args!("{} (process {})", done.message, podbay.pid)),
            Err(error) => faults.push(error.to_string()),
        }
    }
    // those that do not answer may have it too
    faults.extend(running.silence());
    match faults.is_empty() {
        true => Ok(()),
        false => bail!(faults.join("\n")),
    }
}

/// The message for a launch that is no longer listed, but whose pods have not ended yet.
async fn still_ending(launch: &str, running: &Running) -> Option<Done> {
    // only a valid id may be part of a request's path
    let podbays = running.podbays.iter().filter(|_| is_label(launch));
    for podbay in podbays {
        if let Ok(done) = client::delete(&podbay.path, &format!("/launches/{launch}")).await {
            return Some(done);
        }
    }
    None
}

/// The launches of each podbay.
pub(super) async fn launches(running: &mut Running) -> Vec<(Podbay, String)> {
    let answers: Vec<(Podbay, Vec<Launch>)> = running.ask("/launches").await;
    let each = answers.into_iter().flat_map(|(podbay, launches)| {
        launches
            .into_iter()
            .map(move |launch| (podbay.clone(), launch.id))
    });
    each.collect()
}

/// The unique ids of `launches`.
pub(super) fn ids(launches: &[(Podbay, String)]) -> Vec<String> {
    let ids: BTreeSet<_> = launches.iter().map(|(_, id)| id.clone()).collect();
    ids.into_iter().collect()
}

/// The error for a launch that is not among `known`; podbays that do not answer may have others.
pub(super) fn no_launch(launch: &str, known: &[String], silence: Option<String>) -> String {
    let near = nearest(launch, known.iter().map(String::as_str));
    let said = match &silence {
        Some(_) => format!("the state of launch {launch:?} is unknown"),
        None => format!("launch {launch:?} not found"),
    };
    let said = match (known, near) {
        ([], _) if silence.is_none() => format!("{said}: no launch is running"),
        ([], _) => said,
        (_, Some(near)) => format!("{said}; did you mean {near}?"),
        (known, None) => format!("{said}; running: {}", known.join(", ")),
    };
    silence.map_or_else(|| said.clone(), |silence| format!("{said}\n{silence}"))
}

async fn kube(settings: &Settings, launch_id: String) -> Result<()> {
    let (_graph, nodes) = watch::channel(Nodes::new());
    let mut core = Core::start(&settings.narrowed(), nodes, Vec::new()).await?;
    let bridge = core.bridge.clone();
    let stopped = core.run(async {
        heard(&bridge).await?;
        stop_and_wait(&bridge, &launch_id).await?;
        out::line(format_args!("launch {launch_id} has ended"));
        anyhow::Ok(())
    });
    let stopped = stopped.await;
    core.stop().await;
    stopped?
}

/// Stops a launch and waits until its pods are gone.
pub(super) async fn stop_and_wait(bridge: &Bridge, launch_id: &str) -> Result<()> {
    let record = bridge.record(launch_id).await.map_err(explain)?;
    let record = record.ok_or_else(|| explain(bridge.unknown_launch(launch_id)))?;
    let launch_id = launch_id.to_owned();
    let stopped = perform(StopLaunch { launch_id }, bridge, &Caller::Local).await;
    stopped.map_err(explain)?;
    bridge.until_ended(&record, PATIENCE).await.map_err(explain)
}

/// Waits until the state of the cluster is complete; fails with the reason if it cannot be.
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
