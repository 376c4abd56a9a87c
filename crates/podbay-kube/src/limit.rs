//! Limits the replies of the API server, which are read into memory: whatever listens at its address may
//! send without end.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::future::BoxFuture;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use hyper::{Request, Response, StatusCode, Uri};
use kube::Client;
use kube::client::{Body, ClientBuilder};
use kube::config::Config;
use tower::layer::layer_fn;
use tower::{BoxError, Service};

use crate::errors::causes;

/// Limit of a reply in bytes. The largest is a page of objects, each of which is smaller than 2 MiB.
const REPLY: usize = 256 << 20;
/// Limit of a line of a watch, which is one object; JSON needs up to six bytes for one of a string.
const LINE: usize = 16 << 20;
/// Limit of an error, and of the server's version.
const SHORT: usize = 1 << 20;

/// A reply has exceeded its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("its reply exceeds the limit of {} MiB", limit >> 20)]
pub(super) struct TooLarge {
    /// In bytes.
    pub(super) limit: usize,
}

impl TooLarge {
    /// The one that caused `error`, if any.
    pub(super) fn of(error: &kube::Error) -> Option<Self> {
        causes(error).find_map(|cause| cause.downcast_ref()).copied()
    }
}

/// A client for the API server that fails with [`TooLarge`] if a reply exceeds its limit.
pub(super) fn client(config: Config) -> kube::Result<Client> {
    let builder = ClientBuilder::try_from(config)?;
    Ok(builder.with_layer(&layer_fn(Limit)).build())
}

/// How much of a reply may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    /// So many bytes in total.
    Whole(usize),
    /// So many bytes in each line.
    Line(usize),
    /// Everything: the reader keeps only a part.
    Nothing,
}

/// The limit of the reply to a request for `uri`.
fn bound(uri: &Uri, status: StatusCode) -> Bound {
    let watches = |query: &str| query.split('&').any(|parameter| parameter == "watch=true");
    if is_version(uri.path()) || status.is_client_error() || status.is_server_error() {
        Bound::Whole(SHORT)
    } else if uri.query().is_some_and(watches) {
        Bound::Line(LINE)
    } else if is_log(uri.path()) {
        Bound::Nothing
    } else {
        Bound::Whole(REPLY)
    }
}

/// Whether `path` is that of the API server's version, perhaps behind a proxy; objects can be named `version`.
fn is_version(path: &str) -> bool {
    path.ends_with("/version") && !path.contains("/api/") && !path.contains("/apis/")
}

/// Whether `path` ends with `/namespaces/NAMESPACE/pods/POD/log`; objects can be named `log` and `pods`, too.
fn is_log(path: &str) -> bool {
    let mut parts = path.rsplit('/');
    let mut next = || parts.next().unwrap_or_default();
    let (log, _, pods, _, namespaces) = (next(), next(), next(), next(), next());
    [log, pods, namespaces] == ["log", "pods", "namespaces"]
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
            let bound = bound(&uri, reply.status());
            Ok(reply.map(|body| Limited { body, bound, read: 0 }))
        })
    }
}

/// The body of a reply. It fails once it exceeds its limit.
struct Limited<B> {
    body: B,
    bound: Bound,
    /// Bytes so far, in total or of the current line.
    read: usize,
}

impl<B> Limited<B> {
    fn count(&mut self, data: &[u8]) -> Result<(), TooLarge> {
        let (limit, ends) = match self.bound {
            Bound::Whole(limit) => (limit, None),
            Bound::Line(limit) => (limit, data.iter().rposition(|&byte| byte == b'\n')),
            Bound::Nothing => return Ok(()),
        };
        // Of several lines, only the first can be long: the others are within one piece.
        let first = ends.and_then(|_| data.iter().position(|&byte| byte == b'\n'));
        if self.read.saturating_add(first.unwrap_or(data.len())) > limit {
            return Err(TooLarge { limit });
        }
        self.read = match ends {
            Some(end) => data.len() - end - 1,
            None => self.read + data.len(),
        };
        Ok(())
    }
}

impl<B> HttpBody for Limited<B>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Unpin,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            Some(Ok(frame)) => frame,
            Some(Err(error)) => return Poll::Ready(Some(Err(error.into()))),
            None => return Poll::Ready(None),
        };
        let counted = frame.data_ref().map_or(Ok(()), |data| self.count(data));
        Poll::Ready(Some(counted.map(|()| frame).map_err(BoxError::from)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
