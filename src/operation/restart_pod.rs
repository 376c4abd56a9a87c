//! `restart_pod`: deletes a pod and creates it again.

use std::time::Duration;

use super::{Context, Done, Operation, asked};
use crate::bridge::sure::{self, Deadline};
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};
use podbay_core::request::Refusal;

/// Restart one pod. If a controller owns it, podbay deletes it and the controller creates the next one.
/// Otherwise podbay deletes it and creates it again from its own manifest, see
/// [`Restarts`](crate::bridge::Restarts).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartPod {
    /// The pod.
    pub key: PodKey,
    /// Grace period; `None` for that of the pod.
    pub grace: Option<Duration>,
}

impl Operation for RestartPod {
    type Reply = Done;

    const NAME: &'static str = "restart_pod";
    const MUTATES: bool = true;

    fn about(&self) -> String {
        asked(&self.key)
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Done, Refusal> {
        let Context { bridge, caller, .. } = *context;
        let key = bridge.admit_ending(caller, self.key, self.grace)?;
        bridge.admit_start(caller)?;
        if let Some(begun) = bridge.restarts.under_way(&key) {
            return begun.result().await.map(Done);
        }
        let reference = ObjectRef::pod(&key.namespace, &key.name);
        let pod = bridge.touchable(caller, &reference).await?;
        context.touched.push(reference.clone());
        let Some(owner) = controller(&pod) else {
            let restart = bridge.restarts.begin(&bridge.cluster, key, pod, self.grace);
            return restart.await.map(Done);
        };
        let cluster = &*bridge.cluster;
        sure::delete(cluster, &reference, pod.uid(), self.grace, Deadline::new()).await?;
        Ok(Done(format!(
            "{reference} is being deleted; {owner} creates the next one"
        )))
    }
}

/// Kind and name of the controller that owns the pod.
fn controller(pod: &Object) -> Option<String> {
    let owners = pod.0.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    Some(format!("{} {}", owner["kind"].as_str()?, owner["name"].as_str()?))
}
