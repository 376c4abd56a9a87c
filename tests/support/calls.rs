//! For tests that take the bridge's place: the calls that reach it, with their types.

use std::any::Any;

use podbay::operation::{Call, Operation, Pending};

/// Whether `call` requests the operation `O`.
#[allow(dead_code)] // not every test receives several
pub(crate) fn is<O: Operation>(call: &Call) -> bool {
    let job: &dyn Any = &*call.job;
    job.is::<Pending<O>>()
}

/// The request for `O`, and the channel for its reply.
pub(crate) fn take<O: Operation>(call: Call) -> Pending<O> {
    let text = format!("{call:?}");
    let job: Box<dyn Any> = call.job;
    match job.downcast() {
        Ok(pending) => *pending,
        Err(_) => panic!("not a request for {}: {text}", O::NAME),
    }
}
