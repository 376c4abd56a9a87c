//! Asks the policy, for callers from the ROS graph. The local user is bound by the cluster's own rules only.

use super::Bridge;
use crate::domain::names::PodKey;
use crate::domain::object::Object;
use crate::domain::request::{Caller, Refusal};
use crate::policy::Denied;

impl Bridge {
    /// The pod as it may be created, or why not.
    pub(super) fn admit_pod(&self, caller: &Caller, pod: Object) -> Result<Object, Refusal> {
        match caller {
            Caller::Local => Ok(pod),
            Caller::Graph(_) => Ok(self.policy.admit_pod(&pod, self.cluster.scope())?),
        }
    }

    /// Whether what is in the pod's namespace may be changed or its logs be read.
    pub(super) fn admit_namespace(&self, caller: &Caller, key: &PodKey) -> Result<(), Refusal> {
        match caller {
            Caller::Local => Ok(()),
            Caller::Graph(_) => Ok(self
                .policy
                .admit_namespace(&key.namespace, self.cluster.scope())?),
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

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::from(denied.to_string())
    }
}
