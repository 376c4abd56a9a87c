//! What operations on pods have in common: identifying the pod and the container, and the model's state of
//! the pod.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Bridge;
use podbay_core::cluster::{self, LogQuery};
use podbay_core::formats::is_label;
use podbay_core::health::{self, PodReport, Surroundings};
use podbay_core::names::{Nodes, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::pod::ContainerState;
use podbay_core::request::{Caller, Refusal};
use podbay_text::near::nearest;

impl Bridge {
    /// Checks that `caller` may look into the pod. Asks the cluster who created it, since the model may lag.
    pub(crate) async fn look_into(&self, caller: &Caller, key: &PodKey) -> Result<(), Refusal> {
        match caller {
            Caller::Local => Ok(()),
            Caller::Graph(_) => {
                let pod = ObjectRef::pod(&key.namespace, &key.name);
                self.touchable(caller, &pod).await.map(drop)
            }
        }
    }

    /// The complete key of a pod that the caller wants to end after `grace`, if the policy allows it for its
    /// namespace. [`touchable`](Self::touchable) checks the pod itself.
    pub(crate) fn admit_ending(
        &self,
        caller: &Caller,
        key: PodKey,
        grace: Option<Duration>,
    ) -> Result<PodKey, Refusal> {
        let key = self.complete(key)?;
        self.admit_namespace(caller, &key)?;
        self.admit_grace(caller, grace)?;
        Ok(key)
    }

    /// The current state of `pod`, which the caller may change or look into.
    pub(crate) async fn touchable(&self, caller: &Caller, pod: &ObjectRef) -> Result<Object, Refusal> {
        let pod = match self.cluster.get(pod).await {
            Err(cluster::Error::NotFound(_)) => {
                return Err(self.absent(&PodKey::new(&pod.namespace, &pod.name)));
            }
            found => found?,
        };
        self.admit_touch(caller, &pod)?;
        Ok(pod)
    }

    /// The refusal for a pod that does not exist; suggests a similar name in its namespace.
    fn absent(&self, key: &PodKey) -> Refusal {
        let snapshot = self.model.snapshot();
        let pods = snapshot.pods().map(|report| &report.pod.key);
        let others = pods.filter(|other| other.namespace == key.namespace && *other != key);
        let help = match nearest(&key.name, others.map(|other| other.name.as_str())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "list_pods lists all pods".to_owned(),
        };
        Refusal::not_found(format!("Pod {key} not found in {}; {help}", self.place()))
    }

    /// The refusal for a log that cannot be read. If the container is waiting, gives the reason as the pod's
    /// health does, and says which log may exist.
    pub(crate) fn without_log(&self, query: &LogQuery, error: cluster::Error) -> Refusal {
        let mut refusal = Refusal::from(error);
        let snapshot = self.model.snapshot();
        let Some(report) = snapshot.pod(&query.key) else {
            return refusal;
        };
        let mut containers = report.pod.containers.iter();
        let container = containers.find(|container| container.name == query.container);
        if let Some(container) = container
            && matches!(container.state, ContainerState::Waiting { .. })
        {
            refusal.message += &format!("; {}: {}", report.health.reason, report.health.message);
            let ran = container.last.as_ref().is_some_and(|last| !last.never_ran());
            if ran && !query.previous {
                refusal.message += "; for the log of its last run, set previous: true";
            }
        }
        refusal
    }

    /// The cluster, for a message.
    pub(super) fn place(&self) -> String {
        match self.cluster.runs_local_processes() {
            true => "the embedded cluster".to_owned(),
            false => format!("the cluster {}", self.cluster.name()),
        }
    }

    /// `key` with the default namespace filled in, if podbay watches that namespace.
    pub(crate) fn complete(&self, mut key: PodKey) -> Result<PodKey, Refusal> {
        if key.name.is_empty() {
            return Err("the name of the pod is required".into());
        }
        if key.namespace.is_empty() {
            key.namespace = self.cluster.default_namespace().to_owned();
        }
        self.watched(&key.namespace)?;
        Ok(key)
    }

    /// Refuses a namespace that podbay does not watch; "" means all.
    pub(crate) fn watched(&self, namespace: &str) -> Result<(), Refusal> {
        let scope = self.cluster.scope();
        if !namespace.is_empty() && !is_label(namespace) {
            return Err(Refusal::from(format!(
                "{namespace:?} is not the name of a namespace: use lower-case letters, digits and '-'"
            )));
        }
        if namespace.is_empty() || scope.is_empty() || scope.iter().any(|watched| watched == namespace) {
            return Ok(());
        }
        Err(Refusal::from(format!(
            "podbay does not watch namespace {namespace:?}, only {}; add it to `namespaces` in podbay's configuration",
            scope.join(", ")
        )))
    }

    /// The pod's state in the model.
    pub(crate) fn known(&self, key: &PodKey) -> Result<Arc<PodReport>, Refusal> {
        let snapshot = self.model.snapshot();
        snapshot.pod(key).cloned().ok_or_else(|| self.absent(key))
    }

    /// `asked`, or the only container of the pod.
    pub(crate) fn container(&self, key: &PodKey, asked: String) -> Result<String, Refusal> {
        let report = self.known(key)?;
        let names: Vec<&str> = report
            .pod
            .containers
            .iter()
            .map(|container| container.name.as_str())
            .collect();
        let main: Vec<_> = report
            .pod
            .containers
            .iter()
            .filter(|container| !container.init)
            .collect();
        match (asked.as_str(), main.as_slice()) {
            ("", [only]) => Ok(only.name.clone()),
            ("", _) => Err(Refusal::from(format!(
                "container is required: Pod {key} has {}",
                names.join(", ")
            ))),
            (asked, _) if names.contains(&asked) => Ok(asked.to_owned()),
            (asked, _) => Err(Refusal::from(format!(
                "Pod {key} has no container {asked:?}; choose one of {}",
                names.join(", ")
            ))),
        }
    }

    /// The report of an object that was just stored, and that the watch has not reported yet.
    pub(crate) fn report_of(&self, stored: &Object) -> Result<Arc<PodReport>, Refusal> {
        let pod = cluster::pod::from_object(stored)
            .map_err(|error| Refusal::from(format!("the cluster did not reply with a Pod: {error}")))?;
        let snapshot = self.model.snapshot();
        let around = Surroundings {
            nodes: &Nodes::new(),
            connection: snapshot.connection(),
            now: SystemTime::now(),
        };
        let health = health::evaluate(&pod, &around);
        Ok(Arc::new(PodReport { pod, health }))
    }
}
