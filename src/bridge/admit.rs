//! Applies the policy to ROS callers. Only the cluster's own rules apply to the local user.

use std::sync::Arc;
use std::time::Duration;

use super::Bridge;
use podbay_core::cluster::Cluster;
use podbay_core::names::PodKey;
use podbay_core::object::Object;
use podbay_core::policy::{Policy, Reach};
use podbay_core::request::{Caller, Refusal};

/// Checks objects that are created for a caller, on any thread; without a policy, everything is admitted.
pub(crate) struct Admission(Option<(Policy, Arc<dyn Cluster>)>);

/// The part of `policy` for requests of `caller`: none for the local user.
fn policy_for<'a>(caller: &Caller, policy: &'a Policy) -> Option<&'a Policy> {
    match caller {
        Caller::Local => None,
        Caller::Graph(_) => Some(policy),
    }
}

impl Admission {
    /// The check by `policy` for objects of `caller` in `cluster`.
    pub(crate) fn new(caller: &Caller, policy: &Policy, cluster: &Arc<dyn Cluster>) -> Self {
        Self(policy_for(caller, policy).map(|policy| (policy.clone(), cluster.clone())))
    }

    /// `object` as it may be created, or why it is denied.
    pub(crate) fn rendered(&self, object: Object) -> Result<Object, Refusal> {
        match &self.0 {
            None => Ok(object),
            Some((policy, cluster)) => Ok(policy.admit_rendered(object, Reach::of(&**cluster))?),
        }
    }
}

impl Bridge {
    /// The policy for requests of `caller`; none for the local user.
    fn policy_for(&self, caller: &Caller) -> Option<&Policy> {
        policy_for(caller, &self.policy)
    }

    /// The pod of a caller's manifest as it may be created, or why it is denied.
    pub(crate) fn admit_manifest(&self, caller: &Caller, pod: Object) -> Result<Object, Refusal> {
        self.admit_start(caller)?;
        match self.policy_for(caller) {
            None => Ok(pod),
            Some(policy) => Ok(policy.admit_manifest(&pod, self.reach())?),
        }
    }

    /// The check for objects rendered for `caller`.
    pub(crate) fn admission(&self, caller: &Caller) -> Admission {
        Admission::new(caller, &self.policy, &self.cluster)
    }

    /// Checks that pods may be started at all.
    pub(crate) fn admit_start(&self, caller: &Caller) -> Result<(), Refusal> {
        match self.policy_for(caller) {
            Some(policy) if self.cluster.runs_local_processes() => Ok(policy.admit_local_processes()?),
            _ => Ok(()),
        }
    }

    fn reach(&self) -> Reach<'_> {
        Reach::of(&*self.cluster)
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
