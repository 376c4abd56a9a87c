//! Calls that are carried out for callers elsewhere.

use std::sync::Arc;

use futures::future::BoxFuture;
use podbay::bridge::Bridge;
use podbay::operation::{Call, Job, ListPods, send, serve};
use podbay_core::request::Caller;
use tokio::sync::mpsc;

use super::podbay;

/// Panics before it is counted or logged.
#[derive(Debug)]
struct Broken {
    is_read: bool,
}

impl Job for Broken {
    fn is_read(&self) -> bool {
        self.is_read
    }

    fn carry_out<'a>(self: Box<Self>, _: &'a Bridge, _: &'a Caller) -> BoxFuture<'a, ()> {
        Box::pin(async { panic!("a bug") })
    }
}

#[tokio::test]
async fn a_call_that_panics_ends_no_other() {
    let podbay = podbay("calls", "{}");
    let (calls, waiting) = mpsc::channel(4);
    // with one place, a call that kept it would hold up the next one
    let serving = tokio::spawn(serve(Arc::new(podbay.bridge), waiting, 1));
    for is_read in [true, false] {
        let broken = Call {
            caller: Caller::Local,
            job: Box::new(Broken { is_read }),
        };
        calls.send(broken).await.unwrap();
        let reply = send(&calls, Caller::Local, Ok(ListPods::default())).await;
        assert!(reply.unwrap().await.is_ok());
    }
    drop(calls);
    serving.await.unwrap();
    podbay.embedded.kill().await;
    let _gone = std::fs::remove_dir_all(podbay.folder);
}
