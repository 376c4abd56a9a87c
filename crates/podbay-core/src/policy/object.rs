//! Rules about the rendered objects of a caller's launch: workloads are checked by the pod that they would
//! create.

use serde_json::{Value, json};

use super::{Denial, Denied, Policy, Reach, allowed_by, entry, names, never};
use crate::object::Object;

impl Policy {
    /// Checks a rendered object and returns the object to create.
    pub fn admit_rendered(&self, mut object: Object, reach: Reach<'_>) -> Result<Object, Denied> {
        let Some(workload) = object.workload() else {
            self.admit_beside(&object)?;
            self.admit_namespace(object.namespace(), reach)?;
            return Ok(object);
        };
        let Some(template) = workload.template() else {
            return self.admit_pod(&object, reach);
        };
        let pod = self.admit_pod(&pod_of_template(&object, template), reach);
        let mut denials = self.claims(&object);
        match (pod, object.0.pointer_mut(template)) {
            (Ok(mut pod), Some(template)) => template["spec"] = pod.0["spec"].take(),
            (Ok(_), None) => {}
            (Err(denied), _) => denials.extend(denied.0),
        }
        none(denials)?;
        self.admit_namespace(object.namespace(), reach)?;
        Ok(object)
    }

    /// An object beside those that run pods.
    fn admit_beside(&self, object: &Object) -> Result<(), Denied> {
        match object.kind() {
            "ConfigMap" => Ok(()),
            "Service" => none(self.service(object)),
            kind => none(vec![never("kind", format!("callers may not create a {kind}"))]),
        }
    }

    /// A claim may name any volume of the cluster, like an ephemeral one.
    fn claims(&self, object: &Object) -> Vec<Denial> {
        const TYPE: &str = "volumeClaimTemplates";
        let claims = object
            .0
            .pointer("/spec/volumeClaimTemplates")
            .and_then(Value::as_array);
        let claims = claims.is_some_and(|claims| !claims.is_empty());
        let denied = claims && !names(&self.allow_volume_types, TYPE);
        let what = format!(
            "{}: spec.{TYPE} can claim any volume of the cluster",
            object.reference()
        );
        let denial = denied.then(|| allowed_by("volume-type", what, entry("allow_volume_types", TYPE)));
        denial.into_iter().collect()
    }

    /// Service types and addresses that open the cluster to the outside or take over an address of others.
    fn service(&self, object: &Object) -> Vec<Denial> {
        let kind = match object.text("/spec/type") {
            "" => "ClusterIP",
            kind => kind,
        };
        let outside = object.0.pointer("/spec/externalIPs").is_some();
        let kind = if outside { "externalIPs" } else { kind };
        let denied = kind != "ClusterIP" && !names(&self.allow_service_types, kind);
        let what = format!(
            "{} is of type {kind}, which is reachable from outside the cluster",
            object.reference()
        );
        let denial = denied.then(|| allowed_by("service-type", what, entry("allow_service_types", kind)));
        denial.into_iter().collect()
    }
}

fn none(denials: Vec<Denial>) -> Result<(), Denied> {
    match denials.is_empty() {
        true => Ok(()),
        false => Err(Denied(denials)),
    }
}

/// The pod that a Deployment, Job, … would create.
fn pod_of_template(object: &Object, template: &str) -> Object {
    let template = object.0.pointer(template).unwrap_or(&Value::Null);
    let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": template["metadata"], "spec": template["spec"]});
    pod["metadata"]["name"] = json!(object.name());
    pod["metadata"]["namespace"] = json!(object.namespace());
    Object(pod)
}
