//! The podbays of this user that hold an embedded cluster, asked through their private sockets.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde::de::DeserializeOwned;
use tokio::time::timeout;

use crate::config::cli::ClusterKind;
use crate::domain::shown;
use crate::http::control::About;
use crate::http::{client, socket};

/// How long a podbay may take to answer. One that was stopped never does.
const PATIENCE: Duration = Duration::from_secs(5);

/// Their sockets. A podbay that works on Kubernetes is none of them.
pub(super) async fn embedded() -> Result<Vec<PathBuf>> {
    embedded_in(&socket::folder()).await
}

async fn embedded_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for path in socket::running(folder)? {
        let about: Option<About> = ask(&path, "/cluster").await;
        let Some(about) = about.filter(|about| about.cluster == ClusterKind::Embedded.as_str()) else {
            continue;
        };
        if !about.trouble.is_empty() {
            eprintln!("podbay: {}: {}", path.display(), about.trouble);
        }
        found.push(path);
    }
    Ok(found)
}

/// What the podbay behind `path` answers. One that fails is passed over with a warning: the others may do.
pub(super) async fn ask<A: DeserializeOwned>(path: &Path, target: &str) -> Option<A> {
    let warning = match timeout(PATIENCE, client::get(path, target)).await {
        Ok(Ok(answer)) => return Some(answer),
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("no answer on {} within {PATIENCE:?}", path.display()),
    };
    eprintln!("podbay: passed over: {}", shown::line(&warning));
    None
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
        let found = embedded_in(&folder).await.unwrap();
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, [socket("wanted")]);
    }
}
