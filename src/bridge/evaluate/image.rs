//! Evaluation by ROS's own engine in a short pod of the profile's image.
//!
//! The pod owns what it needs, has a deadline, and is deleted at the end, also when nobody waits for it any more. If
//! podbay is killed meanwhile, the pod ends by its deadline and is removed by the next podbay ([`sweep`]).

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use futures::StreamExt;
use tokio::time::{sleep, timeout};

use super::recorder::{self, Answer};
use super::{Outcome, Task, pod};
use crate::cluster::{self, Cluster};
use crate::domain::names::PodKey;
use crate::domain::object::{Object, ObjectRef};
use crate::domain::request::Refusal;
use crate::launch::Source;
use crate::model;

/// How long the whole may take, the host's fetching the image included.
const TIME: Duration = Duration::from_secs(pod::DEADLINE + 30);

/// Time between two looks at a pod that has not begun.
const LOOK: Duration = Duration::from_millis(200);

/// How long the launch file may take, once its container runs.
const RUN: Duration = Duration::from_secs(60);

/// How long to wait for a host that would take the pod.
const PLACE: Duration = Duration::from_secs(30);

/// Age from which a pod of an evaluation is one that nobody waits for.
const LEFT: Duration = Duration::from_secs(pod::DEADLINE + 60);

/// Bytes of a description that fit a ConfigMap beside the recorder.
const INPUT_LIMIT: usize = 800 << 10;

/// Reasons of a waiting container that do not go away by waiting.
const HOPELESS: [&str; 6] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
];

/// Evaluates in a pod.
pub(super) async fn evaluate(cluster: Arc<dyn Cluster>, task: Task<'_>) -> Result<Outcome, Refusal> {
    let text = text(task)?;
    let mark = recorder::mark();
    let file = recorder::file_name(task.source);
    let input = Path::new(pod::INPUT).join(&file);
    // Commands are confined as the pod is.
    let arguments = recorder::arguments(&mark, task, &input, true);
    let name = format!("podbay-evaluate-{}", &mark[..12]);
    let wanted = pod::pod(
        &name,
        cluster.default_namespace(),
        task.profile,
        &file,
        &arguments,
    );
    let stored = cluster.create(&wanted, false).await?;
    let deletion = Deletion::of(&cluster, stored.reference());
    let outcome = timeout(TIME, answer(&*cluster, &stored, &text, &mark, (&input, task))).await;
    deletion.now().await;
    outcome
        .unwrap_or_else(|_| Err(format!("the pod {name} gave no answer within {} s", TIME.as_secs()).into()))
}

