//! `start_launch`: evaluates a launch file and creates its pods.

use super::{Context, Operation};
use crate::bridge::admit::Admission;
use crate::bridge::quota::{self, Count};
use crate::bridge::{LaunchRequest, Translation};
use podbay_core::launch_id::LaunchId;
use podbay_core::object::Object;
use podbay_core::part::{self, Part};
use podbay_core::request::{Caller, Refusal};
use podbay_render::Rendered;
use podbay_text::diagnostic::Diagnostic;

/// Start a launch. If it fails, everything is rolled back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartLaunch(pub LaunchRequest);

/// A started launch.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// What was done, in one sentence.
    pub message: String,
    /// Its id.
    pub launch_id: String,
    /// The objects that bring its pods.
    pub parts: Vec<Part>,
    /// Warnings of what differs from ROS.
    pub problems: Vec<Diagnostic>,
}

impl Operation for StartLaunch {
    type Reply = Started;

    const NAME: &'static str = "start_launch";
    const MUTATES: bool = true;

    fn about(&self) -> String {
        self.0.to_string()
    }

    async fn run(self, context: &mut Context<'_>) -> Result<Started, Refusal> {
        let Context { bridge, caller, .. } = *context;
        let Self(request) = self;
        bridge.admit_start(caller)?;
        let launch_id = request.id();
        let namespace = bridge.cluster.default_namespace().to_owned();
        let (admit, asking) = (bridge.admission(caller), caller.clone());
        let judge = move |translation| Admitted::of(translation, &asking, &admit);
        let translator = bridge.translator.seeded(fastrand::u64(..));
        let target = (&launch_id, namespace.as_str());
        let admitted = translator.translate_and(caller, &request, target, judge).await?;
        let room = bridge.room(caller, admitted.count).await?;
        let made = bridge.make(&admitted.record, &admitted.objects, &mut context.touched);
        quota::Room::is_for(room, &made.await?);
        let Admitted { parts, problems, .. } = admitted;
        Ok(Started {
            message: started(&launch_id, &parts, &namespace),
            launch_id: launch_id.to_string(),
            parts,
            problems,
        })
    }
}

fn started(launch_id: &LaunchId, parts: &[Part], namespace: &str) -> String {
    let begun = format!(
        "launch {launch_id} started with {} in namespace {namespace}",
        part::count(parts)
    );
    match parts {
        [] => format!("{begun}: with these arguments, the launch file starts no process"),
        _ => begun,
    }
}

/// A launch that the policy allows. Built in the turn that renders it, off the runtime's threads.
struct Admitted {
    record: Object,
    objects: Vec<Object>,
    parts: Vec<Part>,
    count: Count,
    problems: Vec<Diagnostic>,
}

impl Admitted {
    /// Checks the launch of `caller` by the policy and marks its objects.
    fn of(translation: Translation, caller: &Caller, admit: &Admission) -> Result<Self, Refusal> {
        let Rendered {
            mut record, objects, ..
        } = translation.rendered;
        let objects = objects.into_iter().map(|object| admit.rendered(object));
        let mut objects = objects.collect::<Result<Vec<_>, _>>()?;
        let count = quota::mark_launch(caller, &mut record, &mut objects);
        Ok(Self {
            parts: objects.iter().filter_map(Part::of).collect(),
            record,
            objects,
            count,
            problems: translation.problems,
        })
    }
}
