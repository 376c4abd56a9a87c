//! `podbay serve`: the daemon.

use anyhow::Result;

use super::signals::Signals;
use crate::app::App;
use crate::telemetry;
use podbay_config::ros_args::RosArgs;
use podbay_config::{DEFAULT_HTTP, Http, Settings};

/// Serves until a signal ends it.
pub(super) async fn run(mut settings: Settings, ros: RosArgs) -> Result<u8> {
    if settings.http == Http::Unsaid {
        settings.http = Http::On(DEFAULT_HTTP);
    }
    let log = telemetry::start(telemetry::Options {
        level: ros.log_level.as_deref(),
        rosout: ros.rosout,
        timed: true,
    })?;
    let mut signals = Signals::listen()?;
    let node = ros.options.fully_qualified_name();
    let mut app = tokio::select! {
        app = App::start(&settings, ros.options, log) => app?,
        signal = signals.next() => {
            tracing::info!("{signal}: stopping");
            return Ok(0);
        }
    };
    let cluster = &app.bridge().cluster;
    tracing::info!(
        "podbay {} joined the ROS graph as {node} ({}, default namespace {})",
        env!("CARGO_PKG_VERSION"),
        cluster.name(),
        cluster.default_namespace()
    );
    let ended = app.run(signals.next()).await;
    if let Ok(signal) = ended {
        tracing::info!("{signal}: stopping");
    }
    let again = async {
        let signal = signals.next().await;
        tracing::warn!("{signal} again: not waiting for what has not ended");
    };
    app.stop(again).await;
    ended.map(|_| 0)
}
