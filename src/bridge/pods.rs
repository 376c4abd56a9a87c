//! Requests about single pods.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::launches::{marked, same_mark};
use super::quota::{self, Count};
use super::sure::{self, Deadline};
use super::{Bridge, Touched, manifest};
use podbay_core::cluster;
use podbay_core::health;
use podbay_core::health::PodReport;
use podbay_core::health::Surroundings;
use podbay_core::names::{Nodes, PodKey};
use podbay_core::object::{Object, ObjectRef};
use podbay_core::request::{Caller, CreatePod, ExecInPod, GetLogs, ListPods, Refusal, Reply};
use podbay_text::lengths;

/// Longest log that is put into one reply; its end is what a caller wants.
const MAX_LOG_BYTES: usize = 1024 * 1024;

impl Bridge {
    pub(super) async fn create_pod(
        &self,
        caller: &Caller,
        create: CreatePod,
        touched: &mut Touched,
    ) -> Result<Reply, Refusal> {
        let pod = manifest::parse(
            &create.manifest,
            &create.namespace,
            self.cluster.default_namespace(),
        )?;
        let mut pod = self.admit_manifest(caller, pod)?;
        let count = quota::mark_pod(caller, &mut pod);
        let count = if create.dry_run { Count::default() } else { count };
        let room = self.room(caller, count).await?;
        let stored = match create.dry_run {
            true => self.cluster.create(&pod, true).await?,
            false => {
                let pod = marked(pod);
                let ours = |now: &Object| same_mark(now, &pod);
                let stored = sure::create(&*self.cluster, &pod, ours, Deadline::new()).await?;
                quota::Room::is_for(room, &stored);
                stored
            }
        };
        touched.push(stored.reference());
        let done = if create.dry_run {
            "would be created (dry run)"
        } else {
            "created"
        };
        let message = format!("{} {done}", stored.reference());
        Ok(Reply::Pod {
            message,
            report: self.report_of(&stored)?,
        })
    }

    pub(super) async fn delete_pod(
        &self,
        caller: &Caller,
        key: PodKey,
        grace: Option<Duration>,
        touched: &mut Touched,
    ) -> Result<Reply, Refusal> {
        let key = self.complete(key)?;
        self.admit_namespace(caller, &key)?;
        self.admit_grace(caller, grace)?;
        let pod = ObjectRef::pod(&key.namespace, &key.name);
        let now = self.cluster.get(&pod).await?;
        self.admit_touch(caller, &now)?;
        self.cluster.delete_exactly(&pod, now.uid(), grace).await?;
        self.quota.forget(&pod);
        let message = format!("{pod} is being deleted");
        touched.push(pod);
        Ok(Reply::Done(message))
    }

    /// A pod that a controller owns is deleted and the controller makes the next one; any other is deleted and made
    /// anew from its own manifest, see [`super::restart`].
    pub(super) async fn restart_pod(
        &self,
        caller: &Caller,
        key: PodKey,
        grace: Option<Duration>,
        touched: &mut Touched,
    ) -> Result<Reply, Refusal> {
        let key = self.complete(key)?;
        self.admit_namespace(caller, &key)?;
        self.admit_grace(caller, grace)?;
        self.admit_start(caller)?;
        if let Some(answer) = self.restarts.under_way(&key) {
            return Ok(Reply::Done(answer.await?));
        }
        let reference = ObjectRef::pod(&key.namespace, &key.name);
        let pod = self.cluster.get(&reference).await?;
        self.admit_touch(caller, &pod)?;
        touched.push(reference.clone());
        if let Some(owner) = controller(&pod) {
            self.cluster.delete_exactly(&reference, pod.uid(), grace).await?;
            return Ok(Reply::Done(format!(
                "{reference} is being deleted; {owner} makes the next one"
            )));
        }
        let answer = self.restarts.begin(&self.cluster, key, pod, grace);
        Ok(Reply::Done(answer.await?))
    }

    pub(super) fn get_pod(&self, key: PodKey) -> Result<Reply, Refusal> {
        let key = self.complete(key)?;
        let report = self.known(&key)?;
        Ok(Reply::Pod {
            message: format!("Pod {key}"),
            report,
        })
    }

    /// For a caller from the ROS graph a page that its middleware takes, for the local user all.
    pub(super) fn list_pods(&self, caller: &Caller, query: &ListPods) -> Result<Reply, Refusal> {
        self.watched(&query.namespace)?;
        let most = match caller {
            Caller::Local => usize::MAX,
            Caller::Graph(_) => lengths::ANSWER,
        };
        let page = self
            .model
            .snapshot()
            .list(query, most)
            .map_err(|error| Refusal::from(error.to_string()))?;
        Ok(Reply::Pods {
            pods: page.pods,
            continue_token: page.continue_token,
        })
    }

    pub(super) async fn get_logs(&self, caller: &Caller, query: GetLogs) -> Result<Reply, Refusal> {
        let key = self.complete(query.key)?;
        self.admit_namespace(caller, &key)?;
        let container = self.container(&key, query.container)?;
        self.look_into(caller, &key).await?;
        let log = self
            .cluster
            .logs(&GetLogs {
                key,
                container,
                ..query
            })
            .await?;
        Ok(Reply::Log(end_of(log, MAX_LOG_BYTES)))
    }

