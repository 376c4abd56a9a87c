//! From the caller to the code that carries it out: one bounded channel for operations of every type.

use std::any::Any;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::FutureExt;
use futures::future::{BoxFuture, poll_immediate};
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::perform::reply_to;
use super::{Kind, Operation};
use crate::bridge::Bridge;
use podbay_core::request::{Caller, Refusal};

/// The channel of calls. It is bounded: a sender waits while it is full.
pub type Calls = mpsc::Sender<Call>;

/// A request for an operation of any type, with its caller.
#[derive(Debug)]
pub struct Call {
    /// Who makes the request.
    pub caller: Caller,
    /// A [`Pending`] of some operation.
    pub job: Box<dyn Job>,
}

/// A future of the reply. If it is dropped, an operation that changes nothing is cancelled.
#[derive(Debug)]
pub struct PendingReply<R>(oneshot::Receiver<Result<R, Refusal>>);

/// Sends a request of `caller`, as soon as the channel has room. An invalid one, which could not be converted
/// to an operation, is also sent, so that it is counted and logged like all others.
pub async fn send<O: Operation>(
    calls: &Calls,
    caller: Caller,
    request: Result<O, Refusal>,
) -> Result<PendingReply<O::Reply>, Refusal> {
    let (reply, pending) = oneshot::channel();
    let job = Box::new(Pending { request, reply });
    let sent = calls.send(Call { caller, job }).await;
    sent.map_err(|_| leaving())?;
    Ok(PendingReply(pending))
}

/// Carries out calls until every sender is gone, concurrently. At most `at_once` run at a time; others wait in
/// the channel.
pub async fn serve(bridge: Arc<Bridge>, mut calls: mpsc::Receiver<Call>, at_once: usize) {
    let places = Arc::new(Semaphore::new(at_once));
    while let Some(Call { caller, job }) = calls.recv().await {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let worker = bridge.clone();
        let is_read = job.is_read();
        let mut work = Box::pin(bridge.at_work.track_future(async move {
            let ended = AssertUnwindSafe(job.carry_out(&worker, &caller)).catch_unwind();
            if ended.await.is_err() {
                tracing::error!("a call failed because of a bug in podbay, see the panic above");
            }
            drop(place);
        }));
        // Most reads only look at podbay's model, and are done at the first poll. With a task for each, tokio
        // would wake another worker. What is not done is polled again by its own task.
        if !is_read || poll_immediate(&mut work).await.is_none() {
            tokio::spawn(work);
        }
    }
}

impl<R> Future for PendingReply<R> {
    type Output = Result<R, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let result = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(result.unwrap_or_else(|_| Err(leaving())))
    }
}

/// Why there is no reply once calls are no longer served.
pub(crate) fn leaving() -> Refusal {
    "podbay is shutting down; retry later".into()
}

/// A request whose type is erased.
pub trait Job: Any + fmt::Debug + Send {
    /// Whether it counts as a read, which is carried out quickly or waits for others.
    fn is_read(&self) -> bool;

    /// Carries it out and sends the reply.
    fn carry_out<'a>(self: Box<Self>, bridge: &'a Bridge, caller: &'a Caller) -> BoxFuture<'a, ()>;
}

/// A request, and the channel for its reply.
pub struct Pending<O: Operation> {
    /// The request, or why it is invalid.
    pub request: Result<O, Refusal>,
    /// Channel for the reply.
    pub reply: oneshot::Sender<Result<O::Reply, Refusal>>,
}

impl<O: Operation> fmt::Debug for Pending<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}

impl<O: Operation> Job for Pending<O> {
    fn is_read(&self) -> bool {
        O::KIND == Kind::Read
    }

    /// If the caller has gone, an operation that changes nothing is cancelled; a change is finished.
    fn carry_out<'a>(self: Box<Self>, bridge: &'a Bridge, caller: &'a Caller) -> BoxFuture<'a, ()> {
        let Self { request, mut reply } = *self;
        Box::pin(async move {
            let mutates = request.as_ref().is_ok_and(O::mutates);
            let result = tokio::select! {
                result = reply_to(request, bridge, caller) => result,
                () = reply.closed(), if !mutates => return,
            };
            // The receiver is gone if the caller is.
            let _ = reply.send(result);
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operation::{Launches, ListLaunches, StopLaunch};

    #[tokio::test]
    async fn a_call_has_the_type_it_was_sent_with() {
        let (calls, mut taken) = mpsc::channel(1);
        let reply = send(&calls, Caller::Local, Ok(ListLaunches)).await.unwrap();
        let Call { caller, job } = taken.recv().await.unwrap();
        assert_eq!(caller, Caller::Local);
        let job: Box<dyn Any> = job;
        let job = job.downcast::<Pending<StopLaunch>>().unwrap_err();
        let pending = job.downcast::<Pending<ListLaunches>>().unwrap();
        assert_eq!(pending.request, Ok(ListLaunches));
        pending.reply.send(Ok(Launches(Vec::new()))).unwrap();
        assert_eq!(reply.await, Ok(Launches(Vec::new())));
    }

    #[tokio::test]
    async fn a_call_that_nobody_serves_is_refused() {
        let (calls, mut taken) = mpsc::channel(1);
        let reply = send(&calls, Caller::Local, Ok(ListLaunches)).await.unwrap();
        drop(taken.recv().await);
        assert_eq!(reply.await, Err(leaving()));
        drop(taken);
        let sent = send(&calls, Caller::Local, Ok(ListLaunches)).await;
        assert_eq!(sent.unwrap_err(), leaving());
    }
}
