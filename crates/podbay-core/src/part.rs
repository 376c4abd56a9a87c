//! The parts of a launch that have pods: a pod itself, or a workload that creates pods.

use super::names::{LABEL_LAUNCH, LABEL_NODE, PodKey};
use super::object::{Object, ObjectRef};
use super::pod::Pod;
use super::workload::WorkloadKind;

/// An object of a launch that is a pod or creates pods.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Part {
    /// The object.
    pub object: ObjectRef,
    /// Id of the launch.
    pub launch: String,
    /// Name of the process, or of the group of processes, within the launch.
    pub node: String,
    /// Its kind.
    pub workload: WorkloadKind,
}

impl Part {
    /// `None` for an object without pods.
    pub fn of(object: &Object) -> Option<Self> {
        object.workload().map(|workload| Self {
            workload,
            object: object.reference(),
            launch: object.label(LABEL_LAUNCH).to_owned(),
            node: object.label(LABEL_NODE).to_owned(),
        })
    }

    /// Whether `pod` is this object, or created by it.
    pub fn has(&self, pod: &Pod) -> bool {
        let label = |name: &str| pod.labels.get(name).map_or("", String::as_str);
        match self.workload {
            WorkloadKind::Pod => {
                pod.key.name == self.object.name && pod.key.namespace == self.object.namespace
            }
            WorkloadKind::Deployment
            | WorkloadKind::StatefulSet
            | WorkloadKind::Job
            | WorkloadKind::DaemonSet => {
                pod.key.namespace == self.object.namespace
                    && label(LABEL_LAUNCH) == self.launch
                    && label(LABEL_NODE) == self.node
            }
        }
    }

    /// The pod, if its name is known in advance.
    pub fn pod(&self) -> Option<PodKey> {
        let name = self.workload.pod_of(&self.object.name)?;
        Some(PodKey::new(&self.object.namespace, name))
    }

    /// Whether it can end by itself.
    pub fn can_end(&self) -> bool {
        self.workload.can_end()
    }
}

/// `2 pods, 1 Deployment`.
pub fn count(parts: &[Part]) -> String {
    let of = |kind| parts.iter().filter(|part| part.workload == kind).count();
    let others = WorkloadKind::ALL
        .iter()
        .filter(|kind| **kind != WorkloadKind::Pod);
    let mut others: Vec<_> = others
        .map(|kind| (kind.name(), of(*kind)))
        .filter(|(_, count)| *count > 0)
        .collect();
    others.sort_unstable();
    let pods = of(WorkloadKind::Pod);
    let pods = (pods > 0 || others.is_empty()).then(|| format!("{pods} pod{}", plural(pods)));
    let others = others
        .into_iter()
        .map(|(name, count)| format!("{count} {name}{}", plural(count)));
    pods.into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

#[cfg(test)]
mod tests {

    use serde_json::json;

    use super::*;

    fn object(kind: &str) -> Object {
        let spec = if kind == "Pod" {
            json!({})
        } else {
            json!({"template": {"spec": {}}})
        };
        Object(
            json!({"kind": kind, "spec": spec, "metadata": {"name": "l-a", "namespace": "n",
            "labels": {LABEL_LAUNCH: "l", LABEL_NODE: "a"}}}),
        )
    }

    fn pod(name: &str, node: &str) -> Pod {
        let labels = [(LABEL_LAUNCH, "l"), (LABEL_NODE, node)];
        Pod {
            labels: labels
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
            ..Pod::running("n", name)
        }
    }

    #[test]
    fn a_controller_is_known_by_the_labels_of_its_pods() {
        let deployment = Part::of(&object("Deployment")).unwrap();
        assert!(deployment.has(&pod("l-a-7f-x", "a")) && !deployment.has(&pod("l-b-7f-x", "b")));
        assert_eq!(deployment.pod(), None);
        let alone = Part::of(&object("Pod")).unwrap();
        assert!(alone.has(&pod("l-a", "a")) && !alone.has(&pod("l-a-2", "a")));
        let set = Part::of(&object("StatefulSet")).unwrap();
        assert_eq!(set.pod(), Some(PodKey::new("n", "l-a-0")));
        assert_eq!(Part::of(&Object(json!({"kind": "ConfigMap"}))), None);
    }

    #[test]
    fn parts_are_counted_by_kind() {
        let parts = ["Job", "Pod", "Job", "DaemonSet"].map(|kind| Part::of(&object(kind)).unwrap());
        assert_eq!(count(&parts), "1 pod, 1 DaemonSet, 2 Jobs");
        assert_eq!(count(&[]), "0 pods");
        assert_eq!(count(&parts[..1]), "1 Job");
    }
}
