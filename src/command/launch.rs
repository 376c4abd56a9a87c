//! `podbay launch`: start, follow, stop everything on Ctrl-C.

use std::sync::Arc;

use anyhow::Result;

use super::follow::{Follow, Outcome};
use super::mistakes::{Misuse, explain};
use super::out;
use super::signals::Signals;
use super::stop::{heard, stop_and_wait};
use crate::app::App;
use crate::bridge::Bridge;
use crate::config::Settings;
use crate::config::cli::{ClusterKind, Launch, Source};
use crate::config::ros_args::RosArgs;
use crate::operation::{LaunchRequest, StartLaunch, Started, perform};
use crate::telemetry;
use podbay_core::launch_id::LaunchId;
use podbay_core::request::Caller;
use podbay_launch_file as launch_file;

/// The person would not wait for the end.
#[derive(Debug, thiserror::Error)]
#[error("interrupted again before everything of {launch_id} had ended; {left}")]
struct InterruptedAgain {
    launch_id: String,
    left: String,
}

impl InterruptedAgain {
    fn new(cluster: ClusterKind, launch_id: String) -> Self {
        let left = match cluster {
            ClusterKind::Kube => format!("podbay stop {launch_id} removes what is left"),
            ClusterKind::Embedded => "its processes were killed".to_owned(),
        };
        Self { launch_id, left }
    }
}

/// Launches and follows. The exit code is 0 unless a process failed.
pub(super) async fn run(settings: &Settings, ros: RosArgs, launch: Launch) -> Result<u8> {
    if launch.detach && settings.cluster == ClusterKind::Embedded {
        let why = "--detach needs --cluster kube: the embedded cluster lives inside podbay and ends with it";
        return Err(Misuse(why.to_owned()).into());
    }
    let request = request(&launch.source, launch.id.clone())?;
    let log = telemetry::start(ros.log_level.as_deref().or(Some("warn")), ros.rosout)?;
    let mut signals = Signals::listen()?;
    let mut app = App::start(&settings.confined(), ros.options, log).await?;
    let bridge = app.bridge().clone();
    let done = app
        .run(session(
            &bridge,
            (settings.cluster, request),
            launch.detach,
            &mut signals,
        ))
        .await;
    match &done {
        Ok(Err(error)) if error.is::<InterruptedAgain>() => app.stop(std::future::ready(())).await,
        _ => app.stop(signals.next()).await,
    }
    done?
}

/// The words of the command line as a request. A relative file is relative to where podbay was called.
pub(super) fn request(source: &Source, id: Option<LaunchId>) -> Result<LaunchRequest> {
    let (package, file, arguments) = source.split().map_err(Misuse)?;
    let source = match package.as_str() {
        "" => launch_file::Source::File(file.into()),
        _ => launch_file::Source::Package { package, file },
    };
    Ok(LaunchRequest {
        launch_id: id,
        arguments,
        ..LaunchRequest::new(source)
    })
}

async fn session(
    bridge: &Arc<Bridge>,
    (cluster, request): (ClusterKind, LaunchRequest),
    detach: bool,
    signals: &mut Signals,
) -> Result<u8> {
    // what cannot be seen could not be followed, nor be known to have ended
    tokio::select! {
        heard = heard(bridge) => heard?,
        () = signals.next() => return Ok(Outcome::Interrupted.exit_code()),
    }
    let start = perform(StartLaunch(request), bridge, &Caller::Local);
    let (started, interrupted) = finish(start, signals).await;
    let Started {
        message,
        launch_id,
        parts,
        problems,
    } = started.map_err(explain)?;
    out::line(format_args!("[podbay] {message}"));
    for problem in problems {
        out::line(format_args!("[podbay] {problem}"));
    }
    if detach && !interrupted {
        out::line(format_args!(
            "[podbay] left running; stop it with: podbay stop {launch_id}"
        ));
        return Ok(0);
    }
    let mut follow = Follow::new(bridge.clone(), parts);
    let outcome = tokio::select! {
        outcome = follow.until_ended(), if !interrupted => outcome,
        () = signals.next(), if !interrupted => Outcome::Interrupted,
        () = out::gone(), if !interrupted => Outcome::Unread,
        else => Outcome::Interrupted,
    };
    // where that cannot be known, stopping it says why
    if matches!(bridge.record(&launch_id).await, Ok(None)) {
        out::line(format_args!("[podbay] {launch_id} was stopped by someone else"));
        return Ok(outcome.exit_code());
    }
    say_why(&outcome, &follow, &launch_id);
    tokio::select! {
        stopped = stop(bridge, &launch_id, &mut follow) => stopped?,
        () = signals.next() => return Err(InterruptedAgain::new(cluster, launch_id).into()),
    }
    Ok(outcome.exit_code())
}

/// Says why the launch ends, and what another Ctrl-C does.
fn say_why(outcome: &Outcome, follow: &Follow, launch_id: &str) {
    let why = match outcome {
        Outcome::Succeeded => "every process has ended".to_owned(),
        Outcome::Failed => format!(
            "every process has ended, with an error: {}",
            follow.failed().join(", ")
        ),
        Outcome::Unread => {
            return out::note(format_args!(
                "nobody reads the output any more; stopping {launch_id}"
            ));
        }
        Outcome::Interrupted => {
            return out::line(format_args!(
                "[podbay] stopping {launch_id} (Ctrl-C again: do not wait for it)"
            ));
        }
    };
    out::line(format_args!("[podbay] {why}; stopping {launch_id}"));
}

/// Lets `work` come to its end whatever is signalled meanwhile: a launch that is broken off half made would be
/// left behind. Says whether something was.
async fn finish<T>(work: impl Future<Output = T>, signals: &mut Signals) -> (T, bool) {
    tokio::pin!(work);
    tokio::select! {
        done = &mut work => return (done, false),
        () = signals.next() => {}
    }
    out::line("[podbay] stopping as soon as the launch is started");
    (work.await, true)
}

async fn stop(bridge: &Bridge, launch_id: &str, follow: &mut Follow) -> Result<()> {
    tokio::select! {
        stopped = stop_and_wait(bridge, launch_id) => stopped?,
        () = follow.forever() => {}
    }
    follow.drain().await;
    out::line(format_args!("[podbay] {launch_id} has ended"));
    Ok(())
}
