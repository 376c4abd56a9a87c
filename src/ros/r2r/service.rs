//! Services: requests from rcl, answered concurrently.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};

use r2r::ServiceRequest;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::msgs::Service;
use podbay_core::request::Refusal;

/// Number of requests of this process. r2r does not identify callers, so a request is identified by its
/// number.
static REQUESTS: AtomicU64 = AtomicU64::new(0);

/// Answers requests until the stream ends. The handler limits the number of concurrent requests, since it can
/// report that to the caller.
pub(super) async fn run<S, H, F>(name: String, mut requests: mpsc::Receiver<ServiceRequest<S>>, handler: H)
where
    S: Service,
    H: Fn(String, Result<S::Request, Refusal>) -> F,
    F: Future<Output = S::Response> + Send + 'static,
{
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = running.join_next() => {}
            request = requests.recv() => {
                let Some(mut request) = request else { return };
                let asked = std::mem::take(&mut request.message);
                let response = handler(caller(), Ok(asked));
                running.spawn(reply_to(name.clone(), request, response));
            }
        }
    }
}

async fn reply_to<S: Service>(
    service: String,
    request: ServiceRequest<S>,
    response: impl Future<Output = S::Response>,
) {
    if let Err(error) = request.respond(response.await) {
        tracing::warn!(service, %error, "a reply was lost");
    }
}

fn caller() -> String {
    format!("rcl request {}", REQUESTS.fetch_add(1, Ordering::Relaxed) + 1)
}
