//! Converts errors of the API server and the connection to those of the cluster port.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::{io, iter};

use kube::core::Status;

use crate::limit::TooLarge;
use podbay_core::cluster::Error;
use podbay_core::object::ObjectRef;
use podbay_text::shown::beginning;

/// How many characters of a message are shown.
const MESSAGE: usize = 4000;

/// The failed request.
#[derive(Clone, Copy)]
pub(super) struct Asked<'a> {
    /// Address of the API server.
    pub(super) server: &'a str,
    /// `create`, `get`, …
    pub(super) verb: &'static str,
    /// The object of the request.
    pub(super) what: &'a ObjectRef,
}

impl Asked<'_> {
    /// The cause of the failure.
    pub(super) fn failed(self, error: kube::Error) -> Error {
        match error {
            kube::Error::Api(status) => self.of_status(&status),
            other => match TooLarge::of(&other) {
                Some(TooLarge { limit }) => self.too_large(limit),
                None => self.unreachable(root_cause(&other)),
            },
        }
    }

    fn too_large(self, limit: usize) -> Error {
        Error::TooLarge {
            server: self.server.to_owned(),
            object: self.what.clone(),
            limit,
        }
    }

    /// The cluster did not respond, or is busy.
    pub(super) fn unreachable(self, message: String) -> Error {
        let server = self.server.to_owned();
        Error::Unreachable { server, message }
    }

    fn of_status(self, status: &Status) -> Error {
        let object = self.what.clone();
        let message = detail(status);
        match (status.code, status.reason.as_str()) {
            (401, _) => self.unauthorized(),
            (403, _) => self.forbidden(status),
            (404, _) => self.not_found(status),
            (_, "AlreadyExists") => Error::Exists(object),
            (409, _) => Error::Conflict { object, message },
            (422 | 413, _) => Error::Invalid { object, message },
            (400, _) if self.writes() => Error::Invalid { object, message },
            (429 | 502 | 503 | 504, _) | (_, "ServerTimeout" | "Timeout") => self.unreachable(message),
            _ => self.refused(&message),
        }
    }

    fn writes(self) -> bool {
        matches!(self.verb, "create" | "apply" | "delete")
    }

    fn unauthorized(self) -> Error {
        let message = format!(
            "the API server at {} rejects podbay's credentials; renew those of the kubeconfig or the service account",
            self.server
        );
        Error::Forbidden { message }
    }

    fn forbidden(self, status: &Status) -> Error {
        let message = said(status);
        let message = match message.contains(" cannot ") {
            true => format!("{message}; {}", grant(self.verb, self.what)),
            false => message.into_owned(),
        };
        Error::Forbidden { message }
    }

    fn not_found(self, status: &Status) -> Error {
        let missing = status.details.as_ref();
        match missing.map(|details| (details.kind.as_str(), details.name.as_str())) {
            Some(("namespaces", name)) if !name.is_empty() => Error::NoNamespace(name.to_owned()),
            // unknown paths are answered without details
            None => self.refused(&format!(
                "the API server does not know {} of {}",
                self.what.kind, self.what.api_version
            )),
            Some(_) => Error::NotFound(self.what.clone()),
        }
    }

    fn refused(self, message: &str) -> Error {
        let deed = match self.verb {
            "logs" => "read the log of",
            "exec" => "run a command in",
            verb => verb,
        };
        Error::Refused(format!("cannot {deed} {}: {message}", self.what))
    }
}

/// The permission that a 403 asks for.
fn grant(verb: &str, what: &ObjectRef) -> String {
    let resource = crate::kinds::plural(what).unwrap_or("it");
    let (verb, resource) = match verb {
        "apply" => ("patch", resource),
        "logs" => ("get", "pods/log"),
        "exec" => ("create", "pods/exec"),
        verb => (verb, resource),
    };
    format!(
        "grant it: a Role with verb {verb} on {resource} in namespace {}",
        what.namespace
    )
}

/// The server's message without `Pod "x" is invalid: `, which podbay adds itself.
fn detail(status: &Status) -> String {
    let message = said(status);
    let bare = message
        .split_once(" is invalid: ")
        .map_or(&*message, |(_, rest)| rest);
    match bare.is_empty() {
        true => format!("HTTP status {} {}", status.code, status.reason),
        false => bare.to_owned(),
    }
}

/// The message of the server, or its beginning: another server's is a whole page.
pub(super) fn said(status: &Status) -> Cow<'_, str> {
    beginning(&status.message, MESSAGE)
}

/// The innermost cause: `Connection refused (os error 111)` instead of `client error (Connect)`.
pub(super) fn root_cause(error: &kube::Error) -> String {
    causes(error).last().map_or_else(String::new, ToString::to_string)
}

