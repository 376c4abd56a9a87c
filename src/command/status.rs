//! `podbay status`: pods, their nodes and their health.
//!
//! A Kubernetes cluster can be read directly; the embedded cluster is part of a podbay, which is asked
//! through its private socket.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::timeout;

use super::out;
use super::running::{Podbay, Running, Silent};
use super::stop::{self, heard};
use super::table::{self, Row};
use crate::app::Core;
use crate::http::control::Pod;
use crate::ros::Observer;
use podbay_config::Settings;
use podbay_config::cli::{ClusterKind, Status};
use podbay_config::ros_args::RosArgs;
use podbay_core::model::Snapshot;
use podbay_core::record;

/// How long to wait for expected nodes to appear in the ROS graph.
const DISCOVERY: Duration = Duration::from_secs(2);

/// Interval for polling the embedded cluster.
const WATCH_PERIOD: Duration = Duration::from_secs(1);

/// How to start a podbay with an embedded cluster.
const NOBODY: &str = "this user runs no podbay with an embedded cluster; start one with: podbay serve --cluster \
     embedded";

/// Prints the table, once or at every change.
pub(super) async fn run(settings: &Settings, ros: RosArgs, status: Status) -> Result<u8> {
    match settings.cluster {
        ClusterKind::Embedded => embedded(settings, &status).await?,
        ClusterKind::Kube => kube(settings, ros, &status).await?,
    }
    Ok(0)
}

async fn embedded(settings: &Settings, status: &Status) -> Result<()> {
    let (mut shown, mut told) = (None, None);
    let mut silent = Silent::default();
    loop {
        let mut running = Running::find_but(&silent).await?;
        let rows = rows(settings, &mut running).await;
        if running.podbays.is_empty() {
            bail!(running.silence().unwrap_or_else(|| NOBODY.to_owned()));
        }
        if !status.watch && !rows.iter().any(|row| is_asked(&row.pod, status)) {
            let known = stop::ids(&stop::launches(&mut running).await);
            expect_launch(settings, status, &known, running.silence())?;
        }
        show(&mut shown, rows, status)?;
        match running.silence() {
            Some(silence) if !status.watch => bail!(silence),
            Some(silence) if told.as_ref() != Some(&silence) => {
                out::warn(&silence);
                told = Some(silence);
            }
            _ if !status.watch => return Ok(()),
            _ => {}
        }
        silent = running.into_silent();
        tokio::select! {
            () = tokio::time::sleep(WATCH_PERIOD) => {}
            () = out::gone() => return Ok(()),
        }
    }
}

/// All pods, with their podbay if there are several.
async fn rows(settings: &Settings, running: &mut Running) -> Vec<Row> {
    let several = running.podbays.len() > 1;
    let replies: Vec<(Podbay, Vec<Pod>)> = running.ask("/pods").await;
    let rows = replies.into_iter().flat_map(|(podbay, pods)| {
        let podbay = if several { podbay.pid } else { String::new() };
        let row = move |pod| Row {
            podbay: podbay.clone(),
            pod,
        };
        pods.into_iter().map(row)
    });
    let shown = settings.narrowed().namespaces;
    rows.filter(|row| shown.is_empty() || shown.contains(&row.pod.namespace))
        .collect()
}

async fn kube(settings: &Settings, ros: RosArgs, status: &Status) -> Result<()> {
    let mut node = ros.options;
    node.name = format!("podbay_status_{}", std::process::id());
    let observer = Observer::open(node).await?;
    let mut core = Core::start(&settings.narrowed(), observer.nodes(), Vec::new()).await?;
    let bridge = core.bridge.clone();
    let mut failed = Box::pin(observer.failed());
    let shown = core.run(async {
        heard(&bridge).await?;
        let mut model = bridge.model.watch();
        // discovery takes a moment; a node that is still missing then is missing
        let _ = timeout(DISCOVERY, model.wait_for(|now| complete(now))).await;
        let mut shown = None;
        loop {
            let snapshot = model.borrow_and_update().clone();
            let rows: Vec<_> = snapshot
                .pods()
                .map(|report| Row::from(Pod::from(&**report)))
                .collect();
            if !rows.iter().any(|row| is_asked(&row.pod, status)) {
                let launches = snapshot.launches().map(|record| record::launch_id(record));
                let launches: Vec<_> = launches.map(str::to_owned).collect();
                expect_launch(settings, status, &launches, None)?;
            }
            show(&mut shown, rows, status)?;
            if !status.watch {
                return anyhow::Ok(());
            }
            tokio::select! {
                changed = model.changed() => changed?,
                reason = &mut failed => bail!("{reason}; start podbay status again"),
                () = out::gone() => return Ok(()),
            }
        }
    });
    let shown = shown.await;
    core.stop().await;
    observer.close().await;
    shown?
}

/// Whether every expected node is in the graph.
fn complete(snapshot: &Snapshot) -> bool {
    snapshot
        .pods()
        .all(|report| report.health.nodes.iter().all(|node| node.present))
}

fn is_asked(pod: &Pod, status: &Status) -> bool {
    status.launch.as_ref().is_none_or(|launch| *launch == pod.launch)
}

/// An empty table would suggest that the launch has no pods. A launch that is watched for may come later.
fn expect_launch(
    settings: &Settings,
    status: &Status,
    running: &[String],
    silence: Option<String>,
) -> Result<()> {
    let namespace = settings.namespace.as_ref().filter(|_| settings.namespace_given);
    match (&status.launch, namespace) {
        _ if status.watch => Ok(()),
        (Some(launch), _) if !running.contains(launch) => bail!(stop::no_launch(launch, running, silence)),
        (Some(launch), Some(namespace)) => bail!("launch {launch:?} has no pods in namespace {namespace:?}"),
        _ => Ok(()),
    }
}

/// Prints the pods if they differ from those already `shown`.
fn show(shown: &mut Option<Vec<Row>>, mut rows: Vec<Row>, status: &Status) -> Result<()> {
    rows.retain(|row| is_asked(&row.pod, status));
    if shown.as_ref() == Some(&rows) {
        return Ok(());
    }
    if shown.is_some() {
        out::line("");
    }
    out::whole(&table::render(&rows))?;
    *shown = Some(rows);
    Ok(())
}
