//! Selects what evaluates a launch file: podbay itself, or ROS's own engine, which Python and launch
//! extensions need.
//!
//! ```text
//!   native ── launch::evaluate ── Description
//!     │ meets Python, or what another package adds to launch
//!     ├── here   a child process, where ROS 2 is sourced ──┐
//!     └── image  a short-lived pod of the image ───────────┴── recorder ── Description
//! ```
//!
//! ROS's engine runs code from launch files, so it runs on this machine for ROS callers only if the policy
//! allows it. This includes files of packages: their authors are trusted, but a caller chooses the arguments,
//! which launch files evaluate as Python.

mod advice;
mod deletion;
mod here;
mod image;
mod places;
mod pod;
mod recorder;
mod site;
mod size;
mod state;

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::time::timeout;

pub use deletion::sweep;
pub use podbay_config::cli::Evaluate;
pub(crate) use site::FindCluster;
pub use site::NoImage;

use advice::{ONLY_NATIVE, OTHERS_FIRST, more_time, unanswered, without_options};
use deletion::Cleanup;
use image::PodEvaluation;
use places::Places;

use super::translate::refusal;
use super::turns::Turns;
use podbay_config::DEFAULT_EVALUATE_TIMEOUT;
use podbay_core::cluster::Cluster;
use podbay_core::policy::Policy;
use podbay_core::request::{Caller, Refusal};
use podbay_description::Description;
use podbay_description::limits::LaunchLimits;
use podbay_launch_file as launch;
use podbay_launch_file::{Arguments, Options, Source};
use podbay_render::profile::Profile;
use podbay_text::diagnostic::Diagnostic;

/// Interval of progress messages.
const PROGRESS: Duration = Duration::from_secs(10);

/// Evaluates launch files.
#[derive(Clone)]
pub struct Evaluator {
    /// The evaluator; unset for podbay itself, or ROS's engine if necessary.
    pub how: Option<Evaluate>,
    /// Time limit of ROS's engine for one launch file.
    pub limit: Duration,
    /// Reports to a waiting person that an evaluation is still running.
    pub progress: fn(&str),
    /// Whether ROS's engine may run on this machine for ROS callers.
    pub allow_python_here: bool,
    /// The cluster for an image.
    pub cluster: FindCluster,
    /// The policy for pods that evaluate for ROS callers.
    pub policy: Policy,
    places: Places,
    cleanup: Cleanup,
}

impl Default for Evaluator {
    fn default() -> Self {
        Self {
            how: None,
            limit: DEFAULT_EVALUATE_TIMEOUT,
            progress: |line| tracing::warn!("{line}"),
            allow_python_here: false,
            cluster: Arc::new(|| {
                Box::pin(async { Err(NoImage::NoCluster("no cluster is available".to_owned())) })
            }),
            policy: Policy::default(),
            places: Places::default(),
            cleanup: Cleanup::default(),
        }
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Evaluator({:?})", self.how)
    }
}

/// A launch file to evaluate for a caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'a> {
    pub(super) caller: &'a Caller,
    pub(super) source: &'a Source,
    /// What the caller may read and see.
    pub(super) options: &'a Options,
    /// podbay's own environment.
    pub(super) machine: &'a BTreeMap<String, String>,
    /// The turns for podbay's own evaluation.
    pub(super) turns: &'a Turns,
    pub(super) limits: &'a LaunchLimits,
    /// Provides the image.
    pub(super) profile: &'a Profile,
    /// Whether only the declared arguments are requested, so that nothing is evaluated.
    pub(super) only_arguments: bool,
}

/// A description, or the errors.
type Evaluated = Result<Description, Vec<Diagnostic>>;

impl Evaluator {
    /// Evaluates as configured.
    pub(super) async fn evaluate(&self, task: Task<'_>) -> Result<Description, Refusal> {
        match self.how {
            Some(Evaluate::Native) => {
                let evaluated = native(task).await?;
                evaluated.map_err(|errors| self.refused(errors, task.caller))
            }
            Some(Evaluate::Here) => self.here(task).await,
            Some(Evaluate::Image) => self.image(task).await,
            None => match native(task).await? {
                Ok(description) => Ok(description),
                Err(errors) if launch::needs_ros(&errors) => self.by_ros(task, errors).await,
                Err(errors) => Err(self.refused(errors, task.caller)),
            },
        }
    }

    /// The arguments of a launch file; asks ROS's engine only if necessary.
    pub(super) async fn arguments(&self, task: Task<'_>) -> Result<Arguments, Refusal> {
        let met = match native_arguments(task).await? {
            Ok(arguments) => return Ok(arguments),
            Err(errors) if launch::needs_ros(&errors) => errors,
            Err(errors) => return Err(self.refused(errors, task.caller)),
        };
        let description = match self.how {
            Some(Evaluate::Native) => Err(self.refused(met, task.caller)),
            Some(Evaluate::Here) => self.here(task).await,
            Some(Evaluate::Image) => self.image(task).await,
            None => self.by_ros(task, met).await,
        }?;
        let declared = description.arguments.into_iter();
        Ok(Arguments {
            declared: declared.map(|argument| (argument, false)).collect(),
            problems: description.problems,
        })
    }

