//! `stop_launch`: deletes the objects of a launch.

use std::collections::BTreeSet;

use super::{Context, Done, Operation};
use crate::bridge::sure::{self, Deadline};
use crate::bridge::{Bridge, remove};
use podbay_core::names::{LABEL_LAUNCH, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::record;
use podbay_core::request::{Caller, Refusal};
use podbay_render as render;

/// Stop a launch: delete what its record lists and owns, and the record last. If this is interrupted or
/// fails, it can be repeated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StopLaunch {
    /// Its id.
    pub launch_id: String,
}

impl Operation for StopLaunch {
    type Reply = Done;

    const NAME: &'static str = "stop_launch";
    const MUTATES: bool = true;

    fn about(&self) -> String {
        self.launch_id.clone()
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Done, Refusal> {
        let Context { bridge, caller, .. } = *context;
        let Self { launch_id } = self;
        let Some(record) = bridge.record(&launch_id).await? else {
            return match ending(bridge, caller, &launch_id) {
                0 => Err(bridge.unknown_launch(&launch_id)),
                pods => Ok(Done(stopped_already(&launch_id, pods))),
            };
        };
        bridge.admit_namespace(caller, &PodKey::new(record.namespace(), record.name()))?;
        let cluster = &*bridge.cluster;
        let listed = render::record::objects(&record).map_err(|error| edited(&record, error))?;
        let removal = remove::remove(cluster, &record, listed, None).await;
        context.touched.extend(removal.removed.iter().cloned());
        if !removal.left.is_empty() {
            return Err(Refusal::from(format!(
                "launch {launch_id} is not completely stopped; stop it again once the cause is fixed. Remaining: {}",
                removal.left()
            )));
        }
        if !removal.applied.is_empty() {
            return Err(applied(&record, &removal.applied));
        }
        sure::delete(cluster, &record.reference(), record.uid(), None, Deadline::new()).await?;
        bridge.quota.forget(&record.reference());
        context.touched.push(record.reference());
        Ok(Done(stopped(&launch_id, &removal.foreign)))
    }
}

/// Number of pods still ending of a launch without a record: it was stopped, and pods may end after the
/// record was deleted. Only pods that `caller` may change.
fn ending(bridge: &Bridge, caller: &Caller, launch_id: &str) -> usize {
    let snapshot = bridge.model.snapshot();
    let pods = snapshot.pods().map(|report| &report.pod);
    pods.filter(|pod| pod.launch() == launch_id && pod.deleting.is_some())
        .filter(|pod| bridge.admit_namespace(caller, &pod.key).is_ok())
        .count()
}

/// Why a launch with an unusable record is not stopped, and the command that removes it: the garbage collector
/// deletes what the record owns.
fn edited(record: &Object, error: render::record::TooManyObjects) -> Refusal {
    let reference = record.reference();
    Refusal::from(format!(
        "the record of launch {} ({reference}) cannot be used: {error}; stop the launch with: kubectl delete -n {} \
         configmap {}",
        record::launch_id(record),
        record.namespace(),
        record.name()
    ))
}

/// Why a launch created with `kubectl apply` is not stopped, and the command that removes it.
fn applied(record: &Object, objects: &[ObjectRef]) -> Refusal {
    let own = record.reference();
    let kinds = objects
        .iter()
        .chain([&own])
        .map(|object| object.kind.to_lowercase());
    let kinds: Vec<_> = kinds.collect::<BTreeSet<_>>().into_iter().collect();
    let id = record::launch_id(record);
    Refusal::from(format!(
        "launch {id} was applied, so podbay does not delete its objects; use: kubectl delete -n {} {} -l \
         {LABEL_LAUNCH}={id}",
        record.namespace(),
        kinds.join(",")
    ))
}

fn stopped(launch_id: &str, foreign: &[ObjectRef]) -> String {
    let names: Vec<_> = foreign.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [] => format!("launch {launch_id} is being stopped"),
        names => format!(
            "launch {launch_id} is being stopped; skipped, since not part of this launch: {}",
            names.join(", ")
        ),
    }
}

fn stopped_already(launch_id: &str, ending: usize) -> String {
    let are = if ending == 1 { "is" } else { "are" };
    format!("launch {launch_id} was already stopped; {ending} of its pods {are} still ending")
}
