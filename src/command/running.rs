//! The podbays of this user that hold an embedded cluster, asked through their private sockets.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::config::cli::ClusterKind;
use crate::http::control::About;
use crate::http::{client, socket};
use podbay_text::shown;

/// How long a podbay may take to answer. One that was stopped never does.
const PATIENCE: Duration = Duration::from_secs(5);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Podbay {
    /// The number of its process.
    pub(super) pid: String,
    /// Its socket.
    pub(super) path: PathBuf,
}

/// All of them. A podbay that works on Kubernetes is none.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// Those that answer.
    pub(super) podbays: Vec<Podbay>,
    /// Those that took a question and gave no answer, whatever cluster they have.
    silent: Vec<Podbay>,
}

impl Running {
    /// Asks who is there.
    pub(super) async fn find() -> Result<Self> {
        Self::find_in(&socket::folder()).await
    }

    async fn find_in(folder: &Path) -> Result<Self> {
        let paths = socket::running(folder)?;
        let mut running = Self {
            podbays: paths.into_iter().map(Podbay::behind).collect(),
            silent: Vec::new(),
        };
        let answers: Vec<(Podbay, About)> = running.ask("/cluster").await;
        running.podbays.clear();
        for (podbay, about) in answers {
            if about.cluster != ClusterKind::Embedded.as_str() {
                continue;
            }
            if !about.trouble.is_empty() {
                warn(&format!("{}: {}", podbay.path.display(), about.trouble));
            }
            running.podbays.push(podbay);
        }
        Ok(running)
    }

    /// What each answers. One that fails is passed over with a warning: the others may do.
    pub(super) async fn ask<A: DeserializeOwned>(&mut self, target: &str) -> Vec<(Podbay, A)> {
        let mut answers = Vec::new();
        for podbay in std::mem::take(&mut self.podbays) {
            match timeout(PATIENCE, client::get(&podbay.path, target)).await {
                Ok(Ok(answer)) => {
                    answers.push((podbay.clone(), answer));
                    self.podbays.push(podbay);
                }
                Ok(Err(error)) => warn(&format!("passed over: {error}")),
                Err(_) => self.silent.push(podbay),
            }
        }
        answers
    }

    /// Who does not answer, and the way out. What they hold is not known.
    pub(super) fn silence(&self) -> Option<String> {
        let told = self.silent.iter().map(|Podbay { pid, .. }| {
            format!(
                "podbay's process {pid} does not answer; if it is stopped, continue it with fg or kill -CONT {pid} \
                 and restart it, as its ROS node does not outlive that; else end it with kill -KILL {pid}"
            )
        });
        (!self.silent.is_empty()).then(|| told.collect::<Vec<_>>().join("\n"))
    }
}

impl Podbay {
    /// Sockets are called after their processes.
    fn behind(path: PathBuf) -> Self {
        let pid = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        Self { pid, path }
    }
}

fn warn(text: &str) {
    // Nobody may be reading any more.
    let _ = writeln!(std::io::stderr(), "podbay: {}", shown::line(text));
}

#[cfg(test)]
mod tests {
    use std::fs::DirBuilder;
    use std::os::unix::fs::DirBuilderExt;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;

    use super::*;

    /// Somebody on a socket who answers everything with `text`.
    fn answering(path: &Path, text: &'static str) {
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
        let folder = std::env::temp_dir().join(format!("podbay-running-{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&folder).unwrap();
        let socket = |name: &str| folder.join(name).with_extension("sock");
        answering(&socket("kube"), "HTTP/1.0 200 OK\r\n\r\n{\"cluster\":\"kube\"}");
        answering(&socket("older"), "HTTP/1.0 404 Not Found\r\n\r\n");
        answering(&socket("strange"), "SSH-2.0-x\r\n");
        answering(
            &socket("wanted"),
            "HTTP/1.0 200 OK\r\n\r\n{\"cluster\":\"embedded\"}",
        );
        let found = Running::find_in(&folder).await.unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found.podbays, [Podbay::behind(socket("wanted"))]);
        assert_eq!(found.silence(), None);
    }
}
