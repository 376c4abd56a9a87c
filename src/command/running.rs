//! The podbays of this user with an embedded cluster, reached through their private sockets.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use futures::future::join_all;
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use super::out;
use crate::http::control::{About, Done};
use crate::http::{client, socket};
use podbay_config::cli::ClusterKind;

/// Timeout for a podbay's reply. A suspended podbay never replies.
const PATIENCE: Duration = Duration::from_secs(5);

/// Timeout for deleting the objects of a launch, which a podbay retries for two minutes.
const STOP_PATIENCE: Duration = Duration::from_secs(180);

/// Timeout for a podbay that was not responding before.
const SHORT_PATIENCE: Duration = Duration::from_millis(200);

/// A running podbay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Podbay {
    /// Its process id.
    pub(super) pid: String,
    /// Its socket.
    pub(super) path: PathBuf,
}

/// Those that are not responding, with any cluster.
#[derive(Debug, Default)]
pub(super) struct Silent(Vec<Podbay>);

/// Why a podbay has not stopped a launch.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unstopped {
    /// It does not have the launch.
    Unknown(String),
    /// It refuses, fails, or is not responding. It may have the launch.
    Fault(String),
}

/// All running podbays. Those on Kubernetes are omitted.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Those that are responding.
    pub(super) podbays: Vec<Podbay>,
    silent: Silent,
    /// The errors of those that have failed.
    faults: Vec<String>,
}

impl Running {
    /// Finds the running podbays.
    pub(super) async fn find() -> Result<Self> {
        Self::find_but(&Silent::default()).await
    }

    /// The same, with a short timeout for those that were not responding before.
    pub(super) async fn find_but(before: &Silent) -> Result<Self> {
        Self::find_in(&socket::folder(), before).await
    }

    async fn find_in(folder: &Path, before: &Silent) -> Result<Self> {
        let podbays = socket::running(folder)?.into_iter().map(Podbay::behind);
        let patience = |podbay: &Podbay| match before.0.contains(podbay) {
            true => SHORT_PATIENCE,
            false => PATIENCE,
        };
        let mut running = Self::default();
        let found = podbays.map(|podbay| (patience(&podbay), podbay)).collect();
        let replies: Vec<(Podbay, About)> = running.ask_each(found, "/cluster").await;
        running.podbays.clear();
        for (podbay, about) in replies {
            if about.cluster != ClusterKind::Embedded.as_str() {
                continue;
            }
            if !about.trouble.is_empty() {
                out::warn(format_args!("{}: {}", podbay.path.display(), about.trouble));
            }
            running.podbays.push(podbay);
        }
        Ok(running)
    }

    /// The reply of each that is responding.
    pub(super) async fn ask<A: DeserializeOwned>(&mut self, target: &str) -> Vec<(Podbay, A)> {
        let podbays = std::mem::take(&mut self.podbays);
        let asked = podbays.into_iter().map(|podbay| (PATIENCE, podbay)).collect();
        self.ask_each(asked, target).await
    }

    /// Asks all at once, so that their timeouts run concurrently.
    async fn ask_each<A: DeserializeOwned>(
        &mut self,
        podbays: Vec<(Duration, Podbay)>,
        target: &str,
    ) -> Vec<(Podbay, A)> {
        let asked = podbays.into_iter().map(async |(patience, podbay)| {
            let reply = timeout(patience, client::get(&podbay.path, target)).await;
            (podbay, reply)
        });
        let mut replies = Vec::new();
        for (podbay, reply) in join_all(asked).await {
            match reply {
                Ok(Ok(reply)) => {
                    replies.push((podbay.clone(), reply));
                    self.podbays.push(podbay);
                }
                Ok(Err(error)) if podbay.has_ended(&error) => {}
                Ok(Err(error)) => self.faults.push(podbay.fault(&error)),
                Err(_) => self.silent.0.push(podbay),
            }
        }
        replies
    }

    /// Those that are not responding.
    pub(super) fn into_silent(self) -> Silent {
        self.silent
    }

    /// Names the podbays that are not responding, or have failed, and what to do. Their launches are unknown.
    pub(super) fn silence(&self) -> Option<String> {
        let silent = self.silent.0.iter().map(Podbay::not_responding);
        let told: Vec<_> = silent.chain(self.faults.iter().cloned()).collect();
        (!told.is_empty()).then(|| told.join("\n"))
    }
}

impl Podbay {
    /// Sockets are named after their processes.
    fn behind(path: PathBuf) -> Self {
        let pid = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Self { pid, path }
    }

    /// Stops the launch called `launch`, which is an id; `None` if this podbay has ended. A podbay that is
    /// silent meanwhile is not waited for.
    pub(super) async fn stop(&self, launch: &str) -> Result<Option<Done>, Unstopped> {
        let target = format!("/launches/{launch}");
        let stopped = tokio::select! {
            stopped = timeout(STOP_PATIENCE, client::delete(&self.path, &target)) => stopped.ok(),
            () = self.until_silent() => None,
        };
        match stopped {
            Some(Ok(done)) => Ok(Some(done)),
            Some(Err(error)) if self.has_ended(&error) => Ok(None),
            Some(Err(client::Error::Refused(refusal))) if refusal.not_found => {
                Err(Unstopped::Unknown(refusal.message))
            }
            Some(Err(error)) => Err(Unstopped::Fault(self.fault(&error))),
            None => Err(Unstopped::Fault(self.not_responding())),
        }
    }

