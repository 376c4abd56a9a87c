//! Evaluation by ROS's own engine in a short-lived pod of the profile's image.
//!
//! The pod owns what it needs, has a deadline, and is deleted at the end ([`deletion`](super::deletion)).

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::super::admit::Admission;
use super::super::sure::{self, Deadline};
use super::super::translate::refusal;
use super::deletion::{Cleanup, Deletion};
use super::recorder::{self, Recording};
use super::{Evaluated, Task, more_time, pod, state};
use podbay_core::cluster::{Cluster, Error};
use podbay_core::names::PodKey;
use podbay_core::object::Object;
use podbay_core::policy::Policy;
use podbay_core::request::{Caller, Refusal};
use podbay_launch_file::Source;
use podbay_text::files;

/// How long a pod may take to start, including pulling a slow image once.
const START: Duration = Duration::from_secs(300);

/// Total time limit for ROS callers, who may not know that their launch file hangs.
const TIME_FOR_ROS_CALLERS: Duration = Duration::from_secs(180);

/// How long podbay keeps waiting for Kubernetes to end the pod.
const SLACK: Duration = Duration::from_secs(30);

/// Interval for checking a pod that has not started.
const LOOK: Duration = Duration::from_millis(500);

/// Bytes of a launch file that fit into a ConfigMap with the recorder.
const INPUT_LIMIT: usize = 800 << 10;

/// One evaluation in a pod, to which the policy applies as to any other pod of the caller.
pub(super) struct PodEvaluation<'a> {
    cluster: Arc<dyn Cluster>,
    admission: Admission,
    task: Task<'a>,
    /// Time limit of ROS's engine.
    limit: Duration,
    /// When ROS's engine started.
    started: &'a OnceLock<Instant>,
    /// Begins every line of the recording.
    mark: String,
    /// Path of the launch file in the pod.
    input: PathBuf,
}

impl<'a> PodEvaluation<'a> {
    /// An evaluation that sets `started` once ROS's engine runs.
    pub(super) fn new(
        cluster: Arc<dyn Cluster>,
        policy: &Policy,
        task: Task<'a>,
        limit: Duration,
        started: &'a OnceLock<Instant>,
    ) -> Self {
        Self {
            admission: Admission::new(task.caller, policy, &cluster),
            cluster,
            task,
            limit,
            started,
            mark: recorder::mark(),
            input: Path::new(pod::INPUT).join(recorder::file_name(task.source)),
        }
    }

    /// Evaluates, and deletes the pod, which `cleanup` waits for.
    pub(super) async fn run(self, cleanup: &Cleanup) -> Result<Evaluated, Refusal> {
        let text = text(self.task).await?;
        let wanted = self.pod();
        // before creation, since this future may be dropped afterwards
        let mut deletion = Deletion::of(&self.cluster, wanted.reference(), cleanup);
        let created = self.create(&wanted).await;
        audit(self.task, &wanted, created.as_ref().err());
        let evaluated = match created {
            Ok(stored) => self.evaluated(&deletion.is_of(stored), &text).await,
            Err(refusal) => Err(refusal),
        };
        deletion.now().await;
        evaluated
    }

    /// The pod to create.
    fn pod(&self) -> Object {
        // commands are confined like the pod
        let arguments = recorder::arguments(&self.mark, self.task, &self.input, true);
        pod::pod(
            &format!("{}{}", pod::PREFIX, &self.mark[..12]),
            self.cluster.default_namespace(),
            self.task.profile,
            time(self.task.caller, self.limit),
            &recorder::file_name(self.task.source),
            &arguments,
        )
    }

    /// Creates the pod, if the caller may have it. Its name is unique.
    async fn create(&self, wanted: &Object) -> Result<Object, Refusal> {
        let admitted = self.admission.rendered(wanted.clone())?;
        Ok(sure::create(&*self.cluster, &admitted, |_| true, Deadline::new()).await?)
    }

    /// Has `pod` evaluate `text`, within the total time limit.
    async fn evaluated(&self, pod: &Object, text: &str) -> Result<Evaluated, Refusal> {
        let time = time(self.task.caller, self.limit);
        let late = |_| {
            let (pod, seconds) = (pod.name(), time.as_secs());
            format!("the evaluation in pod {pod} timed out after {seconds} s")
        };
        timeout(time + SLACK, self.steps(pod, text)).await.map_err(late)?
    }

    async fn steps(&self, pod: &Object, text: &str) -> Result<Evaluated, Refusal> {
        self.give_files(pod, text).await?;
        self.wait_for_start(pod).await?;
        self.started.get_or_init(Instant::now);
        let (recording, last) = self.listen(pod).await?;
        match self.read(recording).await? {
            Some(evaluated) => Ok(evaluated),
            None => Err(self.not_recorded(pod, &last).await),
        }
    }

    /// Creates the ConfigMap for which the pod waits.
    async fn give_files(&self, pod: &Object, text: &str) -> Result<(), Refusal> {
        let uid = pod.uid();
        let ours = |now: &Object| now.text("/metadata/ownerReferences/0/uid") == uid;
        sure::create(&*self.cluster, &pod::files(pod, text), ours, Deadline::new()).await?;
        Ok(())
    }

