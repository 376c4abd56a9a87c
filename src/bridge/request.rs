//! Takes calls, answers each in a task of its own, logs every mutation.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use futures::FutureExt;
use tokio::sync::{Semaphore, mpsc};
use tracing::{error, info, warn};

use super::{Bridge, Touched};
use podbay_core::object::ObjectRef;
use podbay_core::request::{Call, Caller, Refusal, Reply, Request};
use podbay_text::lengths;

/// Requests answered at the same time; further ones wait in the channel of calls. More than the ROS graph may
/// have at work at once, so that the local user always finds a place.
const IN_FLIGHT: usize = crate::ros::IN_FLIGHT + 16;

impl Bridge {
    /// Answers calls until every sender is gone.
    pub async fn run(self: Arc<Self>, mut calls: mpsc::Receiver<Call>) {
        let places = Arc::new(Semaphore::new(IN_FLIGHT));
        while let Some(call) = calls.recv().await {
            let Ok(place) = places.clone().acquire_owned().await else {
                return;
            };
            let bridge = self.clone();
            self.at_work.spawn(async move {
                bridge.reply(call).await;
                drop(place);
            });
        }
    }

    /// Carries out one request and answers it. Once its caller has gone, what changes nothing is given up; a change is
    /// finished all the same.
    async fn reply(&self, mut call: Call) {
        let mutates = call.request.mutates();
        let answer = tokio::select! {
            answer = self.answer(&call.caller, call.request) => answer,
            () = call.reply.closed(), if !mutates => return,
        };
        // Nobody listens if the caller has gone meanwhile.
        let _ = call.reply.send(answer);
    }

    /// Carries out one request.
    pub async fn answer(&self, caller: &Caller, request: Request) -> Result<Reply, Refusal> {
        let name = request.name();
        let mutation = request.mutates().then(|| request.subject());
        let started = Instant::now();
        let mut touched = Touched::new();
        let answer = survived(name, Box::pin(self.dispatch(caller, request, &mut touched))).await;
        self.metrics.ros_request(name, answer.is_ok(), started.elapsed());
        if let Some(subject) = mutation {
            log_mutation(caller, name, &subject, &answer, &touched);
        }
        answer
    }

    async fn dispatch(
        &self,
        caller: &Caller,
        request: Request,
        touched: &mut Touched,
    ) -> Result<Reply, Refusal> {
        match request {
            Request::CreatePod(create) => self.create_pod(caller, create, touched).await,
            Request::DeletePod { key, grace } => self.delete_pod(caller, key, grace, touched).await,
            Request::RestartPod { key, grace } => self.restart_pod(caller, key, grace, touched).await,
            Request::GetPod { key } => self.get_pod(key),
            Request::ListPods(query) => self.list_pods(caller, &query),
            Request::GetLogs(query) => self.get_logs(caller, query).await,
            Request::ExecInPod(command) => self.exec_in_pod(caller, command, touched).await,
            Request::StartLaunch(source) => self.start_launch(caller, source, touched).await,
            Request::StopLaunch { launch_id } => self.stop_launch(caller, &launch_id, touched).await,
            Request::ListLaunches => Ok(self.list_launches()),
            Request::TranslateLaunch(source) => self.translate_launch(caller, source).await,
        }
    }
}

/// The answer, or a refusal when the work on it panicked: a fault that one request meets is not everyone's end.
async fn survived(
    name: &str,
    answer: impl Future<Output = Result<Reply, Refusal>>,
) -> Result<Reply, Refusal> {
    // What the work shared with others is behind locks that no panic leaves half written.
    let answer = AssertUnwindSafe(answer).catch_unwind().await;
    answer.unwrap_or_else(|_| {
        error!("{name} failed by a fault of podbay's own, see the panic above");
        Err(Refusal::from(format!(
            "{name} failed by a fault of podbay's own; its log says where, please report it"
        )))
    })
}

/// The one line a mutation leaves: who asked, what, what was decided, which objects were changed.
fn log_mutation(
    caller: &Caller,
    action: &str,
    subject: &str,
    answer: &Result<Reply, Refusal>,
    touched: &[ObjectRef],
) {
    let objects = touched
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    // A refusal may quote what the caller sent.
    let reason = lengths::short(answer.as_ref().err().map_or("", |refusal| &refusal.message));
    match answer {
        Ok(_) => info!(%caller, action, subject, decision = "done", objects, "request"),
        // The local user is told by the command itself.
        Err(_) if *caller == Caller::Local => {
            info!(%caller, action, subject, decision = "refused", reason, objects, "request");
        }
        Err(_) => {
            warn!(%caller, action, subject, decision = "refused", reason, objects, "request");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_refusal() {
        let faulty = async { Err(Refusal::from(Vec::<String>::new().remove(0))) };
        let refusal = survived("get_pod", faulty).await.unwrap_err();
        assert!(
            refusal.message.starts_with("get_pod failed by a fault"),
            "{refusal:?}"
        );
        let done = async { Ok(Reply::Done("done".to_owned())) };
        assert_eq!(
            survived("get_pod", done).await,
            Ok(Reply::Done("done".to_owned()))
        );
    }
}
