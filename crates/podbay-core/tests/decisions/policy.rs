//! The policy: each file of `tests/policy/` has a configuration, a scope, a pod's manifest, and the result.
//! The default namespace is `default`.

use crate::manifest::{Case, reach};

pub(crate) fn output(case: &str) -> String {
    let case: Case = serde_saphyr::from_str(case).unwrap();
    match case
        .policy
        .admit_manifest(&podbay_core::object::Object(case.pod), reach(&case.scope))
    {
        Ok(pod) => format!(
            "allowed: {{token: {}}}\n",
            pod.0["spec"]["automountServiceAccountToken"]
        ),
        Err(denied) => denied.0.iter().fold("denied:\n".to_owned(), |all, denial| {
            all + &serde_saphyr::to_string(&[denial.to_string()]).unwrap()
        }),
    }
}
