//! Create, apply, get and delete: objects as JSON, in and out.

use std::time::{Duration, Instant};

use kube::api::{
    DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, Preconditions, PropagationPolicy,
    ValidationDirective,
};
use kube::core::request::Error as BuildError;
use kube::core::{Request, Status};
use serde_json::Value;

use crate::errors::Asked;
use crate::kinds::{checked, collection};
use crate::{KubeCluster, prune};
use podbay_core::cluster::{Error, Result};
use podbay_core::names::MANAGED_BY;
use podbay_core::object::{Object, ObjectRef};

/// Timeout for a reply of the API server.
const REPLY: Duration = Duration::from_secs(30);

impl KubeCluster {
    /// Strict: a field that Kubernetes does not know is an error instead of being dropped.
    pub(super) async fn create_object(&self, object: &Object, dry_run: bool) -> Result<Object> {
        let (object, what) = self.placed(object);
        let options = PostParams {
            dry_run,
            field_manager: Some(MANAGED_BY.to_owned()),
        };
        let body = object.0.to_string().into_bytes();
        let mut request = built(&what, Request::new(collection(&what)?).create(&options, body))?;
        if let Ok(strict) = format!("{}&fieldValidation=Strict", request.uri()).parse() {
            *request.uri_mut() = strict;
        }
        self.object("create", &what, self.requests.request(request)).await
    }

    /// Not forced: a field set by another manager is a conflict, not a silent change. podbay only takes over
    /// fields that it set itself when it created the object.
    pub(super) async fn apply_object(&self, object: &Object, dry_run: bool) -> Result<Object> {
        let (object, what) = self.placed(object);
        let mut options = PatchParams {
            dry_run,
            field_validation: Some(ValidationDirective::Strict),
            ..PatchParams::apply(MANAGED_BY)
        };
        let name = checked(&what.name, "name", &what)?;
        let path = Request::new(collection(&what)?);
        let patch = Patch::Apply(&object.0);
        let gentle = built(&what, path.patch(name, &options, &patch))?;
        options.force = true;
        let forced = built(&what, path.patch(name, &options, &patch))?;
        let reply = async {
            match self.requests.request(gentle).await {
                Err(kube::Error::Api(status)) if with_itself(&status) => self.requests.request(forced).await,
                reply => reply,
            }
        };
        self.object("apply", &what, reply).await
    }

    pub(super) async fn get_object(&self, what: &ObjectRef) -> Result<Object> {
        let name = checked(&what.name, "name", what)?;
        let request = built(
            what,
            Request::new(collection(what)?).get(name, &GetParams::default()),
        )?;
        self.object("get", what, self.requests.request(request)).await
    }

    /// Only the object with this uid, if given.
    pub(super) async fn delete_object(
        &self,
        what: &ObjectRef,
        uid: Option<&str>,
        grace: Option<Duration>,
    ) -> Result<()> {
        let name = checked(&what.name, "name", what)?;
        let options = DeleteParams {
            grace_period_seconds: grace.map(|grace| u32::try_from(grace.as_secs()).unwrap_or(u32::MAX)),
            propagation_policy: Some(PropagationPolicy::Background),
            preconditions: uid.map(|uid| Preconditions {
                uid: Some(uid.to_owned()),
                resource_version: None,
            }),
            ..Default::default()
        };
        let request = built(what, Request::new(collection(what)?).delete(name, &options))?;
        self.object("delete", what, self.requests.request(request))
            .await
            .map(drop)
    }

    pub(super) async fn list_config_maps(&self, label: &str) -> Result<Vec<Object>> {
        let options = ListParams::default().labels(label);
        let paths = match self.scope.as_slice() {
            [] => vec![("", "/api/v1/configmaps".to_owned())],
            scope => scope
                .iter()
                .map(|namespace| {
                    Ok((
                        namespace.as_str(),
                        collection(&ObjectRef::config_map(namespace, ""))?,
                    ))
                })
                .collect::<Result<_>>()?,
        };
        let mut found = Vec::new();
        for (namespace, path) in paths {
            let what = ObjectRef::config_map(namespace, "");
            let request = built(&what, Request::new(path).list(&options))?;
            let list = self.object("list", &what, self.requests.request(request)).await?;
            let items = list.0.get("items").and_then(Value::as_array);
            found.extend(items.into_iter().flatten().cloned().map(config_map));
        }
        Ok(found)
    }

    /// `object` in its namespace, or in the default one.
    fn placed(&self, object: &Object) -> (Object, ObjectRef) {
        let mut object = object.clone();
        if object.namespace().is_empty() && object.0.pointer("/metadata").is_some_and(Value::is_object) {
            object.0["metadata"]["namespace"] = Value::from(self.namespace.as_str());
        }
        let what = object.reference();
        (object, what)
    }

    async fn object(
        &self,
        verb: &'static str,
        what: &ObjectRef,
        reply: impl Future<Output = kube::Result<Value>>,
    ) -> Result<Object> {
        let mut value = self.timed(verb, what, reply).await?;
        prune(&mut value);
        Ok(Object(value))
    }

    /// Awaits a reply of the API server up to the timeout, and counts the outcome.
    pub(super) async fn timed<T>(
        &self,
        verb: &'static str,
        what: &ObjectRef,
        reply: impl Future<Output = kube::Result<T>>,
    ) -> Result<T> {
        let started = Instant::now();
        let asked = Asked {
            server: &self.server,
            verb,
            what,
        };
        let result = match tokio::time::timeout(REPLY, reply).await {
            Ok(reply) => reply.map_err(|error| asked.failed(error)),
            Err(_) => Err(asked.unreachable(format!("timed out after {} s", REPLY.as_secs()))),
        };
        let outcome = result.as_ref().err().map_or("ok", Error::word);
        self.meter.api_request(verb, outcome, started.elapsed());
        result
    }
}

/// A list item, with the kind that lists omit.
fn config_map(mut item: Value) -> Object {
    item["apiVersion"] = Value::from("v1");
    item["kind"] = Value::from("ConfigMap");
    prune(&mut item);
    Object(item)
}

/// A request that cannot be built is the caller's error.
fn built<T>(what: &ObjectRef, request: std::result::Result<T, BuildError>) -> Result<T> {
    request.map_err(|error| Error::Invalid {
        object: what.clone(),
        message: error.to_string(),
    })
}

/// Whether podbay's apply conflicts only with podbay's own create.
fn with_itself(status: &Status) -> bool {
    let own = format!("conflict with \"{MANAGED_BY}\"");
    let causes = status.details.as_ref().map_or(&[][..], |details| &details.causes);
    status.code == 409 && !causes.is_empty() && causes.iter().all(|cause| cause.message.starts_with(&own))
}