    /// The refusal of a launch file with `errors`, which ROS's own engine does not evaluate, either.
    fn refused(&self, errors: Vec<Diagnostic>, caller: &Caller) -> Refusal {
        let help = match self.how {
            Some(Evaluate::Native) => ONLY_NATIVE,
            _ => OTHERS_FIRST,
        };
        refusal(without_options(errors, caller, help))
    }

    /// For the end of podbay: ends all evaluations by ROS, and waits until their pods and folders are deleted.
    pub async fn end(&self) {
        self.cleanup.end().await;
    }

    /// On this machine if ROS 2 is sourced and the caller may, otherwise in the image.
    async fn by_ros(&self, task: Task<'_>, met: Vec<Diagnostic>) -> Result<Description, Refusal> {
        if here::is_possible(task.options) && self.admit_here(task.caller).is_ok() {
            return self.here(task).await;
        }
        let why = match site::with_image(&self.cluster, task.profile).await {
            Ok(cluster) => return self.in_pod(cluster, task).await,
            Err(why) => why,
        };
        let here = match here::is_possible(task.options) {
            true => NOT_FOR_ROS_CALLERS,
            false => here::MISSING,
        };
        Err(refusal(unanswered(
            met,
            task.caller,
            here,
            why.reason(task.caller),
        )))
    }

    async fn here(&self, task: Task<'_>) -> Result<Description, Refusal> {
        self.admit_here(task.caller)?;
        let _turn = self.places.enter(task.caller).await?;
        let started = OnceLock::from(Instant::now());
        let evaluation = Box::pin(here::evaluate(task, self.limit, &self.cleanup));
        tokio::select! {
            biased;
            () = self.cleanup.ending() => Err(ENDING.into()),
            evaluated = self.with_progress(task, &started, evaluation) => evaluated?.map_err(refusal),
        }
    }

    async fn image(&self, task: Task<'_>) -> Result<Description, Refusal> {
        match site::with_image(&self.cluster, task.profile).await {
            Ok(cluster) => self.in_pod(cluster, task).await,
            Err(why) => Err(why.refusal(task.caller)),
        }
    }

    async fn in_pod(&self, cluster: Arc<dyn Cluster>, task: Task<'_>) -> Result<Description, Refusal> {
        let _turn = self.places.enter(task.caller).await?;
        let started = OnceLock::new();
        let evaluation = PodEvaluation::new(cluster, &self.policy, task, self.limit, &started);
        let evaluated = Box::pin(evaluation.run(&self.cleanup));
        tokio::select! {
            biased;
            () = self.cleanup.ending() => Err(ENDING.into()),
            evaluated = self.with_progress(task, &started, evaluated) => evaluated?.map_err(refusal),
        }
    }

    /// Waits for `evaluation`, and reports progress. `started` is set once the engine runs, since a pod first
    /// waits for a host and an image.
    async fn with_progress<T>(
        &self,
        task: Task<'_>,
        started: &OnceLock<Instant>,
        evaluation: impl Future<Output = T>,
    ) -> T {
        let mut evaluation = pin!(evaluation);
        let asked = Instant::now();
        loop {
            match timeout(PROGRESS, &mut evaluation).await {
                Ok(evaluated) => return evaluated,
                Err(_) => (self.progress)(&stage(
                    &task.source.name(),
                    asked.elapsed(),
                    started.get().map(Instant::elapsed),
                    self.limit,
                )),
            }
        }
    }

    fn admit_here(&self, caller: &Caller) -> Result<(), Refusal> {
        match caller {
            Caller::Graph(_) if !self.allow_python_here => Err(NOT_FOR_ROS_CALLERS.into()),
            _ => Ok(()),
        }
    }
}

/// A progress message about the evaluation of `name`, requested `asked` ago, whose engine started `started` ago.
fn stage(name: &str, asked: Duration, started: Option<Duration>, limit: Duration) -> String {
    match started {
        None => format!(
            "the pod for evaluating {name} has been waiting for its host and image for {} s",
            asked.as_secs()
        ),
        Some(started) => format!(
            "ROS's own engine has been evaluating {name} for {} s; the limit is {} s",
            started.as_secs(),
            limit.as_secs()
        ),
    }
}

const ENDING: &str = "podbay is shutting down; retry later";

const NOT_FOR_ROS_CALLERS: &str = "ROS's own engine runs code from launch files, which is not allowed on this \
     machine for ROS callers; `allow_python_here: true` under `policy` in podbay's configuration would allow it";

async fn native(task: Task<'_>) -> Result<Evaluated, Refusal> {
    let (source, options) = (task.source.clone(), task.options.clone());
    let evaluate = move || launch::evaluate(&source, &options);
    task.turns.take(task.caller, task.limits, evaluate).await
}

async fn native_arguments(task: Task<'_>) -> Result<Result<Arguments, Vec<Diagnostic>>, Refusal> {
    let (source, options) = (task.source.clone(), task.options.clone());
    let find = move || launch::arguments(&source, &options);
    task.turns.take(task.caller, task.limits, find).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_until_a_pod_begins_is_not_counted_as_evaluation() {
        let seconds = Duration::from_secs;
        assert_eq!(
            stage("a.launch.py", seconds(70), None, seconds(300)),
            "the pod for evaluating a.launch.py has been waiting for its host and image for 70 s"
        );
        assert_eq!(
            stage("a.launch.py", seconds(80), Some(seconds(10)), seconds(300)),
            "ROS's own engine has been evaluating a.launch.py for 10 s; the limit is 300 s"
        );
    }
}