    /// Returns once it is not responding.
    async fn until_silent(&self) {
        let mut responds = true;
        while responds {
            sleep(PATIENCE).await;
            let about = client::get::<About>(&self.path, "/cluster");
            responds = timeout(PATIENCE, about).await.is_ok();
        }
    }

    /// Whether `error` means that it has ended. One that only closes connections has not.
    fn has_ended(&self, error: &client::Error) -> bool {
        matches!(error, client::Error::Gone { .. }) && !socket::is_in_use(&self.path)
    }

    fn fault(&self, error: &client::Error) -> String {
        match error {
            client::Error::Refused(refusal) => format!("podbay process {}: {}", self.pid, refusal.message),
            error => error.to_string(),
        }
    }

    fn not_responding(&self) -> String {
        let pid = &self.pid;
        format!(
            "podbay process {pid} is not responding; if it is suspended, resume it with fg or kill -CONT \
             {pid} and restart it, since its ROS node has ended; otherwise kill it with kill -KILL {pid}"
        )
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::PermissionsExt;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;

    use super::*;

    fn folder_of_mine() -> tempfile::TempDir {
        let mode = std::fs::Permissions::from_mode(0o700);
        tempfile::Builder::new().permissions(mode).tempdir().unwrap()
    }

    /// A socket that answers every request with `text`.
    pub(in crate::command) fn answering(path: &Path, text: &'static str) {
        let listener = UnixListener::bind(path).unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(text.as_bytes()).await;
            }
        });
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn only_podbays_with_an_embedded_cluster_are_asked() {
        let place = folder_of_mine();
        let folder = place.path();
        let socket = |name: &str| folder.join(name).with_extension("sock");
        answering(&socket("kube"), "HTTP/1.0 200 OK\r\n\r\n{\"cluster\":\"kube\"}");
        answering(&socket("older"), "HTTP/1.0 404 Not Found\r\n\r\n");
        answering(&socket("strange"), "SSH-2.0-x\r\n");
        answering(
            &socket("wanted"),
            "HTTP/1.0 200 OK\r\n\r\n{\"cluster\":\"embedded\"}",
        );
        let found = Running::find_in(folder, &Silent::default()).await.unwrap();
        assert_eq!(found.podbays, [Podbay::behind(socket("wanted"))]);
        // it is unknown whether these two have one
        let faults = found.silence().unwrap();
        assert_eq!(faults.lines().count(), 2, "{faults}");
        assert!(
            faults.contains("older.sock: HTTP status 404") && faults.contains("strange.sock: "),
            "{faults}"
        );
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_podbay_that_fails_is_named_and_one_that_has_ended_is_not() {
        let place = folder_of_mine();
        let socket = |name: &str| place.path().join(name).with_extension("sock");
        answering(&socket("closing"), "");
        answering(&socket("wrong"), "HTTP/1.0 200 OK\r\n\r\n{\"cluster\": 1}");
        let refusal =
            "HTTP/1.0 409 Conflict\r\n\r\n{\"message\":\"busy\",\"problems\":[],\"not_found\":false}";
        answering(&socket("busy"), refusal);
        drop(UnixListener::bind(socket("ended")).unwrap());
        let names = ["busy", "closing", "ended", "wrong"];
        let asked = names.map(|name| (PATIENCE, Podbay::behind(socket(name))));
        let mut running = Running::default();
        let replies: Vec<(Podbay, About)> = running.ask_each(asked.into(), "/cluster").await;
        assert_eq!((replies.len(), running.podbays.len()), (0, 0));
        let faults = running.silence().unwrap();
        let faults: Vec<_> = faults.lines().collect();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert_eq!(faults[0], "podbay process busy: busy");
        assert!(faults[1].contains("closing.sock"), "{faults:?}");
        assert!(faults[2].contains("wrong.sock"), "{faults:?}");
    }

    /// the paused clock advances only while all tasks wait
    #[tokio::test(start_paused = true)]
    async fn a_podbay_that_falls_silent_while_it_stops_a_launch_is_not_waited_for() {
        let place = folder_of_mine();
        let deaf = Podbay::behind(place.path().join("1.sock"));
        let _listener = UnixListener::bind(&deaf.path).unwrap();
        let start = tokio::time::Instant::now();
        let Err(Unstopped::Fault(why)) = deaf.stop("demo").await else {
            panic!("it does not reply");
        };
        assert!(why.starts_with("podbay process 1 is not responding"), "{why}");
        assert_eq!(start.elapsed().as_secs(), 2 * PATIENCE.as_secs());
    }

    /// the paused clock advances only while all tasks wait
    #[tokio::test(start_paused = true)]
    async fn who_was_silent_before_is_given_little_time() {
        let place = folder_of_mine();
        let sockets = ["1.sock", "2.sock"].map(|name| place.path().join(name));
        let _deaf = sockets.clone().map(|path| UnixListener::bind(path).unwrap());
        let start = tokio::time::Instant::now();
        let first = Running::find_in(place.path(), &Silent::default()).await.unwrap();
        assert_eq!(start.elapsed().as_secs(), PATIENCE.as_secs());
        let silence = first.silence().unwrap();
        assert!(
            silence.contains("process 1") && silence.contains("process 2"),
            "{silence}"
        );
        let before = first.into_silent();
        let start = tokio::time::Instant::now();
        let second = Running::find_in(place.path(), &before).await.unwrap();
        assert!(start.elapsed().as_secs() < 1);
        assert_eq!(second.silence(), Some(silence));
    }
}
