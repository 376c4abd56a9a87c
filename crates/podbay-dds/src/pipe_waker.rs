//! Wakes a task by way of tokio's I/O driver.
//!
//! When a thread outside the runtime wakes a task, tokio wakes a second worker to look for further tasks. If the
//! thread writes to a pipe instead, only the worker that waits for I/O wakes. Where there are few processors, the
//! second worker would delay the first, and cost a fifth of the processor time of a request.

use std::io;
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker, ready};

use futures::Stream;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::pipe;

/// A waker that writes to a pipe, and the pipe's other end.
pub(super) struct PipeWaker {
    waker: Waker,
    wakes: pipe::Receiver,
}

/// The end of the pipe to which the waker writes.
struct WriteEnd(OwnedFd);

/// A stream whose items come from a thread outside the runtime.
pub(super) struct Woken<S> {
    stream: Pin<Box<S>>,
    waker: PipeWaker,
    /// Whether the stream may have an item.
    may_have: bool,
}

impl Wake for WriteEnd {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // fails only if the pipe is full of wakes that are not read yet, or nobody reads them any more
        let _unread = rustix::io::write(&self.0, &[0]);
    }
}

impl PipeWaker {
    /// Call within a runtime.
    pub(super) fn new() -> io::Result<Self> {
        let (write_end, wakes) = pipe::pipe()?;
        let waker = Waker::from(Arc::new(WriteEnd(write_end.into_nonblocking_fd()?)));
        Ok(Self { waker, wakes })
    }

    /// `stream`, woken by this.
    pub(super) fn wake<S>(self, stream: S) -> Woken<S> {
        Woken {
            stream: Box::pin(stream),
            waker: self,
            may_have: true,
        }
    }

    /// Ready once it has woken.
    fn poll_woken(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut wakes = [0; 64];
        pin!(&mut self.wakes).poll_read(context, &mut ReadBuf::new(&mut wakes))
    }
}

impl<S> Woken<S> {
    /// Makes the next poll look at the stream itself: a wake is read only when a worker looks for I/O.
    pub(super) fn look(&mut self) {
        self.may_have = true;
    }
}

impl<S: Stream> Stream for Woken<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = &mut *self;
        loop {
            if this.may_have {
                let mut by_pipe = Context::from_waker(&this.waker.waker);
                if let Poll::Ready(item) = this.stream.as_mut().poll_next(&mut by_pipe) {
                    return Poll::Ready(item);
                }
                this.may_have = false;
            }
            if let Err(error) = ready!(this.waker.poll_woken(context)) {
                // not when the runtime ends, which drops this first
                tracing::error!(%error, "podbay no longer learns of requests");
                return Poll::Pending;
            }
            this.may_have = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use futures::{FutureExt, StreamExt};
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn items_of_another_thread_arrive_in_order_and_none_is_missed() {
        let (sender, mut receiver) = mpsc::channel(4);
        let items = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
        let sending = thread::spawn(move || {
            for number in 0..1000 {
                sender.blocking_send(number).unwrap();
                if number % 100 == 0 {
                    // long enough for the reader to wait
                    thread::sleep(Duration::from_millis(2));
                }
            }
        });
        let received: Vec<_> = PipeWaker::new().unwrap().wake(items).collect().await;
        assert_eq!(received, (0..1000).collect::<Vec<_>>());
        sending.join().unwrap();
    }

    #[tokio::test]
    async fn an_item_whose_wake_is_not_read_yet_is_found_by_looking() {
        let (sender, mut receiver) = mpsc::channel(1);
        let items = futures::stream::poll_fn(move |context| receiver.poll_recv(context));
        let mut items = PipeWaker::new().unwrap().wake(items);
        assert_eq!(items.next().now_or_never(), None);
        sender.try_send(1).unwrap();
        // no worker has looked for I/O meanwhile
        assert_eq!(items.next().now_or_never(), None);
        items.look();
        assert_eq!(items.next().now_or_never(), Some(Some(1)));
    }
}
