//! `podbay launch`: start, follow, stop everything on Ctrl-C.

use std::sync::Arc;

use anyhow::{Error, Result, anyhow};

use super::errors::{Malformed, Misuse, explain};
use super::follow::{Follow, LaunchEnd};
use super::out;
use super::signals::Signals;
use super::stop::{Stopped, heard, stop_and_wait};
use crate::app::App;
use crate::bridge::Bridge;
use crate::operation::{LaunchRequest, StartLaunch, Started, perform};
use crate::telemetry;
use podbay_config::Settings;
use podbay_config::cli::{ClusterKind, Launch, Source};
use podbay_config::ros_args::RosArgs;
use podbay_core::launch_id::LaunchId;
use podbay_core::part::Part;
use podbay_core::request::Caller;
use podbay_launch_file as launch_file;

/// The user did not wait for the end.
#[derive(Debug, thiserror::Error)]
#[error("interrupted again before {launch_id} had ended; {left}")]
struct InterruptedAgain {
    launch_id: String,
    left: String,
}

/// What remains of a launch whose end podbay has not seen.
fn left(settings: &Settings, launch_id: &str) -> String {
    match settings.cluster {
        ClusterKind::Embedded => "its processes end with podbay".to_owned(),
        ClusterKind::Kube => format!("clean up with: {}", help(settings, launch_id)),
    }
}

/// The error of a second Ctrl-C, the only one that ends the embedded cluster without grace.
fn interrupted_again(settings: &Settings, launch_id: &str) -> InterruptedAgain {
    let left = match settings.cluster {
        ClusterKind::Embedded => "its processes were killed".to_owned(),
        ClusterKind::Kube => left(settings, launch_id),
    };
    InterruptedAgain {
        launch_id: launch_id.to_owned(),
        left,
    }
}

/// The command that stops the launch, for the current shell.
fn help(settings: &Settings, launch_id: &str) -> String {
    let mut command = format!("podbay stop {launch_id}");
    for (option, value) in [
        ("--context", &settings.context),
        ("--namespace", &settings.namespace),
    ] {
        // no argument can contain a NUL
        if let Some(value) = value.as_deref().and_then(|value| shlex::try_quote(value).ok()) {
            command.push_str(&format!(" {option} {value}"));
        }
    }
    command
}

/// Starts a launch and follows it. The exit code is 0 unless a process failed.
pub(super) async fn run(settings: &Settings, ros: RosArgs, launch: Launch) -> Result<u8> {
    if launch.detach && settings.cluster == ClusterKind::Embedded {
        let why = "--detach needs --cluster kube: the embedded cluster ends with podbay";
        return Err(Misuse(why.to_owned()).into());
    }
    let mut request = request(&launch.source, launch.id.clone())?;
    // chosen here, so that every message can name it
    let launch_id = request.id();
    request.launch_id = Some(launch_id.clone());
    let launch_id = launch_id.to_string();
    let log = telemetry::start(telemetry::Options {
        level: ros.log_level.as_deref().or(Some("warn")),
        rosout: ros.rosout,
        timed: false,
    })?;
    let mut signals = Signals::listen()?;
    let confined = settings.confined();
    let mut app = tokio::select! {
        app = App::start(&confined, ros.options, log) => app?,
        _ = signals.next() => return Ok(LaunchEnd::Interrupted.exit_code()),
    };
    let session = Session {
        bridge: app.bridge().clone(),
        settings,
        launch_id: launch_id.clone(),
    };
    let done = app.run(session.run(request, launch.detach, &mut signals)).await;
    let again = async {
        signals.next().await;
    };
    match &done {
        Ok(Err(error)) if error.is::<InterruptedAgain>() => app.stop(std::future::ready(())).await,
        _ => app.stop(again).await,
    }
    // the error that ended podbay's own tasks has not changed the launch
    done.map_err(|error| anyhow!("{error:#}; {}", left(settings, &launch_id)))?
}

/// Converts the command line to a request. A relative file is relative to the current folder.
pub(super) fn request(source: &Source, id: Option<LaunchId>) -> Result<LaunchRequest> {
    let (package, file, arguments) = source.split().map_err(Malformed)?;
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

/// One launch, from its start to its end.
struct Session<'a> {
    bridge: Arc<Bridge>,
    settings: &'a Settings,
    launch_id: String,
}

