//! `podbay status`: pods, their nodes and their health.
//!
//! Of a Kubernetes cluster anyone can tell, who may read it; of the embedded cluster only the podbay it lives
//! in, which is asked through its private socket.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::timeout;

use super::out;
use super::running;
use super::stop::{self, heard};
use super::table;
use crate::app::Core;
use crate::config::Settings;
use crate::config::cli::{ClusterKind, Status};
use crate::config::ros_args::RosArgs;
use crate::domain::record;
use crate::http::control::Pod;
use crate::model::Snapshot;
use crate::ros::Observer;

/// How long the ROS graph is given to show a node that a pod should bring.
const DISCOVERY: Duration = Duration::from_secs(2);

/// Between two looks at the embedded cluster.
const WATCH_PERIOD: Duration = Duration::from_secs(1);

/// Prints the table, once or at every change.
pub(super) async fn run(settings: &Settings, ros: RosArgs, status: Status) -> Result<u8> {
    match settings.cluster {
        ClusterKind::Embedded => embedded(settings, &status).await?,
        ClusterKind::Kube => kube(settings, ros, &status).await?,
    }
    Ok(0)
}

async fn embedded(settings: &Settings, status: &Status) -> Result<()> {
    let mut shown = None;
    loop {
        let sockets = running::embedded().await?;
        if sockets.is_empty() {
            bail!(
                "no podbay with an embedded cluster runs here for this user; start one with: podbay serve --cluster embedded"
            );
        }
        let mut pods: Vec<Pod> = Vec::new();
        for path in sockets {
            pods.extend(running::ask::<Vec<Pod>>(&path, "/pods").await.unwrap_or_default());
        }
        pods.retain(|pod| {
            settings
                .namespace
                .as_ref()
                .is_none_or(|asked| *asked == pod.namespace)
        });
        if !pods.iter().any(|pod| is_asked(pod, status)) {
            expect_launch(status, &stop::running_launches().await?)?;
        }
        show(&mut shown, pods, status);
        if !status.watch {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(WATCH_PERIOD) => {}
            () = out::gone() => return Ok(()),
        }
    }
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
        // Discovery takes a moment; a node that is still missing then is missing.
        let _ = timeout(DISCOVERY, model.wait_for(|now| complete(now))).await;
        let mut shown = None;
        loop {
            let snapshot = model.borrow_and_update().clone();
            let pods: Vec<_> = snapshot.pods().map(|report| Pod::from(&**report)).collect();
            if !pods.iter().any(|pod| is_asked(pod, status)) {
                let launches = snapshot.launches().map(|record| record::launch_id(record));
                expect_launch(status, &launches.map(str::to_owned).collect::<Vec<_>>())?;
            }
            show(&mut shown, pods, status);
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

/// Every node that a pod should bring is there.
fn complete(snapshot: &Snapshot) -> bool {
    snapshot
        .pods()
        .all(|report| report.health.nodes.iter().all(|node| node.present))
}

fn is_asked(pod: &Pod, status: &Status) -> bool {
    status.launch.as_ref().is_none_or(|launch| *launch == pod.launch)
}

/// An empty table would look as if the launch that is asked for had no pods. One that is watched for may come.
fn expect_launch(status: &Status, running: &[String]) -> Result<()> {
    match &status.launch {
        Some(launch) if !status.watch && !running.contains(launch) => bail!(stop::no_launch(launch, running)),
        _ => Ok(()),
    }
}

/// Prints the pods if they are others than those that are `shown`.
fn show(shown: &mut Option<Vec<Pod>>, mut pods: Vec<Pod>, status: &Status) {
    pods.retain(|pod| is_asked(pod, status));
    if shown.as_ref() == Some(&pods) {
        return;
    }
    if shown.is_some() {
        out::line("");
    }
    out::whole(&table::render(&pods));
    *shown = Some(pods);
}
