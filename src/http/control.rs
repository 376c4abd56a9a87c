//! Requests that only the private socket offers: showing pods and launches, starting and stopping launches.
//!
//! | request | body | reply |
//! |---|---|---|
//! | `GET /cluster` | | [`About`] |
//! | `GET /pods` | | [`Pod`]s |
//! | `GET /launches` | | [`Launch`]es |
//! | `POST /launches` | [`Start`] | [`Started`] |
//! | `DELETE /launches/ID` | | [`Done`] |
//!
//! Refusals are answered with [`Refusal`].

mod wire;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use serde::Serialize;
use tokio::sync::watch;

use super::{Readiness, View, public};
use crate::operation::{self, Calls, ListLaunches, ListPods, Operation, StartLaunch, StopLaunch};
use podbay_core::request::{Caller, Refusal};
use podbay_text::lengths;
pub use wire::{About, Done, Launch, Node, Pod, Start, Started};

/// All routes, for the owner of the private socket. Requests are sent to `calls` as those of the local user.
pub fn private(view: View, calls: Calls) -> Router {
    let control = Router::new()
        .route("/pods", get(pods))
        .route("/launches", get(launches).post(start))
        .route("/launches/{id}", delete(stop))
        .layer(DefaultBodyLimit::max(lengths::REQUEST))
        .with_state(calls);
    let about = Router::new()
        .route("/cluster", get(cluster))
        .with_state((view.kind, view.alive.clone()));
    public(view).merge(about).merge(control)
}

async fn cluster(State((kind, alive)): State<(&'static str, watch::Receiver<Readiness>)>) -> Response {
    let trouble = alive.borrow().clone().err().unwrap_or_default();
    json(&About {
        cluster: kind.to_owned(),
        trouble,
    })
}

async fn pods(State(calls): State<Calls>) -> Response {
    respond::<_, Vec<Pod>>(&calls, Ok(ListPods::default())).await
}

async fn launches(State(calls): State<Calls>) -> Response {
    respond::<_, Vec<Launch>>(&calls, Ok(ListLaunches)).await
}

async fn start(State(calls): State<Calls>, body: Result<Bytes, BytesRejection>) -> Response {
    let body = body.map_err(|error| (error.status(), unread(&error)));
    let start = body.and_then(|body| {
        let start = serde_json::from_slice::<Start>(&body)
            .map_err(|error| Refusal::from(format!("the body is not a valid launch request: {error}")));
        let start = start.and_then(StartLaunch::try_from);
        start.map_err(|refusal| (StatusCode::BAD_REQUEST, refusal))
    });
    respond::<_, Started>(&calls, start).await
}

/// The error for a request that exceeds its limit.
pub(super) fn too_large() -> String {
    format!(
        "the request exceeds the limit of {} bytes; split the launch file up, or request it by its name",
        lengths::REQUEST
    )
}

/// Why the body of a request was not read.
fn unread(error: &BytesRejection) -> Refusal {
    match error.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::from(too_large()),
        _ => Refusal::from(error.body_text()),
    }
}

async fn stop(State(calls): State<Calls>, Path(launch_id): Path<String>) -> Response {
    respond::<_, Done>(&calls, Ok(StopLaunch { launch_id })).await
}

/// The response to `request`: its reply as an `A`, or the refusal. An invalid request has its own status.
async fn respond<O: Operation, A: From<O::Reply> + Serialize>(
    calls: &Calls,
    request: Result<O, (StatusCode, Refusal)>,
) -> Response {
    let (refused, request) = match request {
        Ok(operation) => (StatusCode::CONFLICT, Ok(operation)),
        Err((status, refusal)) => (status, Err(refusal)),
    };
    match reply(calls, request).await {
        Ok(reply) => json(&A::from(reply)),
        Err(refusal) => {
            let status = match refusal.not_found {
                true => StatusCode::NOT_FOUND,
                false => refused,
            };
            (status, json(&refusal)).into_response()
        }
    }
}

async fn reply<O: Operation>(calls: &Calls, request: Result<O, Refusal>) -> Result<O::Reply, Refusal> {
    operation::send(calls, Caller::Local, request).await?.await
}

fn json(body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