impl Session<'_> {
    async fn run(&self, request: LaunchRequest, detach: bool, signals: &mut Signals) -> Result<u8> {
        // pods that cannot be seen cannot be followed, nor known to have ended
        tokio::select! {
            heard = heard(&self.bridge) => heard?,
            _ = signals.next() => return Ok(LaunchEnd::Interrupted.exit_code()),
        }
        let (parts, interrupted) = self.start(request, signals).await?;
        let id = &self.launch_id;
        if detach && !interrupted {
            let help = help(self.settings, id);
            out::line(format_args!("[podbay] left running; stop it with: {help}"));
            return Ok(0);
        }
        let mut follow = Follow::new(self.bridge.clone(), parts);
        let end = tokio::select! {
            // a signal may be why the output counts as no longer read
            biased;
            _ = signals.next(), if !interrupted => LaunchEnd::Interrupted,
            () = out::gone(), if !interrupted => LaunchEnd::Unread,
            end = follow.until_ended(), if !interrupted => end,
            else => LaunchEnd::Interrupted,
        };
        // if that cannot be determined, stopping reports why
        if matches!(self.bridge.record(id).await, Ok(None)) {
            out::line(format_args!(
                "[podbay] launch {id} was stopped by another request"
            ));
            return Ok(end.exit_code());
        }
        say_why(&end, &follow, id);
        tokio::select! {
            stopped = stop(&self.bridge, id, &mut follow) => {
                stopped.map_err(|error| anyhow!("{error:#}; {}", left(self.settings, id)))?;
            }
            _ = signals.next() => return Err(self.interrupted_again()),
        }
        Ok(end.exit_code())
    }

    /// What was started, and whether the user requested the end meanwhile. The first signal does not abort
    /// it: a half-created launch would be left behind.
    async fn start(&self, request: LaunchRequest, signals: &mut Signals) -> Result<(Vec<Part>, bool)> {
        let start = perform(StartLaunch(request), &self.bridge, &Caller::Local);
        tokio::pin!(start);
        let mut interrupted = false;
        let started = loop {
            tokio::select! {
                started = &mut start => break started,
                _ = signals.next() => {
                    if std::mem::replace(&mut interrupted, true) {
                        return Err(self.interrupted_again());
                    }
                    out::line("[podbay] stopping as soon as the launch has started (press Ctrl-C again to quit \
                         without waiting)");
                }
            }
        };
        let Started {
            message,
            parts,
            problems,
            ..
        } = started.map_err(explain)?;
        out::line(format_args!("[podbay] {message}"));
        out::problems(&problems);
        Ok((parts, interrupted))
    }

    fn interrupted_again(&self) -> Error {
        interrupted_again(self.settings, &self.launch_id).into()
    }
}

/// Prints why the launch ends, and what another Ctrl-C does.
fn say_why(end: &LaunchEnd, follow: &Follow, launch_id: &str) {
    let why = match end {
        LaunchEnd::Succeeded => "every process has ended".to_owned(),
        LaunchEnd::Failed => format!(
            "every process has ended, with an error: {}",
            follow.failed().join(", ")
        ),
        LaunchEnd::Unread => {
            return out::aside(format_args!("the output is no longer read; stopping {launch_id}"));
        }
        LaunchEnd::Interrupted => {
            return out::line(format_args!(
                "[podbay] stopping {launch_id} (press Ctrl-C again to quit without waiting)"
            ));
        }
    };
    out::line(format_args!("[podbay] {why}; stopping {launch_id}"));
}

async fn stop(bridge: &Bridge, launch_id: &str, follow: &mut Follow) -> Result<()> {
    let stopped = tokio::select! {
        stopped = stop_and_wait(bridge, launch_id) => stopped?,
        never = follow.forever() => match never {},
    };
    follow.drain().await;
    match stopped {
        Stopped::Ended => out::line(format_args!("[podbay] {launch_id} has ended")),
        Stopped::Before(message) => out::line(format_args!("[podbay] {message}")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use podbay_config::cli::Cli;

    #[test]
    fn what_is_left_is_named_with_the_command_that_removes_it() {
        let settings = |words: &[&str]| {
            let cli = Cli::try_parse_from([&["podbay", "serve"], words].concat()).unwrap();
            Settings::new(&cli.common).unwrap()
        };
        let left = |words: &[&str]| left(&settings(words), "demo");
        assert_eq!(left(&[]), "clean up with: podbay stop demo");
        assert_eq!(
            left(&["--namespace", "lab", "--context", "me@the lab"]),
            "clean up with: podbay stop demo --context 'me@the lab' --namespace lab"
        );
    }

    #[test]
    fn processes_are_said_to_be_killed_only_after_a_second_interrupt() {
        let cli = Cli::try_parse_from(["podbay", "serve", "--cluster", "embedded"]).unwrap();
        let settings = Settings::new(&cli.common).unwrap();
        assert_eq!(left(&settings, "demo"), "its processes end with podbay");
        assert_eq!(
            interrupted_again(&settings, "demo").to_string(),
            "interrupted again before demo had ended; its processes were killed"
        );
    }
}
