//! Evaluation by ROS's own engine in a short-lived pod of the profile's image.
//!
//! The pod owns what it needs, has a deadline, and is deleted at the end ([`deletion`](super::deletion)).

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use futures::StreamExt;
use tokio::time::{sleep, timeout};
use tracing::{info, warn};

use super::super::sure::{self, Deadline};
use super::super::translate::refusal;
use super::deletion::{Deletion, Pods};
use super::recorder::{self, Recording};
use super::{Evaluated, Task, more_time, pod};
use podbay_core::cluster::Cluster;
use podbay_core::names::PodKey;
use podbay_core::object::Object;
use podbay_core::policy::{Policy, Reach};
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
const LOOK: Duration = Duration::from_millis(200);

/// How long to wait for a host that accepts the pod.
const PLACE: Duration = Duration::from_secs(30);

/// Bytes of a launch file that fit into a ConfigMap with the recorder.
const INPUT_LIMIT: usize = 800 << 10;

/// Reasons of a waiting container that do not go away.
const HOPELESS: [&str; 6] = [
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImagePull",
    "ImagePullBackOff",
    "InvalidImageName",
    "ErrImageNeverPull",
];

/// Evaluates in a pod, to which the policy applies as to any other pod of the caller.
pub(super) async fn evaluate(
    cluster: Arc<dyn Cluster>,
    policy: &Policy,
    task: Task<'_>,
    pods: &Pods,
    (limit, has_begun): (Duration, &OnceLock<Instant>),
) -> Result<Evaluated, Refusal> {
    let time = time(task.caller, limit);
    let text = text(task).await?;
    let mark = recorder::mark();
    let file = recorder::file_name(task.source);
    let input = Path::new(pod::INPUT).join(&file);
    // commands are confined like the pod
    let arguments = recorder::arguments(&mark, task, &input, true);
    let name = format!("{}{}", pod::PREFIX, &mark[..12]);
    let wanted = pod::pod(
        &name,
        cluster.default_namespace(),
        task.profile,
        time,
        (&file, &arguments),
    );
    // before creation, since this future may be dropped afterwards
    let mut deletion = Deletion::of(&cluster, wanted.reference(), pods);
    let created = create(&*cluster, policy, &wanted, task.caller).await;
    audit(task, &wanted, created.as_ref().err());
    let stored = match created {
        Ok(stored) => deletion.is_of(stored),
        Err(refusal) => {
            deletion.now().await;
            return Err(refusal);
        }
    };
    let recorded = recorded(&*cluster, &stored, &text, &mark, (&input, task, limit), has_begun);
    let evaluated = timeout(time + SLACK, recorded).await;
    deletion.now().await;
    evaluated.unwrap_or_else(|_| {
        Err(format!(
            "the evaluation in pod {name} timed out after {} s",
            time.as_secs()
        )
        .into())
    })
}

/// Total time limit, if the evaluation may take `limit`.
fn time(caller: &Caller, limit: Duration) -> Duration {
    match caller {
        Caller::Local => START.saturating_add(limit),
        Caller::Graph(_) => TIME_FOR_ROS_CALLERS,
    }
}

/// Creates the pod, if the caller may have it. Its name is unique.
async fn create(
    cluster: &dyn Cluster,
    policy: &Policy,
    wanted: &Object,
    caller: &Caller,
) -> Result<Object, Refusal> {
    let reach = Reach {
        default_namespace: cluster.default_namespace(),
        scope: cluster.scope(),
    };
    let admitted = match caller {
        Caller::Local => wanted.clone(),
        Caller::Graph(_) => policy.admit_pod(wanted, reach)?,
    };
    Ok(sure::create(cluster, &admitted, |_| true, Deadline::new()).await?)
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

/// Gives the pod its files, and reads the result.
async fn recorded(
    cluster: &dyn Cluster,
    pod: &Object,
    text: &str,
    mark: &str,
    (input, task, limit): (&Path, Task<'_>, Duration),
    has_begun: &OnceLock<Instant>,
) -> Result<Evaluated, Refusal> {
    let ours =
        |now: &Object| now.0.pointer("/metadata/ownerReferences/0/uid") == pod.0.pointer("/metadata/uid");
    sure::create(cluster, &pod::files(pod, text), ours, Deadline::new()).await?;
    begun(cluster, pod).await?;
    has_begun.get_or_init(Instant::now);
    let late = |_| {
        let (seconds, help) = (limit.as_secs(), more_time(task.caller));
        format!("evaluating the launch file timed out after {seconds} s{help}")
    };
    let (recording, last) = timeout(limit, listen(cluster, pod, mark)).await.map_err(late)??;
    let (input, name, limits) = (input.to_owned(), task.source.name(), task.limits.clone());
    let read = move || recording.evaluated(&input, &name, &limits);
    match task.turns.take(task.caller, task.limits, read).await? {
        Some(evaluated) => Ok(evaluated),
        None => Err(no_answer(cluster, pod, &last).await),
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

/// Waits until the pod's container has started, or already ended.
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
            return Err(format!("image {image} for evaluating the launch file: {reason}: {message}").into());
        }
        if let Some(why) = no_host(&now).filter(|_| start.elapsed() > PLACE) {
            return Err(format!("no host accepts the pod for evaluating the launch file: {why}").into());
        }
        sleep(LOOK).await;
    }
}

/// Why no host accepts the pod.
fn no_host(pod: &Object) -> Option<&str> {
    let conditions = pod.0.pointer("/status/conditions")?.as_array()?;
    let scheduled = conditions.iter().find(|one| one["type"] == "PodScheduled")?;
    (scheduled["status"] == "False").then(|| {
        scheduled["message"]
            .as_str()
            .unwrap_or("the scheduler gives no reason")
    })
}

/// The recording, and the last line that is not part of one.
async fn listen(cluster: &dyn Cluster, pod: &Object, mark: &str) -> Result<(Recording, String), Refusal> {
    let key = PodKey::new(pod.namespace(), pod.name());
    let mut lines = cluster.follow(&key, pod::CONTAINER).await?;
    let (mut recording, mut last) = (Recording::new(mark), String::new());
    while let Some(line) = lines.next().await {
        let line = line?;
        if !recording.take(line.trim_end_matches(['\r', '\n'])) && !line.trim().is_empty() {
            last = line;
        }
        if recording.len() > recorder::LIMIT {
            return Err(format!(
                "the evaluated launch file exceeds the limit of {} bytes",
                recorder::LIMIT
            )
            .into());
        }
    }
    Ok((recording, last))
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
        "image {image} did not evaluate the launch file ({}); its output: {said}",
        reason.trim()
    ))
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
