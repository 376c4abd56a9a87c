//! What is said to manifests of which no pod can be made.

use podbay::domain::request::Request;

use super::{created, podbay};

/// A pod with these fields of its container and its metadata.
fn pod(metadata: &str, container: &str) -> Request {
    created(&format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: a, {metadata}}}, spec: {{containers: [{{name: c, image: i, {container}}}]}}}}"
    ))
}

#[tokio::test]
async fn manifests_of_which_no_process_can_be_made_are_refused_by_path() {
    let podbay = podbay("manifests", "{}");
    let nul = |path: &str| {
        format!(
            "the manifest has a NUL character in {path}, and neither names nor processes can have one; leave it out"
        )
    };
    let long = "x".repeat(131_072);
    let many = vec!["\"\""; 240_000].join(",");
    for (request, expected) in [
        (pod("", r#"args: ["true", "a\0b"]"#), nul("spec.containers[0].args[1]")),
        (pod("", r#"env: [{name: A, value: "\0"}]"#), nul("spec.containers[0].env[0].value")),
        (pod(r#"labels: {a: "\0"}"#, ""), nul("metadata.labels.a")),
        (pod(r#"annotations: {"a\0": b}"#, ""), nul("metadata.annotations.a\0")),
        (
            pod("", &format!("args: [{long}]")),
            "the manifest's spec.containers[0] has an argument of 131072 bytes (word 1 of 1), and Linux starts \
             no program with more than 131071; put large data into a ConfigMap or a volume"
                .to_owned(),
        ),
        (
            pod("", &format!("args: [{many}]")),
            "the manifest's spec.containers[0] has 2160000 bytes of arguments and environment, with 9 for each of them, \
             and Linux starts no program with more than 2097152; put large data into a ConfigMap or a volume"
                .to_owned(),
        ),
        (
            pod("", "imag: j, arg: [a], zzz: 1"),
            "the manifest has the unknown fields spec.containers[0].imag (did you mean image?), spec.containers[0].arg \
             (did you mean args?), spec.containers[0].zzz; this version of podbay knows no such field of a v1 Pod"
                .to_owned(),
        ),
        (
            pod("lables: {}", ""),
            "the manifest has the unknown field metadata.lables (did you mean labels?); this version of podbay knows no \
             such field of a v1 Pod"
                .to_owned(),
        ),
        (
            pod("", &format!("args: {}", "y".repeat(100_000))),
            format!(
                "the manifest is not a valid v1 Pod: invalid type: string \"{}… (100044 bytes)",
                "y".repeat(278)
            ),
        ),
    ] {
        let said = podbay.ask(request).await.unwrap_err();
        assert_eq!(said, expected);
    }
    podbay.end().await;
}
