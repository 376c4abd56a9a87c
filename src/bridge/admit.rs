//! Asks the policy, for callers from the ROS graph. The local user is bound by the cluster's own rules only.

use std::time::Duration;

use super::Bridge;
use podbay_core::names::PodKey;
use podbay_core::object::Object;
use podbay_core::policy::{Policy, Reach};
use podbay_core::request::{Caller, Refusal};

/// Judges what podbay rendered; everything is admitted where nobody judges.
pub(crate) struct Admission(Option<Judge>);

struct Judge {
    policy: Policy,
    default_namespace: String,
    scope: Vec<String>,
}

impl Admission {
    /// `object` as it may be created, or why not.
    pub(crate) fn rendered(&self, object: Object) -> Result<Object, Refusal> {
        let Some(judge) = &self.0 else { return Ok(object) };
        let reach = Reach {
            default_namespace: &judge.default_namespace,
            scope: &judge.scope,
        };
        Ok(judge.policy.admit_rendered(object, reach)?)
    }
}

impl Bridge {
    /// The pod of a caller's manifest as it may be created, or why not.
    pub(crate) fn admit_manifest(&self, caller: &Caller, pod: Object) -> Result<Object, Refusal> {
        self.admit_start(caller)?;
        match caller {
            Caller::Local => Ok(pod),
            Caller::Graph(_) => Ok(self.policy.admit_manifest(&pod, self.reach())?),
        }
    }

    /// What judges objects that podbay rendered for `caller`, on any thread.
    pub(crate) fn admission(&self, caller: &Caller) -> Admission {
        Admission(match caller {
            Caller::Local => None,
            Caller::Graph(_) => Some(Judge {
                policy: self.policy.clone(),
                default_namespace: self.cluster.default_namespace().to_owned(),
                scope: self.cluster.scope().to_vec(),
            }),
        })
    }

    /// Whether pods may be started at all.
    pub(crate) fn admit_start(&self, caller: &Caller) -> Result<(), Refusal> {
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
    pub(crate) fn admit_namespace(&self, caller: &Caller, key: &PodKey) -> Result<(), Refusal> {
        match caller {
            Caller::Local => Ok(()),
            Caller::Graph(_) => Ok(self.policy.admit_namespace(&key.namespace, self.reach())?),
        }
    }

    /// Whether `pod`, as the cluster has it now, may be changed or looked into.
    pub(crate) fn admit_touch(&self, caller: &Caller, pod: &Object) -> Result<(), Refusal> {
        match caller {
            Caller::Local => Ok(()),
            Caller::Graph(_) => Ok(self.policy.admit_touch(pod)?),
        }
    }

    /// Whether a pod may be given so much time to end.
    pub(crate) fn admit_grace(&self, caller: &Caller, grace: Option<Duration>) -> Result<(), Refusal> {
        match (caller, grace) {
            (Caller::Graph(_), Some(grace)) => Ok(self.policy.admit_grace(grace)?),
            _ => Ok(()),
        }
    }

    /// Whether commands may be run in containers.
    pub(crate) fn admit_exec(&self, caller: &Caller) -> Result<(), Refusal> {
        match caller {
            Caller::Local => Ok(()),
            Caller::Graph(_) => Ok(self.policy.admit_exec()?),
        }
    }
}
