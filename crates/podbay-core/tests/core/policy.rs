//! The policy, in addition to its cases: namespaces, exec, sizes.

use podbay_core::object::Object;
use podbay_core::policy::Policy;

use crate::manifest::{Case, reach};

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

/// The error for access to `namespace`, if it is denied.
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
fn ros_callers_may_access_the_default_and_listed_namespaces() {
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
fn rendered_labels_are_allowed() {
    let case: Case =
        serde_saphyr::from_str(&podbay_testing::read("tests/policy/reserved_names.yaml")).unwrap();
    let pod = Object(case.pod);
    assert!(case.policy.admit_pod(&pod, reach(&case.scope)).is_ok());
    assert!(case.policy.admit_manifest(&pod, reach(&case.scope)).is_err());
}

/// The error for the manifest of a pod with these nodes and arguments, "" if it is allowed.
fn denial(nodes: &str, args: &[&str]) -> String {
    let pod = Object(serde_json::json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "a", "namespace": "default", "annotations": {"podbay.dev/nodes": nodes}},
        "spec": {"containers": [{"name": "c", "image": "i", "args": args}]},
    }));
    let admitted = Policy::default().admit_manifest(&pod, reach(&[]));
    admitted.map_or_else(|denied| denied.to_string(), |_| String::new())
}

#[test]
fn the_nodes_of_a_manifest_are_valid_and_few() {
    let many = |length: usize| {
        (0..length)
            .map(|i| format!("/n{i}"))
            .collect::<Vec<_>>()
            .join(",")
    };
    assert_eq!(denial("/talker, /robot1/_hidden", &[]), "");
    assert_eq!(denial(&many(100), &[]), "");
    for (nodes, what) in [
        (
            "talker",
            "talker is not a valid ROS node name (rule nodes): write the name with its namespace",
        ),
        (
            "/ok,/a\u{1b}[2J",
            // escaped only when it is shown
            "/a\u{1b}[2J is not a valid ROS node name (rule nodes)",
        ),
        (
            &many(101),
            "has 495 bytes and exceeds the limit of 100 names and 8192 bytes (rule nodes)",
        ),
        (
            &["/x"; 8192].join(""),
            "has 16384 bytes and exceeds the limit of 100 names",
        ),
    ] {
        let denial = denial(nodes, &[]);
        assert!(denial.contains(what), "{denial}");
    }
}

#[test]
fn a_manifest_is_limited_by_its_memory() {
    assert_eq!(denial("", &["x"; 4000]), "");
    assert_eq!(denial("", &[&"x".repeat(128 * 1024)]), "");
    for args in [&["", ""].repeat(2100)[..], &[&*"x".repeat(256 * 1024)]] {
        let denial = denial("", args);
        assert!(
            denial.contains("exceeds the limit of 262144 (rule size)"),
            "{denial}"
        );
    }
}

#[test]
fn many_denials_and_long_names_are_cut() {
    let labels: serde_json::Map<_, _> = (0..200)
        .map(|number| (format!("{number:0>1000}"), "x".into()))
        .collect();
    let pod = Object(serde_json::json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "a", "namespace": "default", "labels": labels},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }));
    let denial = Policy::default()
        .admit_pod(&pod, reach(&[]))
        .unwrap_err()
        .to_string();
    assert!(denial.ends_with("; and 180 more"), "{denial}");
    assert_eq!(denial.matches("(rule labels)").count(), 20);
    assert!(denial.len() < 20 * 1000, "{}", denial.len());
}

#[test]
fn an_invalid_amount_of_memory_is_refused() {
    let read = |amount: &str| serde_saphyr::from_str::<Policy>(&format!("allow_memory_volumes: {amount}"));
    for amount in ["1GB", "-1", "1.5", "[1]", "{a: 1}"] {
        let error = read(amount).unwrap_err().to_string();
        let expected = "expected an amount of memory, such as 512Mi or 2Gi";
        assert!(error.contains(expected), "{amount}: {error}");
    }
    for amount in ["1e9", "1000000000", "\"1e9\"", "1G"] {
        assert_eq!(
            read(amount).unwrap().allow_memory_volumes.unwrap().bytes,
            1e9,
            "{amount}"
        );
    }
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

/// All keys of the policy, according to its type.
fn keys() -> Vec<String> {
    let error = serde_json::from_str::<Policy>(r#"{"none": 0}"#)
        .unwrap_err()
        .to_string();
    let (_, expected) = error.split_once("expected one of ").unwrap();
    let quoted = expected.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

#[test]
fn every_key_and_every_rule_is_documented() {
    let page = include_str!("../../../../docs/policy.md");
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let keys = keys();
    for key in &keys {
        let found = rows
            .iter()
            .filter(|row| row.starts_with(&format!("| `{key}` |")))
            .count();
        assert_eq!(found, 1, "{key}");
    }
    assert_eq!(rows.len(), keys.len());
    for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policy")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for denial in text.split("(rule ").skip(1) {
            let rule = denial.split(')').next().unwrap();
            assert!(page.contains(&format!("`{rule}`")), "{rule}");
        }
    }
}

fn rendered(object: serde_json::Value, policy: &str) -> Result<Object, String> {
    let policy: Policy = serde_saphyr::from_str(policy).unwrap();
    let admitted = policy.admit_rendered(Object(object), reach(&[]));
    admitted.map_err(|denied| denied.to_string())
}

#[test]
fn rendered_objects_are_checked() {
    let template = serde_json::json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {"priorityClassName": "first", "containers": [{"name": "c", "image": "i"}]},
    });
    let controller = |kind: &str| {
        serde_json::json!({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "a", "namespace": "default"},
            "spec": {"template": template, "volumeClaimTemplates": [{"metadata": {"name": "v"}}]}})
    };
    for kind in ["Deployment", "StatefulSet", "DaemonSet", "Job"] {
        let denied = rendered(controller(kind), "{}").unwrap_err();
        for key in [
            "allow_labels: [app]",
            "allow_priority_classes: [first]",
            "allow_volume_types: [volumeClaimTemplates]",
        ] {
            assert!(denied.contains(key), "{kind}: {denied}");
        }
        let allowed = "{allow_labels: [app], allow_priority_classes: [first], allow_volume_types: [volumeClaimTemplates]}";
        let admitted = rendered(controller(kind), allowed).unwrap();
        assert_eq!(
            admitted.0["spec"]["template"]["spec"]["automountServiceAccountToken"],
            false
        );
    }
    let service = |kind: &str| serde_json::json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a", "namespace": "default"}, "spec": {"type": kind}});
    assert!(rendered(service("ClusterIP"), "{}").is_ok());
    let denied = rendered(service("LoadBalancer"), "{}").unwrap_err();
    assert!(
        denied.contains("(rule service-type): `allow_service_types: [LoadBalancer]`"),
        "{denied}"
    );
    assert!(rendered(service("LoadBalancer"), "{allow_service_types: [LoadBalancer]}").is_ok());
    let role = serde_json::json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "a", "namespace": "default"}});
    assert!(rendered(role, "{}").unwrap_err().contains("(rule kind)"));
}
