//! The policy: each file of `tests/policy/` holds a configuration, a scope and a pod's manifest, and what is said
//! to it. The default namespace is `default`.
//! Run with `UPDATE_EXPECT=1` to write what comes out, and read the difference before keeping it.

#![allow(clippy::unwrap_used)]

mod cases;

use podbay::domain::object::Object;
use podbay::policy::{Policy, Reach};
use serde::Deserialize;
use serde_json::Value;

fn reach(scope: &[String]) -> Reach<'_> {
    Reach {
        default_namespace: "default",
        scope,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    policy: Policy,
    scope: Vec<String>,
    pod: Value,
}

fn output(case: &str) -> String {
    let case: Case = serde_saphyr::from_str(case).unwrap();
    match case.policy.admit_manifest(&Object(case.pod), reach(&case.scope)) {
        Ok(pod) => format!(
            "allowed: {{token: {}}}\n",
            pod.0["spec"]["automountServiceAccountToken"]
        ),
        Err(denied) => denied.0.iter().fold("denied:\n".to_owned(), |all, denial| {
            all + &serde_saphyr::to_string(&[denial.to_string()]).unwrap()
        }),
    }
}

#[test]
fn cases() {
    cases::check_all("policy", 30, output);
}

#[test]
fn exec_is_denied_unless_allowed() {
    let denied = Policy::default().admit_exec().unwrap_err().to_string();
    assert!(
        denied.contains("rule exec") && denied.contains("allow_exec"),
        "{denied}"
    );
    assert!(
        Policy {
            allow_exec: true,
            ..Policy::default()
        }
        .admit_exec()
        .is_ok()
    );
}

/// Whether `namespace` may be touched, or what is said instead.
fn touched(allow_namespaces: &[&str], scope: &[&str], namespace: &str) -> Result<(), String> {
    let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let policy = Policy {
        allow_namespaces: owned(allow_namespaces),
        ..Policy::default()
    };
    let admitted = policy.admit_namespace(namespace, reach(&owned(scope)));
    admitted.map_err(|denied| denied.to_string())
}

#[test]
fn strangers_touch_the_default_namespace_and_those_that_are_named() {
    for (allowed, scope, namespace) in [
        (&[][..], &[][..], "default"),
        (&[], &["robots"], "robots"),
        (&["lab"], &[], "lab"),
        (&["*"], &[], "anything"),
        (&["*", "kube-system"], &[], "kube-system"),
    ] {
        assert_eq!(touched(allowed, scope, namespace), Ok(()), "{namespace}");
    }
    for (allowed, scope, namespace, key) in [
        (&[][..], &[][..], "prod", "allow_namespaces: [prod]"),
        (&["*"], &[], "kube-flannel", "allow_namespaces: [kube-flannel]"),
        (&["*", "lab"], &["robots"], "lab", "`namespaces`"),
    ] {
        let denied = touched(allowed, scope, namespace).unwrap_err();
        assert!(
            denied.contains("rule namespace") && denied.contains(key),
            "{denied}"
        );
    }
}

#[test]
fn what_podbay_rendered_carries_its_labels() {
    let case: Case = serde_saphyr::from_str(&cases::case("policy/reserved_names.yaml")).unwrap();
    let pod = Object(case.pod);
    assert!(case.policy.admit_pod(&pod, reach(&[])).is_ok());
    assert!(case.policy.admit_manifest(&pod, reach(&[])).is_err());
}

#[test]
fn local_processes_are_allowed_unless_denied() {
    assert!(Policy::default().admit_local_processes().is_ok());
    let policy: Policy = serde_saphyr::from_str("allow_local_processes: false").unwrap();
    let denied = policy.admit_local_processes().unwrap_err().to_string();
    assert!(
        denied.contains("rule local-processes") && denied.contains("allow_local_processes: true"),
        "{denied}"
    );
}

#[test]
fn a_misspelt_setting_is_refused() {
    let error = serde_saphyr::from_str::<Policy>("allow_privilege: true")
        .unwrap_err()
        .to_string();
    assert!(error.contains("allow_privilege"), "{error}");
}
