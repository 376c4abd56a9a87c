//! Requests to a running podbay through its private socket.

use std::io;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Limited};
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use super::socket;
use podbay_core::request::Refusal;

/// Limit of a reply in bytes; that of a thousand pods is smaller than one million.
const LARGEST: usize = 64 << 20;

/// An error of one of several libraries.
type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why a request failed. [`Error::Gone`] may be retried with another podbay.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("podbay is not responding on {path}: {error}", path = .path.display())]
    Gone { path: PathBuf, error: Cause },
    #[error("cannot reach podbay on {path}: {error}", path = .path.display())]
    Unreachable { path: PathBuf, error: Cause },
    #[error("{}", .0.message)]
    Refused(Refusal),
    #[error("unexpected reply of podbay on {path}: {message}; is it another version?", path = .path.display())]
    Strange { path: PathBuf, message: String },
}

/// Requests `target` (`/pods`) from the podbay at the socket `path`.
pub async fn get<A: DeserializeOwned>(path: &Path, target: &str) -> Result<A, Error> {
    request(path, Method::GET, target).await
}

/// Requests the end of `target` (`/launches/ID`).
pub async fn delete<A: DeserializeOwned>(path: &Path, target: &str) -> Result<A, Error> {
    request(path, Method::DELETE, target).await
}

fn strange(path: &Path, message: String) -> Error {
    Error::Strange {
        path: path.to_owned(),
        message,
    }
}

async fn request<A: DeserializeOwned>(path: &Path, method: Method, target: &str) -> Result<A, Error> {
    let exchange = exchange(path, method, target).await;
    let (status, body) = exchange.map_err(|error| failed(path, error))?;
    if status.is_success() {
        return serde_json::from_slice(&body).map_err(|error| strange(path, error.to_string()));
    }
    match serde_json::from_slice(&body) {
        Ok(refusal) => Err(Error::Refused(refusal)),
        Err(_) => Err(strange(path, format!("HTTP status {status}"))),
    }
}

/// The meaning of an error on the way: podbay is gone if nothing is listening, or if it ended during the request.
/// Libraries wrap the error of the socket.
fn failed(path: &Path, error: Cause) -> Error {
    use io::ErrorKind::*;
    let path = path.to_owned();
    let causes = || {
        std::iter::successors(Some(&*error as &(dyn std::error::Error + 'static)), |cause| {
            cause.source()
        })
    };
    let ended = |error: &hyper::Error| error.is_incomplete_message() || error.is_closed();
    if causes().any(|cause| cause.downcast_ref().is_some_and(ended)) {
        return Error::Gone { path, error };
    }
    match causes()
        .find_map(|cause| cause.downcast_ref::<io::Error>())
        .map(io::Error::kind)
    {
        Some(NotFound | ConnectionRefused | ConnectionReset | BrokenPipe | UnexpectedEof) => {
            Error::Gone { path, error }
        }
        Some(_) => Error::Unreachable { path, error },
        None => strange(&path, error.to_string()),
    }
}

/// Status and body of the reply, on a separate connection.
async fn exchange(path: &Path, method: Method, target: &str) -> Result<(StatusCode, Bytes), Cause> {
    let stream = UnixStream::connect(path).await?;
    socket::is_trusted(stream.peer_cred())?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let request = Request::builder()
        .method(method)
        .uri(target)
        .header(header::HOST, "podbay")
        .body(Empty::<Bytes>::new())?;
    let reply = async {
        let reply = sender.send_request(request).await?;
        let (head, body) = reply.into_parts();
        let body = Limited::new(body, LARGEST).collect().await?;
        Ok((head.status, body.to_bytes()))
    };
    // The connection ends with the reply.
    tokio::pin!(reply);
    tokio::select! {
        reply = &mut reply => reply,
        Ok(()) = connection => reply.await,
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;

    use super::*;

    /// The error of a request to a podbay that reads the request, answers with `bytes` and ends.
    async fn error_after(bytes: &[u8]) -> Error {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let other = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                stream.read_buf(&mut request).await.unwrap();
            }
            stream.write_all(bytes).await.unwrap();
        };
        let (reply, ()) = tokio::join!(get::<String>(&path, "/pods"), other);
        reply.unwrap_err()
    }

    #[tokio::test]
    async fn a_podbay_that_ends_during_a_request_is_gone() {
        for bytes in [
            "",
            "HTTP/1.1 200",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n\"half",
        ] {
            let error = error_after(bytes.as_bytes()).await;
            assert!(matches!(error, Error::Gone { .. }), "{bytes:?}: {error}");
        }
        for bytes in ["SSH-2.0\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{"] {
            let error = error_after(bytes.as_bytes()).await;
            assert!(matches!(error, Error::Strange { .. }), "{bytes:?}: {error}");
        }
    }
}
