//! The watches for all namespaces in scope: pods, launch records and, if podbay may read them, events that
//! explain why a pod does not start.

use futures::stream::{BoxStream, select_all};
use futures::{Stream, StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1 as k8s;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, watcher};
use kube::{Api, Client};
use serde_json::Value;

use crate::changes::Heard;
use crate::errors::{root_cause, said};
use crate::limit::TooLarge;
use crate::watch::{End, NoReply};
use crate::{KubeCluster, prune, warnings};
use podbay_core::cluster::pod;
use podbay_core::names::RECORDS;
use podbay_core::object::Object;

/// Objects per page of a listing, the largest number of complete pods in memory.
const PAGE: u32 = 100;
/// The server ends a watch after this many seconds, and podbay continues where it ended. This detects watches
/// whose connection was lost silently.
const RENEWAL: u32 = 60;

type Source = BoxStream<'static, Result<Heard, End>>;

/// All watches of all namespaces in scope.
pub(super) fn sources(kube: &KubeCluster) -> impl Stream<Item = Result<Heard, End>> + use<> {
    let namespaces: Vec<Option<&str>> = match kube.scope.is_empty() {
        true => vec![None],
        false => kube
            .scope
            .iter()
            .map(|namespace| Some(namespace.as_str()))
            .collect(),
    };
    let all = namespaces.into_iter().flat_map(|namespace| {
        [
            pods(kube, namespace),
            launches(kube, namespace),
            warnings(kube, namespace),
        ]
    });
    select_all(all.collect::<Vec<_>>())
}

fn pods(kube: &KubeCluster, namespace: Option<&str>) -> Source {
    let api: Api<k8s::Pod> = api(&kube.watches, namespace);
    let watched = Watched::new(kube, "pods", namespace);
    watcher(api, config())
        .map_ok(|event| Heard::Pods(map(event, |pod| pod::from_kubernetes(&pod))))
        .map_err(move |error| watched.end(error))
        .boxed()
}

fn launches(kube: &KubeCluster, namespace: Option<&str>) -> Source {
    let api: Api<k8s::ConfigMap> = api(&kube.watches, namespace);
    let watched = Watched::new(kube, "configmaps", namespace);
    watcher(api, config().labels(RECORDS))
        .map_ok(|event| Heard::Launches(map(event, object)))
        .map_err(move |error| watched.end(error))
        .boxed()
}

/// Never ends the session: everything else works without events, so this is retried at increasing intervals.
fn warnings(kube: &KubeCluster, namespace: Option<&str>) -> Source {
    let api: Api<k8s::Event> = api(&kube.watches, namespace);
    let watched = Watched::new(kube, "events", namespace);
    let heard = watcher(api, config().fields(warnings::SELECTOR)).default_backoff();
    let heard = heard.map_err(move |error| watched.reason(error));
    let changes = warnings::changes(heard);
    changes.map(|change| Ok(Heard::Warning(change))).boxed()
}

fn api<K>(client: &Client, namespace: Option<&str>) -> Api<K>
where
    K: kube::Resource<DynamicType = (), Scope = kube::core::NamespaceResourceScope>,
{
    match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    }
}

fn config() -> watcher::Config {
    watcher::Config::default().page_size(PAGE).timeout(RENEWAL)
}

fn map<A, B>(event: watcher::Event<A>, into: impl FnOnce(A) -> B) -> watcher::Event<B> {
    match event {
        watcher::Event::Apply(item) => watcher::Event::Apply(into(item)),
        watcher::Event::Delete(item) => watcher::Event::Delete(into(item)),
        watcher::Event::Init => watcher::Event::Init,
        watcher::Event::InitApply(item) => watcher::Event::InitApply(into(item)),
        watcher::Event::InitDone => watcher::Event::InitDone,
    }
}

fn object(config_map: k8s::ConfigMap) -> Object {
    let mut value = serde_json::to_value(config_map).unwrap_or(Value::Null);
    prune(&mut value);
    Object(value)
}

/// Subject of a watch, for error messages.
struct Watched {
    server: String,
    resource: &'static str,
    namespace: Option<String>,
}

impl Watched {
    fn new(kube: &KubeCluster, resource: &'static str, namespace: Option<&str>) -> Self {
        Self {
            server: kube.server.clone(),
            resource,
            namespace: namespace.map(str::to_owned),
        }
    }

    /// The effect of a failed watch on the session.
    fn end(&self, error: watcher::Error) -> End {
        use watcher::Error::{
            InitialListFailed, NoResourceVersion, WatchError, WatchFailed, WatchStartFailed,
        };
        match error {
            WatchError(status) if status.code == 410 => End::Expired,
            WatchError(status) => self.failed("watch", &kube::Error::Api(status)),
            InitialListFailed(error) => self.failed("list", &error),
            WatchStartFailed(error) | WatchFailed(error) => self.failed("watch", &error),
            NoResourceVersion => End::Lost(format!(
                "{} sent {} without a version",
                self.server, self.resource
            )),
        }
    }

    /// The reason why an optional watch failed.
    fn reason(&self, error: watcher::Error) -> Option<String> {
        match self.end(error) {
            End::Lost(reason) => Some(reason),
            End::Expired | End::Closed => None,
        }
    }

    fn failed(&self, verb: &str, error: &kube::Error) -> End {
        let kube::Error::Api(status) = error else {
            let (server, cause) = (&self.server, root_cause(error));
            return End::Lost(match TooLarge::of(error) {
                Some(_) => format!("{server} cannot {verb} {self}: {cause}"),
                None => format!("{server} is not responding: {cause}"),
            });
        };
        match status.code {
            410 => End::Expired,
            401 => End::Lost(format!("{} {}", self.server, NoReply::Unauthorized)),
            403 => End::Lost(self.forbidden(verb, &said(status))),
            code => End::Lost(format!(
                "{} cannot {verb} {self}: {} ({code})",
                self.server,
                said(status)
            )),
        }
    }

    fn forbidden(&self, verb: &str, message: &str) -> String {
        let grant = match &self.namespace {
            Some(namespace) => format!(
                "a Role with get, list, watch on {} in namespace {namespace}",
                self.resource
            ),
            None => format!(
                "a ClusterRole with get, list, watch on {}, or limit podbay to namespaces that it may watch",
                self.resource
            ),
        };
        format!("not allowed to {verb} {self}: {message}; grant it: {grant}")
    }
}

impl std::fmt::Display for Watched {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} in namespace {namespace}", self.resource),
            None => write!(f, "{} in all namespaces", self.resource),
        }
    }
}
