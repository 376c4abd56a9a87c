//! `podbay serve`: the daemon.

use anyhow::Result;

use super::signals::Signals;
use crate::app::App;
use crate::config::Settings;
use crate::config::ros_args::RosArgs;
use crate::telemetry;

/// Serves until it is told to end.
pub(super) async fn run(settings: &Settings, ros: RosArgs) -> Result<u8> {
    let log = telemetry::start(ros.log_level.as_deref());
    let mut signals = Signals::listen()?;
    let mut app = App::start(settings, ros.options, log).await?;
    let ended = app.run(signals.next()).await;
    tracing::info!("stopping");
    app.stop().await;
    ended.map(|()| 0)
}
