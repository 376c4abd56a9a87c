//! `podbay stop`: stop one launch and delete everything it created.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::{Result, bail};
use tokio::sync::watch;

use super::errors::explain;
use super::out;
use super::running::{Podbay, Running, Unstopped};
use crate::app::Core;
use crate::bridge::Bridge;
use crate::http::control::{Done, Launch};
use crate::operation::{self, StopLaunch, perform};
use podbay_config::Settings;
use podbay_config::cli::{ClusterKind, Stop};
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
        let (done, mut unknown) = still_ending(launch, &running.podbays).await;
        unknown.extend(running.silence());
        let unknown = (!unknown.is_empty()).then(|| unknown.join("\n"));
        return match done {
            Some(done) => {
                out::line(done.message);
                unknown.map_or(Ok(()), |unknown| bail!(unknown))
            }
            None => bail!(no_launch(launch, &ids(&launches), unknown)),
        };
    }
    let mut faults = Vec::new();
    for (podbay, _) in &holders {
        match podbay.stop(launch).await {
            Ok(Some(done)) if holders.len() == 1 => out::line(done.message),
            Ok(Some(done)) => out::line(format_args!("{} (process {})", done.message, podbay.pid)),
            Ok(None) => out::line(format_args!(
                "podbay process {} and its launches have ended",
                podbay.pid
            )),
            Err(Unstopped::Unknown(why) | Unstopped::Fault(why)) => faults.push(why),
        }
    }
    // those that are not responding may have it too
    faults.extend(running.silence());
    match faults.is_empty() {
        true => Ok(()),
        false => bail!(faults.join("\n")),
    }
}

/// For a launch that is not listed: the message of the podbay in which its pods have not ended yet, and the errors
/// of podbays in which this is unknown. A podbay that has ended, or does not know the launch, has no such pods.
async fn still_ending(launch: &str, podbays: &[Podbay]) -> (Option<Done>, Vec<String>) {
    let mut unknown = Vec::new();
    // only a valid id may be part of a request's path
    for podbay in podbays.iter().filter(|_| is_label(launch)) {
        match podbay.stop(launch).await {
            Ok(Some(done)) => return (Some(done), unknown),
            Ok(None) | Err(Unstopped::Unknown(_)) => {}
            Err(Unstopped::Fault(why)) => unknown.push(why),
        }
    }
    (None, unknown)
}

/// The launches of each podbay.
pub(super) async fn launches(running: &mut Running) -> Vec<(Podbay, String)> {
    let replies: Vec<(Podbay, Vec<Launch>)> = running.ask("/launches").await;
    let each = replies.into_iter().flat_map(|(podbay, launches)| {
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

/// The error for a launch that is not among `known`; `unknown` names podbays that may have others.
pub(super) fn no_launch(launch: &str, known: &[String], unknown: Option<String>) -> String {
    let near = nearest(launch, known.iter().map(String::as_str));
    let said = match &unknown {
        Some(_) => format!("the state of launch {launch:?} is unknown"),
        None => format!("launch {launch:?} not found"),
    };
    let said = match (known, near) {
        ([], _) if unknown.is_none() => format!("{said}: no launch is running"),
        ([], _) => said,
        (_, Some(near)) => format!("{said}; did you mean {near}?"),
        (known, None) => format!("{said}; running: {}", known.join(", ")),
    };
    unknown.map_or_else(|| said.clone(), |unknown| format!("{said}\n{unknown}"))
}

async fn kube(settings: &Settings, launch_id: String) -> Result<()> {
    let (_graph, nodes) = watch::channel(Nodes::new());
    let mut core = Core::start(&settings.narrowed(), nodes, Vec::new()).await?;
    let bridge = core.bridge.clone();
    let stopped = core.run(async {
        heard(&bridge).await?;
        match stop_and_wait(&bridge, &launch_id).await? {
            Stopped::Ended => out::line(format_args!("launch {launch_id} has ended")),
            Stopped::Before(message) => out::line(message),
        }
        anyhow::Ok(())
    });
    let stopped = stopped.await;
    core.stop().await;
    stopped?
}

/// A launch that was stopped.
pub(super) enum Stopped {
    /// It has ended.
    Ended,
    /// It had no record, so it was already stopped. Its pods, if there are any, were not waited for; the message
    /// names them.
    Before(String),
}

/// Stops a launch and waits until its pods are gone.
pub(super) async fn stop_and_wait(bridge: &Bridge, launch_id: &str) -> Result<Stopped> {
    let record = bridge.record(launch_id).await.map_err(explain)?;
    let stop = StopLaunch {
        launch_id: launch_id.to_owned(),
    };
    let stopped = perform(stop, bridge, &Caller::Local).await;
    let operation::Done(message) = stopped.map_err(explain)?;
    let Some(record) = record else {
        return Ok(Stopped::Before(message));
    };
    bridge.until_ended(&record, PATIENCE).await.map_err(explain)?;
    Ok(Stopped::Ended)
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

#[cfg(test)]
mod tests {
    use tokio::net::UnixListener;

    use super::super::running::tests::answering;
    use super::*;

    /// A podbay that answers every request with `text`; one that has ended for "".
    fn podbay(folder: &std::path::Path, name: &str, text: &'static str) -> Podbay {
        let podbay = Podbay {
            pid: name.to_owned(),
            path: folder.join(name),
        };
        if text.is_empty() {
            drop(UnixListener::bind(&podbay.path).unwrap());
        } else {
            answering(&podbay.path, text);
        }
        podbay
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_podbays_that_have_ended_or_do_not_know_a_launch_do_not_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let podbay = |name, text| podbay(folder.path(), name, text);
        let ended = podbay("ended", "");
        let without = podbay(
            "without",
            "HTTP/1.0 404 Not Found\r\n\r\n{\"message\":\"unknown\",\"problems\":[],\"not_found\":true}",
        );
        let none = [ended.clone(), without.clone()];
        assert_eq!(still_ending("demo", &none).await, (None, Vec::new()));

        let refusing = podbay(
            "refusing",
            "HTTP/1.0 409 Conflict\r\n\r\n{\"message\":\"in several namespaces\",\"problems\":[],\"not_found\":false}",
        );
        let strange = podbay("strange", "SSH-2.0-x\r\n");
        let (done, unknown) = still_ending("demo", &[ended, refusing.clone(), without, strange]).await;
        assert_eq!((done, unknown.len()), (None, 2), "{unknown:?}");
        assert_eq!(unknown[0], "podbay process refusing: in several namespaces");
        assert!(unknown[1].contains("unexpected reply"), "{unknown:?}");

        let ending = podbay("ending", "HTTP/1.0 200 OK\r\n\r\n{\"message\":\"still ending\"}");
        let (done, unknown) = still_ending("demo", &[refusing, ending]).await;
        assert_eq!(
            (done.unwrap().message.as_str(), unknown.len()),
            ("still ending", 1)
        );
    }
}