/// Gives the pod its files, and takes its answer.
async fn answer(
    cluster: &dyn Cluster,
    pod: &Object,
    text: &str,
    mark: &str,
    (input, task): (&Path, Task<'_>),
) -> Result<Outcome, Refusal> {
    cluster.create(&pod::files(pod, text), false).await?;
    begun(cluster, pod).await?;
    let late = |_| format!("the launch file took longer than {} s to evaluate", RUN.as_secs());
    let (answer, last) = timeout(RUN, listen(cluster, pod, mark)).await.map_err(late)??;
    match answer.outcome(input, &task.source.name()) {
        Some(outcome) => Ok(outcome),
        None => Err(no_answer(cluster, pod, &last).await),
    }
}

/// The file that is passed: none for one that the image has.
fn text(task: Task<'_>) -> Result<String, Refusal> {
    let text = match task.source {
        Source::Package { .. } => return Ok(String::new()),
        Source::Text { text, .. } => text.clone(),
        Source::File(path) if !task.options.may_read(path) => {
            return Err(format!(
                "{} is no file that callers from the ROS graph may read",
                path.display()
            )
            .into());
        }
        Source::File(path) => std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?,
    };
    match text.len() > INPUT_LIMIT {
        true => Err(format!("{} is larger than {INPUT_LIMIT} bytes", task.source.name()).into()),
        false => Ok(text),
    }
}

/// Waits until the pod's container has begun, or has ended already.
async fn begun(cluster: &dyn Cluster, pod: &Object) -> Result<(), Refusal> {
    let start = Instant::now();
    loop {
        let now = cluster.get(&pod.reference()).await?;
        if !matches!(now.text("/status/phase"), "" | "Pending") {
            return Ok(());
        }
        let waiting = "/status/containerStatuses/0/state/waiting";
        let reason = now.text(&format!("{waiting}/reason"));
        if HOPELESS.contains(&reason) {
            let message = now.text(&format!("{waiting}/message"));
            let image = now.text("/spec/containers/0/image");
            return Err(format!(
                "the image {image}, which is to evaluate the launch file: {reason}: {message}"
            )
            .into());
        }
        if let Some(why) = no_host(&now).filter(|_| start.elapsed() > PLACE) {
            return Err(format!("no host takes the pod that is to evaluate the launch file: {why}").into());
        }
        sleep(LOOK).await;
    }
}

/// Why no host takes a pod, if none does.
fn no_host(pod: &Object) -> Option<&str> {
    let conditions = pod.0.pointer("/status/conditions")?.as_array()?;
    let scheduled = conditions.iter().find(|one| one["type"] == "PodScheduled")?;
    (scheduled["status"] == "False").then(|| {
        scheduled["message"]
            .as_str()
            .unwrap_or("the scheduler says no reason")
    })
}

/// The answer, and the last line that belongs to none.
async fn listen(cluster: &dyn Cluster, pod: &Object, mark: &str) -> Result<(Answer, String), Refusal> {
    let key = PodKey::new(pod.namespace(), pod.name());
    let mut lines = cluster.follow(&key, pod::CONTAINER).await?;
    let (mut answer, mut last) = (Answer::new(mark), String::new());
    while let Some(line) = lines.next().await {
        let line = line?;
        if !answer.take(line.trim_end_matches(['\r', '\n'])) && !line.trim().is_empty() {
            last = line;
        }
        if answer.len() > recorder::LIMIT {
            return Err(format!("the launch file comes to more than {} bytes", recorder::LIMIT).into());
        }
    }
    Ok((answer, last))
}

async fn no_answer(cluster: &dyn Cluster, pod: &Object, last: &str) -> Refusal {
    let now = cluster.get(&pod.reference()).await;
    let reason = now.map(|pod| {
        let ended = pod.text("/status/containerStatuses/0/state/terminated/reason");
        format!("{} {ended}", pod.text("/status/reason"))
    });
    let reason = reason.unwrap_or_default();
    let image = pod.text("/spec/containers/0/image");
    let said = if last.is_empty() { "nothing" } else { last };
    Refusal::from(format!(
        "the image {image} did not evaluate the launch file ({}): it said {said}",
        reason.trim()
    ))
}

/// Deletes a pod: when told to, or else once it is dropped.
struct Deletion {
    cluster: Arc<dyn Cluster>,
    pod: Option<ObjectRef>,
}

impl Deletion {
    fn of(cluster: &Arc<dyn Cluster>, pod: ObjectRef) -> Self {
        Self {
            cluster: cluster.clone(),
            pod: Some(pod),
        }
    }

    async fn now(mut self) {
        if let Some(pod) = self.pod.take() {
            delete(&*self.cluster, &pod).await;
        }
    }
}

impl Drop for Deletion {
    fn drop(&mut self) {
        if let Some(pod) = self.pod.take() {
            let cluster = self.cluster.clone();
            tokio::spawn(async move { delete(&*cluster, &pod).await });
        }
    }
}

async fn delete(cluster: &dyn Cluster, pod: &ObjectRef) {
    match cluster.delete(pod, Some(Duration::ZERO)).await {
        Ok(()) | Err(cluster::Error::NotFound(_)) => {}
        Err(error) => tracing::warn!("{pod}, which evaluated a launch file, could not be deleted: {error}"),
    }
}

/// Deletes pods that a podbay left behind. Never ends.
pub async fn sweep(cluster: Arc<dyn Cluster>, model: model::Handle) {
    loop {
        for report in model.snapshot().pods() {
            let pod = &report.pod;
            let age = SystemTime::now().duration_since(pod.created).unwrap_or_default();
            if pod.labels.contains_key(pod::LABEL) && pod.deleting.is_none() && age > LEFT {
                let pod = ObjectRef::pod(&*pod.key.namespace, &*pod.key.name);
                delete(&*cluster, &pod).await;
            }
        }
        sleep(Duration::from_secs(60)).await;
    }
}
