//! Asks the policy, for callers from the ROS graph. The local user is bound by the cluster's own rules only.

use serde_json::json;

use super::Bridge;
use crate::domain::names::PodKey;
use crate::domain::object::Object;
use crate::domain::request::{Caller, Refusal};
use crate::policy::{Denied, Reach};

impl Bridge {
    /// The pod of a caller's manifest as it may be created, or why not.
    pub(super) fn admit_manifest(&self, caller: &Caller, pod: Object) -> Result<Object, Refusal> {
        self.admit_start(caller)?;
        match caller {
            Caller::Local => Ok(pod),
            Caller::Graph(_) => Ok(self.policy.admit_manifest(&pod, self.reach())?),
        }
    }

    /// An object that podbay rendered as it may be created, or why not. What makes pods is judged by the pod that
    /// it would make.
    pub(super) fn admit_rendered(&self, caller: &Caller, mut object: Object) -> Result<Object, Refusal> {
        if *caller == Caller::Local {
            return Ok(object);
        }
        if object.kind() == "Pod" {
            return Ok(self.policy.admit_pod(&object, self.reach())?);
        }
        if let Some(pod) = pod_of_template(&object) {
            let mut admitted = self.policy.admit_pod(&pod, self.reach())?;
            object.0["spec"]["template"]["spec"] = admitted.0["spec"].take();
        }
        Ok(object)
    }

    /// Whether pods may be started at all.
    pub(super) fn admit_start(&self, caller: &Caller) -> Result<(), Refusal> {
        match caller {
            Caller::Graph(_) if self.cluster.runs_local_processes() => {
                Ok(self.policy.admit_local_processes()?)
            }
            _ => Ok(()),
        }
    }

    fn reach(&self) -> Reach<'_> {
        Reach {
            default_namespace: self.cluster.default_namespace(),
            scope: self.cluster.scope(),
        }
    }

    /// Whether what is in the pod's namespace may be changed or its logs be read.
    pub(super) fn admit_namespace(&self, caller: &Caller, key: &PodKey) -> Result<(), Refusal> {
        match caller {
            Caller::Local => Ok(()),
            Caller::Graph(_) => Ok(self.policy.admit_namespace(&key.namespace, self.reach())?),
        }
    }

    /// Whether commands may be run in the pod.
    pub(super) fn admit_exec(&self, caller: &Caller, key: &PodKey) -> Result<(), Refusal> {
        self.admit_namespace(caller, key)?;
        match caller {
            Caller::Local => Ok(()),
            Caller::Graph(_) => Ok(self.policy.admit_exec()?),
        }
    }
}

/// The pod that a Deployment, Job, … would make.
fn pod_of_template(object: &Object) -> Option<Object> {
    let template = object.0.pointer("/spec/template")?;
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": template["metadata"], "spec": template["spec"]});
    pod["metadata"]["name"] = json!(object.name());
    pod["metadata"]["namespace"] = json!(object.namespace());
    Some(Object(pod))
}

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::from(denied.to_string())
    }
}
