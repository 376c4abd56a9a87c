//! `delete_pod`: deletes a pod.

use std::time::Duration;

use super::{Context, Done, Operation, asked};
use crate::bridge::sure::{self, Deadline};
use podbay_core::names::PodKey;
use podbay_core::object::ObjectRef;
use podbay_core::request::Refusal;

/// Delete one pod. One that is being restarted is not created again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletePod {
    /// The pod.
    pub key: PodKey,
    /// Grace period; `None` for that of the pod.
    pub grace: Option<Duration>,
}

impl Operation for DeletePod {
    type Reply = Done;

    const NAME: &'static str = "delete_pod";
    const MUTATES: bool = true;

    fn about(&self) -> String {
        asked(&self.key)
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Done, Refusal> {
        let Context { bridge, caller, .. } = *context;
        let key = bridge.admit_ending(caller, self.key, self.grace)?;
        let pod = ObjectRef::pod(&key.namespace, &key.name);
        let called_off = bridge.call_off_restart(caller, &key).await?;
        let message = match bridge.touchable(caller, &pod).await {
            Err(refusal) if refusal.not_found && called_off => format!("{pod} was deleted"),
            now => {
                let now = now?;
                let cluster = &*bridge.cluster;
                sure::delete(cluster, &pod, now.uid(), self.grace, Deadline::new()).await?;
                format!("{pod} is being deleted")
            }
        };
        bridge.quota.forget(&pod);
        context.touched.push(pod);
        Ok(Done(message))
    }
}
