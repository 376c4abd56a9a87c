//! `create_pod`: creates one pod from a manifest.

use std::sync::Arc;

use super::{Context, Operation};
use crate::bridge::mark::{marked, same_mark};
use crate::bridge::sure::{self, Deadline};
use crate::bridge::{manifest, quota};
use podbay_core::health::PodReport;
use podbay_core::object::Object;
use podbay_core::request::Refusal;

/// Create one pod from a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreatePod {
    /// Namespace; "" for that of the manifest, or podbay's default.
    pub namespace: String,
    /// YAML or JSON of a v1 Pod.
    pub manifest: String,
    /// Check everything, create nothing.
    pub dry_run: bool,
}

/// A pod that was created, or would have been without `dry_run`.
#[derive(Clone, Debug, PartialEq)]
pub struct Created {
    /// What was done, in one sentence.
    pub message: String,
    /// The stored pod.
    pub report: Arc<PodReport>,
}

impl Operation for CreatePod {
    type Reply = Created;

    const NAME: &'static str = "create_pod";
    const MUTATES: bool = true;

    fn mutates(&self) -> bool {
        !self.dry_run
    }

    fn about(&self) -> String {
        format!("a manifest of {} bytes", self.manifest.len())
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Created, Refusal> {
        let Context { bridge, caller, .. } = *context;
        let cluster = &*bridge.cluster;
        let pod = manifest::parse(&self.manifest, &self.namespace, cluster.default_namespace())?;
        let mut pod = bridge.admit_manifest(caller, pod)?;
        let count = quota::mark_pod(caller, &mut pod);
        let (stored, done) = match self.dry_run {
            true => (cluster.create(&pod, true).await?, "would be created (dry run)"),
            false => {
                let room = bridge.room(caller, count).await?;
                let pod = marked(pod);
                let ours = |now: &Object| same_mark(now, &pod);
                let stored = sure::create(cluster, &pod, ours, Deadline::new()).await?;
                quota::Room::is_for(room, &stored);
                (stored, "created")
            }
        };
        context.touched.push(stored.reference());
        Ok(Created {
            message: format!("{} {done}", stored.reference()),
            report: bridge.report_of(&stored)?,
        })
    }
}
