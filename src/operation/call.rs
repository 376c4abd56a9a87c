//! The way from who asks to who carries it out: one bounded channel for operations of every type.

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::future::BoxFuture;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Operation, perform};
use crate::bridge::Bridge;
use podbay_core::request::{Caller, Refusal};

/// Where calls go. It is bounded: who finds it full waits.
pub type Calls = mpsc::Sender<Call>;

/// An operation of any type on its way, with the address for its answer.
pub struct Call {
    caller: Caller,
    job: Box<dyn Job>,
}

/// An operation that was taken out of its [`Call`], for who answers it by other means than [`serve`].
#[derive(Debug)]
pub struct Asked<O: Operation> {
    /// Who asks.
    pub caller: Caller,
    /// For what.
    pub operation: O,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Result<O::Reply, Refusal>>,
}

/// The answer to a call, once it is there. Dropped, it lets an operation that changes nothing be given up.
#[derive(Debug)]
pub struct Answer<R>(oneshot::Receiver<Result<R, Refusal>>);

/// Sends `operation` on its way for `caller`, as soon as there is room.
pub async fn send<O: Operation>(
    calls: &Calls,
    caller: Caller,
    operation: O,
) -> Result<Answer<O::Reply>, Refusal> {
    let (reply, answer) = oneshot::channel();
    let job = Box::new(Pending { operation, reply });
    let sent = calls.send(Call { caller, job }).await;
    sent.map_err(|_| leaving())?;
    Ok(Answer(answer))
}

/// Carries out calls until every sender is gone: `at_once` at the same time, further ones wait in the channel. Each has
/// a task of its own.
pub async fn serve(bridge: Arc<Bridge>, mut calls: mpsc::Receiver<Call>, at_once: usize) {
    let places = Arc::new(Semaphore::new(at_once));
    while let Some(Call { caller, job }) = calls.recv().await {
        let Ok(place) = places.clone().acquire_owned().await else {
            return;
        };
        let worker = bridge.clone();
        bridge.at_work.spawn(async move {
            job.carry_out(&worker, &caller).await;
            drop(place);
        });
    }
}

impl Call {
    /// The call as one for an `O`, or itself again where it asks for something else.
    pub fn take<O: Operation>(self) -> Result<Asked<O>, Self> {
        let job: &dyn Any = &*self.job;
        if !job.is::<Pending<O>>() {
            return Err(self);
        }
        let Self { caller, job } = self;
        let job: Box<dyn Any> = job;
        match job.downcast::<Pending<O>>() {
            Ok(pending) => {
                let Pending { operation, reply } = *pending;
                Ok(Asked {
                    caller,
                    operation,
                    reply,
                })
            }
            Err(_) => unreachable!("it was looked at above"),
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Call({}: {:?})", self.caller, self.job)
    }
}

impl<R> Future for Answer<R> {
    type Output = Result<R, Refusal>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = ready!(Pin::new(&mut self.0).poll(context));
        Poll::Ready(answer.unwrap_or_else(|_| Err(leaving())))
    }
}

/// Said once nobody carries out calls any more.
pub(crate) fn leaving() -> Refusal {
    "podbay is shutting down; ask again when it is back".into()
}

/// An operation whose type is forgotten.
trait Job: Any + fmt::Debug + Send {
    /// Carries it out and answers it.
    fn carry_out<'a>(self: Box<Self>, bridge: &'a Bridge, caller: &'a Caller) -> BoxFuture<'a, ()>;
}

struct Pending<O: Operation> {
    operation: O,
    reply: oneshot::Sender<Result<O::Reply, Refusal>>,
}

impl<O: Operation> fmt::Debug for Pending<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operation.fmt(f)
    }
}

impl<O: Operation> Job for Pending<O> {
    /// Once its caller has gone, what changes nothing is given up; a change is finished all the same.
    fn carry_out<'a>(self: Box<Self>, bridge: &'a Bridge, caller: &'a Caller) -> BoxFuture<'a, ()> {
        let Self { operation, mut reply } = *self;
        Box::pin(async move {
            let mutates = operation.mutates();
            let answer = tokio::select! {
                answer = perform(operation, bridge, caller) => answer,
                () = reply.closed(), if !mutates => return,
            };
            // Nobody listens if the caller has gone meanwhile.
            let _ = reply.send(answer);
        })
    }
}
