//! Translates a launch file to Kubernetes objects: evaluates, then renders. Uses no cluster, unless the
//! evaluation needs an image.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;

use podbay_config::limits::Limits;
use podbay_core::launch_id::LaunchId;
use podbay_core::request::{Caller, Refusal};
use podbay_description::limits::LaunchLimits;
use podbay_description::{Description, duplicate};
use podbay_launch_file as launch;
use podbay_launch_file::Arguments;
use podbay_render as render;
use podbay_render::profile::Profile;
use podbay_render::{Rendered, Target};
use podbay_text::diagnostic::Diagnostic;

use super::evaluate::{Evaluator, Task};
use super::{LaunchRequest, Profiles, Turns, commands};

/// Evaluates and renders launch files.
#[derive(Clone, Debug, Default)]
pub struct Translator {
    /// What the evaluation of launch files may use.
    pub options: launch::Options,
    /// Selects the evaluator.
    pub evaluator: Evaluator,
    /// The available profiles.
    pub profiles: Profiles,
    /// Folders from which ROS callers may use launch files, in addition to packages.
    pub readable: Vec<PathBuf>,
    /// Who may use `$(command …)`.
    pub commands: Commands,
    /// Limits of one launch.
    pub limits: Limits,
    /// Limits concurrent evaluation and rendering.
    pub turns: Turns,
    /// Environment of every container, overridden by the profile: `ROS_DOMAIN_ID` and the like.
    pub environment: Vec<(String, String)>,
    /// Whether all pods run on this machine.
    pub one_host: bool,
    /// Whether podbay's own node discovers others only by multicast.
    pub multicast_only: bool,
}

/// Who may run the commands of `$(command …)` on this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Commands {
    /// The local user.
    pub local: bool,
    /// ROS callers.
    pub graph: bool,
}

/// A translated launch file.
#[derive(Clone, Debug)]
pub struct Translation {
    /// The evaluated description.
    pub description: Description,
    /// The rendered objects.
    pub rendered: Rendered,
    /// Warnings.
    pub problems: Vec<Diagnostic>,
}

impl Translator {
    /// A copy with a seed for `$(anon …)`; without one, the result is reproducible.
    pub(crate) fn seeded(&self, seed: u64) -> Self {
        let mut seeded = self.clone();
        seeded.options.seed = seed;
        seeded
    }

    /// Only evaluates `request`, with the restrictions of `caller`.
    pub async fn evaluate(&self, caller: &Caller, request: &LaunchRequest) -> Result<Description, Refusal> {
        let limits = self.limits(caller);
        let profile = self.profile(caller, request, &limits).await?;
        let description = self.evaluate_within(caller, request, &profile, &limits).await?;
        let within = limits.clone();
        let check = move || checked(description, &within);
        self.turns.take(caller, &limits, check).await?
    }

    /// The profile of `request`, which is read in a turn: it may be large.
    async fn profile(
        &self,
        caller: &Caller,
        request: &LaunchRequest,
        limits: &LaunchLimits,
    ) -> Result<Arc<Profile>, Refusal> {
        let Some(file) = self.profiles.find(&request.profile)?.cloned() else {
            return Ok(Arc::default());
        };
        let profiles = self.profiles.clone();
        self.turns
            .take(caller, limits, move || profiles.read(&file))
            .await?
    }

    async fn evaluate_within(
        &self,
        caller: &Caller,
        request: &LaunchRequest,
        profile: &Profile,
        limits: &LaunchLimits,
    ) -> Result<Description, Refusal> {
        let task = Task {
            caller,
            source: &request.source,
            options: &self.options_for(caller, request, limits)?,
            machine: &self.options.environment,
            turns: &self.turns,
            limits,
            profile,
            only_arguments: false,
        };
        self.evaluator.evaluate(task).await
    }

    /// The arguments of the launch file of `request`.
    pub async fn arguments(&self, caller: &Caller, request: &LaunchRequest) -> Result<Arguments, Refusal> {
        let limits = self.limits(caller);
        let profile = self.profile(caller, request, &limits).await?;
        let task = Task {
            caller,
            source: &request.source,
            options: &self.options_for(caller, request, &limits)?,
            machine: &self.options.environment,
            turns: &self.turns,
            limits: &limits,
            profile: &profile,
            only_arguments: true,
        };
        self.evaluator.arguments(task).await
    }

