//! Asking a running podbay through its private socket.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::control::Refused;
use super::socket;

/// Bytes of an answer; that of a thousand pods has less than one million.
const LARGEST: u64 = 64 << 20;

/// Why there is no answer. [`Error::Gone`] may be tried again with another podbay.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error("podbay does not answer on {path}: {error}", path = .path.display())]
    Gone { path: PathBuf, error: io::Error },
    #[error("{message}")]
    Refused { message: String, refused: Refused },
    #[error("podbay answered on {path} with something else than expected: {message}; is it of another version?", path = .path.display())]
    Strange { path: PathBuf, message: String },
}

/// Asks the podbay behind the socket `path` for `target` (`/pods`).
pub async fn get<A: DeserializeOwned>(path: &Path, target: &str) -> Result<A, Error> {
    request(path, "GET", target, "").await
}

/// Asks it to end `target` (`/launches/ID`).
pub async fn delete<A: DeserializeOwned>(path: &Path, target: &str) -> Result<A, Error> {
    request(path, "DELETE", target, "").await
}

/// Sends it `body`.
pub async fn post<A: DeserializeOwned>(path: &Path, target: &str, body: &impl Serialize) -> Result<A, Error> {
    let body = serde_json::to_string(body).map_err(|error| strange(path, error.to_string()))?;
    request(path, "POST", target, &body).await
}

fn strange(path: &Path, message: String) -> Error {
    Error::Strange {
        path: path.to_owned(),
        message,
    }
}

async fn request<A: DeserializeOwned>(
    path: &Path,
    method: &str,
    target: &str,
    body: &str,
) -> Result<A, Error> {
    let exchange = exchange(path, method, target, body).await;
    let answer = exchange.map_err(|error| Error::Gone {
        path: path.to_owned(),
        error,
    })?;
    let (status, body) = split(&answer).ok_or_else(|| strange(path, "no HTTP".to_owned()))?;
    if (200..300).contains(&status) {
        return serde_json::from_str(body).map_err(|error| strange(path, error.to_string()));
    }
    match serde_json::from_str::<Refused>(body) {
        Ok(refused) => Err(Error::Refused {
            message: refused.message.clone(),
            refused,
        }),
        Err(_) => Err(strange(path, format!("HTTP status {status}"))),
    }
}

/// HTTP/1.0, so that the answer is whole when the connection ends.
async fn exchange(path: &Path, method: &str, target: &str, body: &str) -> io::Result<String> {
    let mut stream = UnixStream::connect(path).await?;
    socket::is_trusted(stream.peer_cred())?;
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.0\r\nHost: podbay\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(LARGEST).read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Status and body of an answer.
fn split(answer: &str) -> Option<(u16, &str)> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.split(' ').nth(1)?.parse().ok()?;
    Some((status, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_taken_apart() {
        assert_eq!(split("HTTP/1.0 200 OK\r\na: b\r\n\r\n{}"), Some((200, "{}")));
        assert_eq!(split("HTTP/1.1 404 Not Found\r\n\r\n"), Some((404, "")));
        assert_eq!(split("SSH-2.0-x\r\n\r\n"), None);
        assert_eq!(split(""), None);
    }
}