/// `error`, its cause, the cause of that, and so on. [`io::Error::source`] skips the error inside, so that is
/// added.
pub(super) fn causes(error: &kube::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    let first: &(dyn StdError + 'static) = error;
    iter::successors(Some(first), |&error| {
        let io = error.downcast_ref::<io::Error>();
        match io.and_then(io::Error::get_ref) {
            Some(inside) => Some(inside),
            None => error.source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `reply` is a Status from a real API server.
    #[track_caller]
    fn check(verb: &'static str, reply: &str, expected: &str) {
        let what = ObjectRef::pod("robots", "talker");
        let status: Status = serde_json::from_str(reply).unwrap();
        let asked = Asked {
            server: "https://cp:6443",
            verb,
            what: &what,
        };
        let error = asked.failed(kube::Error::Api(status.boxed()));
        assert_eq!(error.to_string(), expected);
    }

    #[test]
    fn missing_things() {
        check(
            "get",
            r#"{"status":"Failure","message":"pods \"talker\" not found","reason":"NotFound","details":{"name":"talker","kind":"pods"},"code":404}"#,
            "Pod robots/talker does not exist",
        );
        check(
            "create",
            r#"{"status":"Failure","message":"namespaces \"robots\" not found","reason":"NotFound","details":{"name":"robots","kind":"namespaces"},"code":404}"#,
            "namespace robots does not exist; create it or name one that exists",
        );
        check(
            "create",
            r#"{"message":"404 page not found","reason":"Failed to parse error data","code":404}"#,
            "cannot create Pod robots/talker: the API server does not know Pod of v1",
        );
    }

    #[test]
    fn permissions_name_the_way_out() {
        check(
            "create",
            r#"{"status":"Failure","message":"pods is forbidden: User \"eve\" cannot create resource \"pods\" in API group \"\" in the namespace \"robots\"","reason":"Forbidden","details":{"kind":"pods"},"code":403}"#,
            "not allowed by the cluster: pods is forbidden: User \"eve\" cannot create resource \"pods\" in API \
             group \"\" in the namespace \"robots\"; grant it: a Role with verb create on pods in namespace \
             robots",
        );
        check(
            "create",
            r#"{"status":"Failure","message":"pods \"talker\" is forbidden: exceeded quota: q","reason":"Forbidden","details":{"name":"talker","kind":"pods"},"code":403}"#,
            "not allowed by the cluster: pods \"talker\" is forbidden: exceeded quota: q",
        );
        check(
            "get",
            r#"{"status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#,
            "not allowed by the cluster: the API server at https://cp:6443 rejects podbay's credentials; renew \
             those of the kubeconfig or the service account",
        );
    }

    #[test]
    fn conflicts() {
        check(
            "create",
            r#"{"status":"Failure","message":"pods \"talker\" already exists","reason":"AlreadyExists","details":{"name":"talker","kind":"pods"},"code":409}"#,
            "Pod robots/talker already exists; delete it first, or choose another name",
        );
        check(
            "apply",
            r#"{"status":"Failure","message":"Apply failed with 1 conflict: conflict with \"kubectl\" using v1: .data.a","reason":"Conflict","code":409}"#,
            "Pod robots/talker was modified concurrently: Apply failed with 1 conflict: conflict with \
             \"kubectl\" using v1: .data.a",
        );
    }

    #[test]
    fn bad_objects() {
        check(
            "create",
            r#"{"status":"Failure","message":"Pod \"talker\" is invalid: spec.containers: Required value","reason":"Invalid","details":{"name":"talker","kind":"Pod"},"code":422}"#,
            "Pod robots/talker is invalid: spec.containers: Required value",
        );
        check(
            "logs",
            r#"{"status":"Failure","message":"container x is not valid for pod talker","reason":"BadRequest","code":400}"#,
            "cannot read the log of Pod robots/talker: container x is not valid for pod talker",
        );
    }

    #[test]
    fn a_busy_server_may_be_asked_again() {
        check(
            "create",
            r#"{"status":"Failure","message":"etcdserver: request timed out","reason":"Timeout","code":504}"#,
            "the cluster at https://cp:6443 is not responding: etcdserver: request timed out",
        );
        check(
            "create",
            r#"{"status":"Failure","message":"storage is (re)initializing","reason":"TooManyRequests","code":429}"#,
            "the cluster at https://cp:6443 is not responding: storage is (re)initializing",
        );
    }

    #[test]
    fn a_cause_inside_an_io_error_is_found() {
        let limit = 3 << 20;
        let reading = io::Error::other(io::Error::other(TooLarge { limit }));
        let error = kube::Error::Service(reading.into());
        assert_eq!(TooLarge::of(&error), Some(TooLarge { limit }));
        assert_eq!(root_cause(&error), "its reply exceeds the limit of 3 MiB");
        let error = kube::Error::ReadEvents(io::Error::other("broken"));
        assert_eq!(TooLarge::of(&error), None);
        assert_eq!(root_cause(&error), "broken");
    }

    #[test]
    fn a_reply_that_is_too_large_is_not_one_that_is_missing() {
        let asked = Asked {
            server: "https://cp:6443",
            verb: "get",
            what: &ObjectRef::pod("robots", "talker"),
        };
        let large = TooLarge { limit: 256 << 20 };
        let error = asked.failed(kube::Error::Service(large.into()));
        assert_eq!(
            error.to_string(),
            "the reply of the cluster at https://cp:6443 about Pod robots/talker exceeds the limit of 256 MiB; \
             check that it is a Kubernetes API server"
        );
        assert_eq!(error.word(), "too_large");
    }
}
