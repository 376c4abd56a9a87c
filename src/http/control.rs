//! What only the private socket offers: asking for pods and launches, starting and stopping launches.
//!
//! | request | body | answer |
//! |---|---|---|
//! | `GET /cluster` | | [`About`] |
//! | `GET /pods` | | [`Pod`]s |
//! | `GET /launches` | | [`Launch`]es |
//! | `POST /launches` | [`Start`] | [`Started`] |
//! | `DELETE /launches/ID` | | [`Done`] |
//!
//! What is refused is answered with [`Refused`].

mod wire;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot, watch};

use super::{Readiness, View, public};
use podbay_core::request::{Call, Caller, ListPods, Reply, Request};
use podbay_text::lengths;
pub use wire::{About, Done, Launch, Node, Pod, Refused, Start, Started};

/// Where requests go.
type Calls = mpsc::Sender<Call>;

/// Everything, for the owner of the private socket. Requests go to `calls`, as a person's at the command line.
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
    match ask(&calls, Request::ListPods(ListPods::default())).await {
        Ok(Reply::Pods { pods, .. }) => {
            json(&pods.iter().map(|report| Pod::from(&**report)).collect::<Vec<_>>())
        }
        other => unexpected(other),
    }
}

async fn launches(State(calls): State<Calls>) -> Response {
    match ask(&calls, Request::ListLaunches).await {
        Ok(Reply::Launches(launches)) => json(&launches.into_iter().map(Launch::from).collect::<Vec<_>>()),
        other => unexpected(other),
    }
}

async fn start(State(calls): State<Calls>, body: Bytes) -> Response {
    let start: Start = match serde_json::from_slice(&body) {
        Ok(start) => start,
        Err(error) => {
            return refused(
                StatusCode::BAD_REQUEST,
                &format!("the body is no launch request: {error}").into(),
            );
        }
    };
    match ask(&calls, Request::StartLaunch(start.into())).await {
        Ok(Reply::Started {
            message,
            launch_id,
            parts,
            problems,
        }) => {
            let pods = parts
                .iter()
                .filter_map(|part| Some(part.pod()?.to_string()))
                .collect();
            json(&Started {
                message,
                launch_id,
                pods,
                problems,
            })
        }
        other => unexpected(other),
    }
}

async fn stop(State(calls): State<Calls>, Path(launch_id): Path<String>) -> Response {
    match ask(&calls, Request::StopLaunch { launch_id }).await {
        Ok(Reply::Done(message)) => json(&Done { message }),
        other => unexpected(other),
    }
}

/// Hands a request to the bridge and waits for its answer.
async fn ask(calls: &Calls, request: Request) -> Result<Reply, Refused> {
    let (reply, answer) = oneshot::channel();
    let call = Call {
        caller: Caller::Local,
        request,
        reply,
    };
    let ending = || Refused::from("podbay is ending; start it again".to_owned());
    calls.send(call).await.map_err(|_| ending())?;
    answer.await.map_err(|_| ending())?.map_err(Refused::from)
}

fn unexpected(answer: Result<Reply, Refused>) -> Response {
    match answer {
        Err(why) => refused(StatusCode::CONFLICT, &why),
        Ok(_) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            &"the answer was of another kind".to_owned().into(),
        ),
    }
}

fn refused(code: StatusCode, why: &Refused) -> Response {
    (code, json(why)).into_response()
}

fn json(body: &impl Serialize) -> Response {
    match serde_json::to_string(body) {
        Ok(text) => ([(header::CONTENT_TYPE, "application/json")], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
