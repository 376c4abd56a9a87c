//! The REST resources of the kinds that podbay creates, so that no discovery call is needed.

use kube::core::{ApiResource, DynamicObject, GroupVersionKind, Resource};

use podbay_core::cluster::{Error, Result};
use podbay_core::object::ObjectRef;
use podbay_core::workload::WorkloadKind;

/// `apiVersion`, `kind`, plural; all of them are namespaced. Besides these there are those that run pods.
const OTHERS: [(&str, &str, &str); 11] = [
    ("v1", "ConfigMap", "configmaps"),
    ("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    ("v1", "Secret", "secrets"),
    ("v1", "Service", "services"),
    ("v1", "ServiceAccount", "serviceaccounts"),
    ("apps/v1", "ReplicaSet", "replicasets"),
    ("batch/v1", "CronJob", "cronjobs"),
    ("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    ("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    ("rbac.authorization.k8s.io/v1", "Role", "roles"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
];

fn kinds() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let workloads = WorkloadKind::ALL.iter();
    let workloads = workloads.map(|kind| (kind.api_version(), kind.name(), kind.plural()));
    workloads.chain(OTHERS)
}

/// The plural name of the kind in the API.
pub(super) fn plural(what: &ObjectRef) -> Result<&'static str> {
    kinds()
        .find(|(api_version, kind, _)| *api_version == what.api_version && *kind == what.kind)
        .map(|(_, _, plural)| plural)
        .ok_or_else(|| Error::Refused(unknown(what)))
}

/// Path of the collection that contains `what`.
pub(super) fn collection(what: &ObjectRef) -> Result<String> {
    let plural = plural(what)?;
    let (group, version) = what
        .api_version
        .split_once('/')
        .unwrap_or(("", &what.api_version));
    let kind = GroupVersionKind::gvk(group, version, &what.kind);
    let resource = ApiResource::from_gvk_with_plural(&kind, plural);
    let namespace = checked(&what.namespace, "namespace", what)?;
    Ok(DynamicObject::url_path(&resource, Some(namespace)))
}

/// `value`, if it is valid as a path segment of the API. A name such as `../../kube-system/pods/x` would
/// otherwise bypass the policy.
pub(super) fn checked<'a>(value: &'a str, field: &str, what: &ObjectRef) -> Result<&'a str> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let good =
        value.len() <= 253 && value.chars().all(plain) && value.starts_with(edge) && value.ends_with(edge);
    if good {
        return Ok(value);
    }
    Err(Error::Invalid {
        object: what.clone(),
        message: format!(
            "{field} {value:?} is invalid: use at most 253 lowercase letters, digits, '-' and '.', with a \
             letter or a digit at both ends"
        ),
    })
}

fn unknown(what: &ObjectRef) -> String {
    let known: Vec<_> = kinds()
        .map(|(version, kind, _)| format!("{kind} ({version})"))
        .collect();
    format!(
        "podbay does not support {} of apiVersion {:?}; it supports {}",
        what.kind,
        what.api_version,
        known.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(api_version: &str, kind: &str, namespace: &str, expected: &str) {
        let what = ObjectRef {
            api_version: api_version.to_owned(),
            kind: kind.to_owned(),
            namespace: namespace.to_owned(),
            name: "x".to_owned(),
        };
        let path = collection(&what).unwrap_or_else(|error| error.to_string());
        assert!(path.contains(expected), "{path}");
    }

    #[test]
    fn every_kind_has_its_path() {
        check("v1", "Pod", "default", "/api/v1/namespaces/default/pods");
        check(
            "apps/v1",
            "Deployment",
            "a",
            "/apis/apps/v1/namespaces/a/deployments",
        );
        check("batch/v1", "Job", "a-b", "/apis/batch/v1/namespaces/a-b/jobs");
    }

    #[test]
    fn what_cannot_be_asked_for_is_named() {
        check(
            "v2",
            "Pod",
            "default",
            "does not support Pod of apiVersion \"v2\"",
        );
        check("v1", "Pod", "a/../b", "namespace \"a/../b\" is invalid");
        check("v1", "Pod", "", "namespace \"\" is invalid");
        check("v1", "Pod", "..", "namespace \"..\" is invalid");
        check("v1", "Pod", "a?x=1", "is invalid");
    }
}
