//! Requests that only the private socket offers: showing pods and launches, and stopping launches.
//!
//! | request | reply |
//! |---|---|
//! | `GET /cluster` | [`About`] |
//! | `GET /pods` | [`Pod`]s |
//! | `GET /launches` | [`Launch`]es |
//! | `DELETE /launches/ID` | [`Done`] |
//!
//! Refusals are answered with [`Refusal`].

mod wire;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use serde::Serialize;
use tokio::sync::watch;

use super::{Readiness, View, public};
use crate::operation::{self, Calls, ListLaunches, ListPods, Operation, StopLaunch};
use podbay_core::request::{Caller, Refusal};
pub use wire::{About, Done, Launch, Node, Pod};

/// All routes, for the owner of the private socket. Requests are sent to `calls` as those of the local user.
pub fn private(view: View, calls: Calls) -> Router {
    let control = Router::new()
        .route("/pods", get(pods))
        .route("/launches", get(launches))
        .route("/launches/{id}", delete(stop))
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
    respond::<_, Vec<Pod>>(&calls, ListPods::default()).await
}

async fn launches(State(calls): State<Calls>) -> Response {
    respond::<_, Vec<Launch>>(&calls, ListLaunches).await
}

async fn stop(State(calls): State<Calls>, Path(launch_id): Path<String>) -> Response {
    respond::<_, Done>(&calls, StopLaunch { launch_id }).await
}

/// The response to `request`: its reply as an `A`, or the refusal.
async fn respond<O: Operation, A: From<O::Reply> + Serialize>(calls: &Calls, request: O) -> Response {
    match reply(calls, request).await {
        Ok(reply) => json(&A::from(reply)),
        Err(refusal) => {
            let status = match refusal.not_found {
                true => StatusCode::NOT_FOUND,
                false => StatusCode::CONFLICT,
            };
            (status, json(&refusal)).into_response()
        }
    }
}

async fn reply<O: Operation>(calls: &Calls, request: O) -> Result<O::Reply, Refusal> {
    operation::send(calls, Caller::Local, Ok(request)).await?.await
}

fn json(body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
