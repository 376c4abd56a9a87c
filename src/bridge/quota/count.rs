//! Counts of pods and launches, and the marks by which those of ROS callers are counted.
//! Pure.

use std::iter::Sum;
use std::ops::{Add, Sub};

use serde_json::{Value, json};

use podbay_core::model::Snapshot;
use podbay_core::names::{ANNOTATION_COST, LABEL_ORIGIN, ORIGIN_GRAPH};
use podbay_core::object::Object;
use podbay_core::part::Part;
use podbay_core::pod::Pod;
use podbay_core::request::Caller;
use podbay_core::workload::WorkloadKind;

/// Pods, launches, and their memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) pods: usize,
    pub(crate) launches: usize,
    pub(crate) bytes: usize,
}

impl Add for Count {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            pods: self.pods.saturating_add(other.pods),
            launches: self.launches.saturating_add(other.launches),
            // the annotated size of a pod may come from anyone
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }
}

impl Sub for Count {
    type Output = Self;

    /// The part of `self` beyond `other`.
    fn sub(self, other: Self) -> Self {
        Self {
            pods: self.pods.saturating_sub(other.pods),
            launches: self.launches.saturating_sub(other.launches),
            bytes: self.bytes.saturating_sub(other.bytes),
        }
    }
}

impl Sum for Count {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), Add::add)
    }
}

impl Count {
    /// An existing pod.
    pub(super) fn of_pod(pod: &Pod) -> Self {
        let cost = pod.annotations.get(ANNOTATION_COST);
        Self {
            pods: 1,
            launches: 0,
            bytes: cost.and_then(|cost| cost.parse().ok()).unwrap_or(0),
        }
    }

    /// A launch according to its record, without its pods.
    pub(super) fn of_record(record: &Object) -> Self {
        Self {
            pods: 0,
            launches: 1,
            bytes: record.annotation(ANNOTATION_COST).parse().unwrap_or(0),
        }
    }
}

/// Marks the pod that `caller` requested, and returns its memory.
pub(crate) fn mark_pod(caller: &Caller, pod: &mut Object) -> Count {
    let bytes = pod.cost();
    if *caller != Caller::Local {
        mark(pod, "/metadata", bytes);
    }
    Count {
        pods: 1,
        launches: 0,
        bytes,
    }
}

/// Marks the launch that `caller` requested and the pods it creates, and returns their memory.
pub(crate) fn mark_launch(caller: &Caller, record: &mut Object, objects: &mut [Object]) -> Count {
    let mut all = Count {
        launches: 1,
        ..Count::default()
    };
    let mut beside = record.cost();
    for object in objects {
        let bytes = object.cost();
        let brings = Part::of(object).is_some();
        all.bytes += bytes;
        all.pods += usize::from(brings);
        if object.workload() != Some(WorkloadKind::Pod) {
            beside += bytes;
            // its pod is marked with the same size
            all.bytes += if brings { bytes } else { 0 };
        }
        if *caller != Caller::Local {
            mark(object, "/metadata", bytes);
            let template = object.workload().filter(|kind| kind.template().is_some());
            if let Some(kind) = template {
                mark(object, &kind.pod_metadata(), bytes);
            }
        }
    }
    all.bytes += record.cost();
    if *caller != Caller::Local {
        mark(record, "/metadata", beside);
    }
    all
}

fn mark(object: &mut Object, place: &str, bytes: usize) {
    let metadata = object.0.pointer_mut(place).and_then(Value::as_object_mut);
    let Some(metadata) = metadata else { return };
    let marks = [
        ("labels", LABEL_ORIGIN, ORIGIN_GRAPH.to_owned()),
        ("annotations", ANNOTATION_COST, bytes.to_string()),
    ];
    for (kind, name, value) in marks {
        let of_kind = metadata.entry(kind).or_insert(Value::Null);
        if of_kind.is_null() {
            *of_kind = json!({});
        }
        of_kind[name] = value.into();
    }
}

/// Whether the pod was requested by a ROS caller.
pub(super) fn is_from_graph(pod: &Pod) -> bool {
    let origin = pod.labels.get(LABEL_ORIGIN);
    origin.is_some_and(|origin| origin == ORIGIN_GRAPH)
}

/// What ROS callers have created, by the mark alone: a pod counts as long as it exists, even without its
/// launch.
pub(super) fn made_from_graph(now: &Snapshot) -> Count {
    let pods = now.pods().filter(|report| is_from_graph(&report.pod));
    let launches = now.launches();
    let launches = launches.filter(|record| record.label(LABEL_ORIGIN) == ORIGIN_GRAPH);
    let pods = pods.map(|report| Count::of_pod(&report.pod));
    pods.chain(launches.map(|record| Count::of_record(record))).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_is_marked_with_what_it_takes() {
        let caller = Caller::Graph("dds:1".into());
        let deployment = Object(
            json!({"kind": "Deployment", "metadata": {"name": "a", "annotations": null},
            "spec": {"template": {"metadata": {"labels": {"b": "c"}}, "spec": {}}}}),
        );
        let (mut record, mut objects) = (Object(json!({"metadata": {}})), [deployment.clone()]);
        let bytes = deployment.cost() + record.cost();
        // the same as record and pod are counted with later
        let count = Count {
            pods: 1,
            launches: 1,
            bytes: bytes + deployment.cost(),
        };
        assert_eq!(mark_launch(&Caller::Local, &mut record, &mut objects), count);
        assert_eq!(objects[0], deployment);
        assert_eq!(mark_launch(&caller, &mut record, &mut objects), count);
        let cost = deployment.cost().to_string();
        let marks =
            |cost: &str| json!({"labels": {LABEL_ORIGIN: "graph"}, "annotations": {ANNOTATION_COST: cost}});
        assert_eq!(record.0["metadata"], marks(&bytes.to_string()));
        let mut expected = marks(&cost);
        expected["name"] = json!("a");
        assert_eq!(objects[0].0["metadata"], expected);
        let mut expected = marks(&cost);
        expected["labels"]["b"] = json!("c");
        assert_eq!(objects[0].0["spec"]["template"]["metadata"], expected);
    }
}