    /// Options with the restrictions of `caller`, and the arguments of `request`.
    fn options_for(
        &self,
        caller: &Caller,
        request: &LaunchRequest,
        limits: &LaunchLimits,
    ) -> Result<launch::Options, Refusal> {
        let options = self
            .options
            .clone()
            .with_arguments(&request.arguments)
            .map_err(|problem| refusal(vec![problem]))?;
        let (mut options, may_run) = match caller {
            Caller::Local => (options, self.commands.local),
            Caller::Graph(_) => (options.confined(&self.readable), self.commands.graph),
        };
        options.commands = may_run.then_some(commands::run);
        options.limits = limits.clone();
        Ok(options)
    }

    /// The limits for a launch of `caller`.
    fn limits(&self, caller: &Caller) -> LaunchLimits {
        match caller {
            Caller::Local => self.limits.local(),
            Caller::Graph(_) => self.limits.graph(),
        }
    }

    /// Translates `request` for `namespace` under `launch_id`.
    pub(crate) async fn translate(
        &self,
        caller: &Caller,
        request: &LaunchRequest,
        launch_id: &LaunchId,
        namespace: &str,
    ) -> Result<Translation, Refusal> {
        self.translate_and(caller, request, (launch_id, namespace), Ok)
            .await
    }

    /// The same, and calls `then` within the same turn, since the objects may be many and large.
    pub(crate) async fn translate_and<T: Send + 'static>(
        &self,
        caller: &Caller,
        request: &LaunchRequest,
        (launch_id, namespace): (&LaunchId, &str),
        then: impl FnOnce(Translation) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let limits = self.limits(caller);
        let profile = self.profile(caller, request, &limits).await?;
        let description = self.evaluate_within(caller, request, &profile, &limits).await?;
        let target = Target {
            limits: limits.clone(),
            ..self.target(request, launch_id.clone(), namespace)
        };
        let work = move || {
            let description = checked(description, &target.limits)?;
            let rendered = render::launch(&description, &profile, &target).map_err(refusal)?;
            let problems = description.problems.iter().chain(&rendered.problems);
            let problems = problems.cloned().collect();
            then(Translation {
                description,
                rendered,
                problems,
            })
        };
        self.turns.take(caller, &limits, work).await?
    }

    fn target(&self, request: &LaunchRequest, launch_id: LaunchId, namespace: &str) -> Target {
        Target {
            launch_id,
            namespace: namespace.to_owned(),
            source: request.to_string(),
            arguments: request.arguments.clone(),
            environment: self.environment.clone(),
            one_host: self.one_host,
            distro: self
                .options
                .environment
                .get("ROS_DISTRO")
                .cloned()
                .unwrap_or_default(),
            multicast_only: self.multicast_only,
            ..Target::default()
        }
    }
}

/// The description, if it is within its limits, with warnings about its nodes.
fn checked(mut description: Description, limits: &LaunchLimits) -> Result<Description, Refusal> {
    admit_size(&description, limits)?;
    let duplicates = duplicate::nodes(&description);
    description.problems.extend(duplicates);
    Ok(description)
}

/// Refuses a description that is too large, no matter which engine evaluated it.
fn admit_size(description: &Description, limits: &LaunchLimits) -> Result<(), Refusal> {
    if description.processes.len() + description.composable_nodes.len() > limits.processes {
        return Err(refusal(vec![limits.too_many()]));
    }
    let written = serde_json::to_writer(AtMost(limits.bytes), description);
    written.map_err(|_| refusal(vec![limits.too_large()]))
}

/// A writer that counts up to a number of bytes and keeps none.
struct AtMost(usize);

impl Write for AtMost {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A refusal because of `problems`.
pub(super) fn refusal(problems: Vec<Diagnostic>) -> Refusal {
    let message = match problems.as_slice() {
        [] => "the launch file cannot be translated".to_owned(),
        [only] => only.to_string(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    };
    Refusal {
        problems,
        ..Refusal::from(message)
    }
}
