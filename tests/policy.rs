//! The policy: each file of `tests/policy/` holds a configuration, a scope and a pod, and what is said to it.
//! Run with `UPDATE_EXPECTED=1` to write what comes out, and read the difference before keeping it.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use podbay::domain::object::Object;
use podbay::policy::Policy;
use serde::Deserialize;
use serde_json::Value;

/// What stands between the case and what is expected.
const DIVIDER: &str = "--- # expected\n";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    policy: Policy,
    scope: Vec<String>,
    pod: Value,
}

fn output(case: &str) -> String {
    let case: Case = serde_saphyr::from_str(case).unwrap();
    match case.policy.admit_pod(&Object(case.pod), &case.scope) {
        Ok(pod) => format!(
            "allowed: {{token: {}}}\n",
            pod.0["spec"]["automountServiceAccountToken"]
        ),
        Err(denied) => denied.0.iter().fold("denied:\n".to_owned(), |all, denial| {
            all + &serde_saphyr::to_string(&[denial.to_string()]).unwrap()
        }),
    }
}

fn check(path: &Path) {
    let text = fs::read_to_string(path).unwrap();
    let (case, expected) = text.split_once(DIVIDER).unwrap_or((&text, ""));
    let output = output(case);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(path, format!("{case}{DIVIDER}{output}")).unwrap();
    } else {
        assert!(
            output == expected,
            "{}: got\n{output}\nexpected\n{expected}",
            path.display()
        );
    }
}

#[test]
fn cases() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/policy");
    let files: Vec<PathBuf> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(files.len() >= 30, "only {} cases", files.len());
    files.iter().for_each(|file| check(file));
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

#[test]
fn namespaces_are_open_within_the_scope_only() {
    let policy = Policy::default();
    let scope = vec!["robots".to_owned()];
    assert!(policy.admit_namespace("robots", &scope).is_ok());
    assert!(policy.admit_namespace("default", &[]).is_ok());
    let denied = policy.admit_namespace("default", &scope).unwrap_err().to_string();
    assert!(
        denied.contains("rule namespace") && denied.contains("(robots)"),
        "{denied}"
    );
    assert!(policy.admit_namespace("kube-system", &[]).is_err());
}

#[test]
fn a_misspelt_setting_is_refused() {
    let error = serde_saphyr::from_str::<Policy>("allow_privilege: true")
        .unwrap_err()
        .to_string();
    assert!(error.contains("allow_privilege"), "{error}");
}
