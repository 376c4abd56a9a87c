//! Limits the replies of the API server, which are read into memory: whatever listens at its address may
//! send without end.

use std::task::{Context, Poll};

use futures::future::BoxFuture;
use http_body_util::{LengthLimitError, Limited};
use hyper::{Request, Response, StatusCode, Uri};
use kube::Client;
use kube::client::{Body, ClientBuilder};
use kube::config::Config;
use tower::Service;
use tower::layer::layer_fn;

/// Limit of a reply in bytes. The largest is a page of objects, each of which is smaller than 2 MiB.
const REPLY: usize = 256 << 20;
/// Limit of an error, and of the server's version.
const SHORT: usize = 1 << 20;

/// A client for the API server that fails with [`LengthLimitError`] if a reply exceeds its limit.
pub(super) fn client(config: Config) -> kube::Result<Client> {
    let builder = ClientBuilder::try_from(config)?;
    Ok(builder.with_layer(&layer_fn(Limit)).build())
}

/// Whether a reply has exceeded its limit.
pub(super) fn is_exceeded(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(Some(error), |error| error.source()).any(|cause| cause.is::<LengthLimitError>())
}

/// The limit of the reply to a request for `uri`. Watches and followed logs are read piece by piece.
fn limit(uri: &Uri, status: StatusCode) -> usize {
    let streams = |parameter| matches!(parameter, "watch=true" | "follow=true");
    if uri.path().ends_with("/version") || status.is_client_error() || status.is_server_error() {
        SHORT
    } else if uri.query().unwrap_or_default().split('&').any(streams) {
        usize::MAX
    } else {
        REPLY
    }
}

struct Limit<S>(S);

impl<S, B> Service<Request<Body>> for Limit<S>
where
    S: Service<Request<Body>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<Limited<B>>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let uri = request.uri().clone();
        let reply = self.0.call(request);
        Box::pin(async move {
            let reply = reply.await?;
            let most = limit(&uri, reply.status());
            Ok(reply.map(|body| Limited::new(body, most)))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::super::watch::probe;
    use super::*;

    /// The result of a probe of a server that replies with `head`, and with `x` without end.
    async fn probed(head: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await;
            let mut text = head.as_bytes().to_vec();
            while stream.write_all(&text).await.is_ok() {
                text = vec![b'x'; 1 << 16];
            }
        });
        let config = Config::new(format!("http://{address}").parse().unwrap());
        let error = probe(&client(config).unwrap(), Duration::from_secs(60)).await;
        server.abort();
        error.unwrap_err().to_string()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn an_endless_reply_is_not_read_to_its_end() {
        for status in ["200 OK", "500 Error"] {
            let head: &str = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n\r\n\"").leak();
            let error = probed(head).await;
            assert_eq!(
                error,
                "does not look like a Kubernetes API server: its reply is too large"
            );
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn what_is_no_api_server_is_reported_as_such_and_its_text_is_cut() {
        let error = probed("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>").await;
        assert!(
            error.starts_with("does not look like a Kubernetes API server: invalid reply: "),
            "{error}"
        );
        let error = probed("HTTP/1.1 500 Error\r\nContent-Length: 100000\r\n\r\n").await;
        assert!(
            error.starts_with("is not responding: HTTP status 500: xxx"),
            "{error}"
        );
        assert!(error.len() < 5000, "{error}");
    }

    #[test]
    fn only_what_is_read_piece_by_piece_may_be_of_any_size() {
        let of = |uri: &str, status| limit(&uri.parse().unwrap(), StatusCode::from_u16(status).unwrap());
        assert_eq!(of("https://cp/api/v1/pods?limit=100", 200), REPLY);
        assert_eq!(of("https://cp/api/v1/pods?limit=100&watch=true", 200), usize::MAX);
        assert_eq!(of("https://cp/api/v1/pods?watch=true", 500), SHORT);
        assert_eq!(of("https://cp/prefix/version", 200), SHORT);
    }
}
