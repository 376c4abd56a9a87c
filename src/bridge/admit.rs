//! Applies the policy to ROS callers. Only the cluster's own rules apply to the local user.

use std::time::Duration;

use super::Bridge;
use podbay_core::names::PodKey;
use podbay_core::object::Object;
use podbay_core::policy::{Policy, Reach};
use podbay_core::request::{Caller, Refusal};

/// Checks rendered objects; without a policy, everything is admitted.
pub(crate) struct Admission(Option<Judge>);

struct Judge {
    policy: Policy,
    default_namespace: String,
    scope: Vec<String>,
}

impl Admission {
    /// `object` as it may be created, or why it is denied.
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
    /// The policy for requests of `caller`; none for the local user.
    fn policy_for(&self, caller: &Caller) -> Option<&Policy> {
        match caller {
            Caller::Local => None,
            Caller::Graph(_) => Some(&self.policy),
        }
    }

    /// The pod of a caller's manifest as it may be created, or why it is denied.
    pub(crate) fn admit_manifest(&self, caller: &Caller, pod: Object) -> Result<Object, Refusal> {
        self.admit_start(caller)?;
        match self.policy_for(caller) {
            None => Ok(pod),
            Some(policy) => Ok(policy.admit_manifest(&pod, self.reach())?),
        }
    }

    /// The check for objects rendered for `caller`, usable on any thread.
    pub(crate) fn admission(&self, caller: &Caller) -> Admission {
        Admission(self.policy_for(caller).map(|policy| Judge {
            policy: policy.clone(),
            default_namespace: self.cluster.default_namespace().to_owned(),
            scope: self.cluster.scope().to_vec(),
        }))
    }

    /// Checks that pods may be started at all.
    pub(crate) fn admit_start(&self, caller: &Caller) -> Result<(), Refusal> {
        match self.policy_for(caller) {
            Some(policy) if self.cluster.runs_local_processes() => Ok(policy.admit_local_processes()?),
            _ => Ok(()),
        }
    }

    fn reach(&self) -> Reach<'_> {
        Reach {
            default_namespace: self.cluster.default_namespace(),
            scope: self.cluster.scope(),
        }
    }

    /// Checks that the caller may change objects and read logs in the pod's namespace.
    pub(crate) fn admit_namespace(&self, caller: &Caller, key: &PodKey) -> Result<(), Refusal> {
        match self.policy_for(caller) {
            None => Ok(()),
            Some(policy) => Ok(policy.admit_namespace(&key.namespace, self.reach())?),
        }
    }

    /// Checks that the caller may change `pod`, in its current state, or look into it.
    pub(crate) fn admit_touch(&self, caller: &Caller, pod: &Object) -> Result<(), Refusal> {
        match self.policy_for(caller) {
            None => Ok(()),
            Some(policy) => Ok(policy.admit_touch(pod)?),
        }
    }

    /// Checks a requested grace period.
    pub(crate) fn admit_grace(&self, caller: &Caller, grace: Option<Duration>) -> Result<(), Refusal> {
        match (self.policy_for(caller), grace) {
            (Some(policy), Some(grace)) => Ok(policy.admit_grace(grace)?),
            _ => Ok(()),
        }
    }

    /// Checks that the caller may run commands in containers.
    pub(crate) fn admit_exec(&self, caller: &Caller) -> Result<(), Refusal> {
        match self.policy_for(caller) {
            None => Ok(()),
            Some(policy) => Ok(policy.admit_exec()?),
        }
    }
}