    pub(super) async fn exec_in_pod(
        &self,
        caller: &Caller,
        command: ExecInPod,
        touched: &mut Touched,
    ) -> Result<Reply, Refusal> {
        let key = self.complete(command.key)?;
        self.admit_namespace(caller, &key)?;
        self.admit_exec(caller)?;
        if command.command.is_empty() {
            return Err("the command is empty; give the program and its arguments".into());
        }
        let container = self.container(&key, command.container)?;
        self.look_into(caller, &key).await?;
        touched.push(ObjectRef::pod(&key.namespace, &key.name));
        let output = self
            .cluster
            .exec(&ExecInPod {
                key,
                container,
                ..command
            })
            .await?;
        Ok(Reply::Exec {
            exit_code: output.exit_code,
            stdout: output.stdout,
            stderr: output.stderr,
        })
    }

    /// Whether `caller` may see what is inside the pod; the cluster is asked whose it is, since the model may lag.
    async fn look_into(&self, caller: &Caller, key: &PodKey) -> Result<(), Refusal> {
        if *caller == Caller::Local {
            return Ok(());
        }
        let pod = self
            .cluster
            .get(&ObjectRef::pod(&key.namespace, &key.name))
            .await?;
        self.admit_touch(caller, &pod)
    }

    /// The cluster, in a sentence.
    pub(super) fn place(&self) -> String {
        match self.cluster.name() {
            name if name == "embedded" => "the embedded cluster".to_owned(),
            name => format!("the cluster {name}"),
        }
    }

    /// `key` with the default namespace filled in, if podbay watches that namespace.
    fn complete(&self, mut key: PodKey) -> Result<PodKey, Refusal> {
        if key.name.is_empty() {
            return Err("the request names no pod; give its name".into());
        }
        if key.namespace.is_empty() {
            key.namespace = self.cluster.default_namespace().to_owned();
        }
        self.watched(&key.namespace)?;
        Ok(key)
    }

    /// Refuses a namespace that podbay does not watch; "" stands for all of them.
    pub(super) fn watched(&self, namespace: &str) -> Result<(), Refusal> {
        let scope = self.cluster.scope();
        if namespace.is_empty() || scope.is_empty() || scope.iter().any(|watched| watched == namespace) {
            return Ok(());
        }
        Err(Refusal::from(format!(
            "podbay does not watch namespace {namespace:?}, only {}; add it to `namespaces` in podbay's configuration",
            scope.join(", ")
        )))
    }

    fn known(&self, key: &PodKey) -> Result<Arc<PodReport>, Refusal> {
        self.model.snapshot().pod(key).cloned().ok_or_else(|| {
            Refusal::from(format!(
                "Pod {key} does not exist in {}; list_pods names those that do",
                self.place()
            ))
        })
    }

    /// `asked`, or the only container of the pod.
    fn container(&self, key: &PodKey, asked: String) -> Result<String, Refusal> {
        let report = self.known(key)?;
        let names: Vec<&str> = report
            .pod
            .containers
            .iter()
            .map(|container| container.name.as_str())
            .collect();
        let main: Vec<_> = report
            .pod
            .containers
            .iter()
            .filter(|container| !container.init)
            .collect();
        match (asked.as_str(), main.as_slice()) {
            ("", [only]) => Ok(only.name.clone()),
            (asked, _) if names.contains(&asked) => Ok(asked.to_owned()),
            (asked, _) => Err(Refusal::from(format!(
                "Pod {key} has no container {asked:?}; name one of {}",
                names.join(", ")
            ))),
        }
    }

    /// The report of an object that the cluster just stored; the watch has not told of it yet.
    fn report_of(&self, stored: &Object) -> Result<Arc<PodReport>, Refusal> {
        let pod = serde_json::from_value(stored.0.clone()).map_err(|error| {
            Refusal::from(format!(
                "the cluster answered with something else than a Pod: {error}"
            ))
        })?;
        let pod = cluster::pod::from_kubernetes(&pod);
        let snapshot = self.model.snapshot();
        let around = Surroundings {
            nodes: &Nodes::new(),
            connection: snapshot.connection(),
            now: SystemTime::now(),
        };
        let health = health::evaluate(&pod, &around);
        Ok(Arc::new(PodReport { pod, health }))
    }
}

/// Kind and name of the controller that owns the pod.
fn controller(pod: &Object) -> Option<String> {
    let owners = pod.0.pointer("/metadata/ownerReferences")?.as_array()?;
    let owner = owners.iter().find(|owner| owner["controller"] == true)?;
    Some(format!("{} {}", owner["kind"].as_str()?, owner["name"].as_str()?))
}

/// The last `limit` bytes of `log`, from the start of a line.
fn end_of(log: String, limit: usize) -> String {
    if log.len() <= limit {
        return log;
    }
    let mut start = log.len() - limit;
    while !log.is_char_boundary(start) {
        start += 1;
    }
    let line = log[start..]
        .find('\n')
        .map_or(start, |newline| start + newline + 1);
    format!(
        "[podbay: only the last {} bytes follow; use tail_lines]\n{}",
        log.len() - line,
        &log[line..]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_is_cut_at_a_line() {
        assert_eq!(end_of("a\nb\n".into(), 4), "a\nb\n");
        assert_eq!(
            end_of("aé\nb\n".into(), 4),
            "[podbay: only the last 2 bytes follow; use tail_lines]\nb\n"
        );
    }
}
