//! Wakes a task by way of tokio's I/O driver.
//!
//! When a thread outside the runtime wakes a task, tokio wakes a second worker to look for further tasks. If the
//! thread writes to a pipe instead, only the worker that waits for I/O wakes. Where there are few processors, the
//! second worker would delay the first, and cost a quarter of the processor time of a request.

use std::io;
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker, ready};

use futures::Stream;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::unix::pipe;

/// Wakes the task that waits for a stream.
pub(super) struct Bell {
    waker: Waker,
    rings: pipe::Receiver,
}

/// The end of the pipe to which wakers write.
struct Rope(OwnedFd);

/// A stream whose items come from a thread outside the runtime.
pub(super) struct Rung<S> {
    stream: Pin<Box<S>>,
    bell: Bell,
    /// Whether the bell was rung since the stream had nothing.
    is_rung: bool,
}

impl Wake for Rope {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        // fails only if the pipe is full of rings that are not heard yet, or nobody hears them any more
        let _unheard = rustix::io::write(&self.0, &[0]);
    }
}

impl Bell {
    /// Call within a runtime.
    pub(super) fn new() -> io::Result<Self> {
        let (rope, rings) = pipe::pipe()?;
        let waker = Waker::from(Arc::new(Rope(rope.into_nonblocking_fd()?)));
        Ok(Self { waker, rings })
    }

    /// `stream`, with this bell in place of the waker of its task.
    pub(super) fn of<S>(self, stream: S) -> Rung<S> {
        Rung {
            stream: Box::pin(stream),
            bell: self,
            is_rung: true,
        }
    }

    /// Ready once it is rung; an error if the runtime ends.
    fn poll_rung(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut rings = [0; 64];
        pin!(&mut self.rings).poll_read(context, &mut ReadBuf::new(&mut rings))
    }
}

impl<S: Stream> Stream for Rung<S> {
    type Item = S::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        let this = &mut *self;
        loop {
            if this.is_rung {
                let mut rings = Context::from_waker(&this.bell.waker);
                if let Poll::Ready(item) = this.stream.as_mut().poll_next(&mut rings) {
                    return Poll::Ready(item);
                }
                this.is_rung = false;
            }
            match ready!(this.bell.poll_rung(context)) {
                Ok(()) => this.is_rung = true,
                Err(_runtime_ends) => return Poll::Pending,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;
    use std::time::Duration;

    use futures::StreamExt;
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
        let received: Vec<_> = Bell::new().unwrap().of(items).collect().await;
        assert_eq!(received, (0..1000).collect::<Vec<_>>());
        sending.join().unwrap();
    }
}