    /// Waits until the pod's container has started, or already ended.
    async fn wait_for_start(&self, pod: &Object) -> Result<(), Refusal> {
        let start = Instant::now();
        loop {
            let what = pod.reference();
            let Some(now) = sure::get(&*self.cluster, &what, Deadline::new()).await? else {
                return Err(format!("{what}, which evaluates the launch file, was deleted").into());
            };
            if !matches!(now.text("/status/phase"), "" | "Pending") {
                return Ok(());
            }
            if let Some(why) = state::does_not_start(&now, start.elapsed()) {
                return Err(Refusal::from(why));
            }
            sleep(LOOK).await;
        }
    }

    /// The recording, and the last line that is not part of it, within the time limit of ROS's engine.
    async fn listen(&self, pod: &Object) -> Result<(Recording, String), Refusal> {
        let late = |_| {
            let (seconds, help) = (self.limit.as_secs(), more_time(self.task.caller));
            format!("evaluating the launch file timed out after {seconds} s{help}")
        };
        let whole = async {
            loop {
                match lines(&*self.cluster, pod, Recording::new(&self.mark)).await {
                    // from the beginning, as the log still is there
                    Err(Error::Unreachable { .. }) => sleep(LOOK).await,
                    read => return read?,
                }
            }
        };
        timeout(self.limit, whole).await.map_err(late)?
    }

    /// The result in `recording`; `None` if it is incomplete.
    async fn read(&self, recording: Recording) -> Result<Option<Evaluated>, Refusal> {
        let task = self.task;
        let (input, name, limits) = (self.input.clone(), task.source.name(), task.limits.clone());
        let read = move || recording.evaluated(&input, &name, &limits);
        task.turns.take(task.caller, task.limits, read).await
    }

    /// The error for `pod`, which ended without a complete recording.
    async fn not_recorded(&self, pod: &Object, last: &str) -> Refusal {
        let now = self.cluster.get(&pod.reference()).await;
        Refusal::from(state::not_recorded(pod, now.as_ref().ok(), last))
    }
}

/// Total time limit, if the evaluation may take `limit`.
fn time(caller: &Caller, limit: Duration) -> Duration {
    match caller {
        Caller::Local => START.saturating_add(limit),
        Caller::Graph(_) => TIME_FOR_ROS_CALLERS,
    }
}

/// Logs the change like any other, although the request itself changes nothing.
fn audit(task: Task<'_>, pod: &Object, refused: Option<&Refusal>) {
    let (caller, subject, objects) = (task.caller, task.source.name(), pod.reference());
    let action = "evaluate";
    match refused {
        None => info!(%caller, action, subject, decision = "done", %objects, "request"),
        Some(refusal) => {
            warn!(%caller, action, subject, decision = "refused", reason = refusal.message, objects = "", "request");
        }
    }
}

/// The text to pass; empty for a file in the image.
async fn text(task: Task<'_>) -> Result<String, Refusal> {
    let text = match task.source {
        Source::Package { .. } => return Ok(String::new()),
        Source::Text { text, .. } => text.clone(),
        Source::File(path) if !task.options.may_read(path) => {
            return Err(format!("{} is not a file that ROS callers may read", path.display()).into());
        }
        Source::File(path) => {
            let path = path.clone();
            let read = move || files::text(&path, INPUT_LIMIT).map_err(|error| refusal(vec![error.into()]));
            task.turns.take(task.caller, task.limits, read).await??
        }
    };
    match text.len() > INPUT_LIMIT {
        true => Err(format!("{} exceeds the limit of {INPUT_LIMIT} bytes", task.source.name()).into()),
        false => Ok(text),
    }
}

/// Reads the output of `pod` to its end: `recording`, and the last line that is not part of it, or why that is too
/// long.
async fn lines(
    cluster: &dyn Cluster,
    pod: &Object,
    mut recording: Recording,
) -> Result<Result<(Recording, String), Refusal>, Error> {
    let key = PodKey::new(pod.namespace(), pod.name());
    let mut lines = cluster.follow(&key, pod::CONTAINER).await?;
    let mut last = String::new();
    while let Some(line) = lines.next().await {
        let line = line?;
        if !recording.take(line.trim_end_matches(['\r', '\n'])) && !line.trim().is_empty() {
            last = line;
        }
        if recording.len() > recorder::LIMIT {
            let too_long = format!(
                "the evaluated launch file exceeds the limit of {} bytes",
                recorder::LIMIT
            );
            return Ok(Err(too_long.into()));
        }
    }
    Ok(Ok((recording, last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_given_the_time_they_ask_for_and_a_stranger_is_not() {
        let (seconds, ros_caller) = (Duration::from_secs, Caller::Graph("someone".into()));
        for limit in [7, 300, 601, 86_400] {
            let whole = time(&Caller::Local, seconds(limit));
            assert_eq!(whole, seconds(300 + limit));
            assert_eq!(time(&ros_caller, seconds(limit)), seconds(180));
        }
    }
}
