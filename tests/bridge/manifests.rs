//! Errors for manifests that cannot become a pod.

use std::process::Command;

use podbay::operation::CreatePod;

use super::{created, podbay};

/// A pod whose container and metadata have these fields.
fn pod(metadata: &str, container: &str) -> CreatePod {
    created(&format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: a, {metadata}}}, spec: {{containers: [{{name: c, image: i, {container}}}]}}}}"
    ))
}

#[tokio::test]
async fn manifests_of_which_no_process_can_be_made_are_refused_by_path() {
    let podbay = podbay("manifests", "{}");
    let nul = |path: &str| {
        format!(
            "the manifest has a NUL character in {path}, which names and processes cannot contain; remove it"
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
            "the manifest's spec.containers[0] has an argument of 131072 bytes (word 1 of 1), which exceeds \
             Linux's limit of 131071; put large data into a ConfigMap or a volume"
                .to_owned(),
        ),
        (
            pod("", &format!("args: [{many}]")),
            "the manifest's spec.containers[0] has 2160000 bytes of arguments and environment, counting 9 more for each, \
             which exceeds Linux's limit of 2097152; put large data into a ConfigMap or a volume"
                .to_owned(),
        ),
        (
            pod("", "imag: j, arg: [a], zzz: 1"),
            "the manifest has the unknown fields spec.containers[0].imag (did you mean image?), spec.containers[0].arg (did you mean args?), spec.containers[0].zzz; correct or remove them: this version of podbay does not support them"
                .to_owned(),
        ),
        (
            pod("lables: {}", ""),
            "the manifest has the unknown field metadata.lables (did you mean labels?); correct or remove it: this version of podbay does not support it"
                .to_owned(),
        ),
        (
            pod("", &format!("args: {}", "y".repeat(100_000))),
            format!(
                "the manifest is not a valid v1 Pod: spec.containers[0].args: expected a list, found the string \"{}… (100000 bytes)\"; \
                 correct it",
                "y".repeat(150)
            ),
        ),
    ] {
        let said = podbay.ask(request).await.unwrap_err();
        assert_eq!(said, expected);
    }
    podbay.end().await;
}

/// Address space for hostile manifests, in KiB.
const SPACE: &str = "2097152";

/// Set in a process with limited address space.
const BOUNDED: &str = "PODBAY_TEST_BOUNDED";

/// Manifests within every limit that take far more memory once they are parsed or published.
fn hostile() -> Vec<(&'static str, String, &'static str)> {
    let long = |length| "k".repeat(length);
    let zeros = |count| vec!["0"; count].join(",");
    let anchors: String = (0..5001).map(|index| format!("- &a{index} 0\n")).collect();
    let aliases = vec!["*x"; 50_000].join(",");
    vec![
        (
            "a list below a long key, and a key twice",
            format!("? {}\n: [{}]\na: 1\na: 2\n", long(600_000), zeros(200_000)),
            "the manifest is invalid: manifest:4:1: error[PB0704]: duplicate key `a`; remove one",
        ),
        (
            "keys below each other, and one twice",
            format!(
                "{}{{? {} : [{}], a: 1, a: 2}}",
                "a: \n ",
                long(500_000),
                zeros(150_000)
            ),
            "duplicate key `a`; remove one",
        ),
        (
            "a list below a long key, and a syntax error",
            format!("? {}\n: [{}]\na: [\n", long(600_000), zeros(200_000)),
            "the manifest is neither YAML nor JSON of one object",
        ),
        (
            "one long text by many names",
            format!("x: &x {}\nanchors:\n{anchors}many: [{aliases}]\n", long(600_000)),
            "too large or nested too deeply; shorten it",
        ),
        (
            "many objects that are no pod",
            format!(
                "{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {{{}: [{}]}}}}",
                long(500_000),
                zeros(200_000)
            ),
            "the manifest",
        ),
    ]
}

#[tokio::test]
async fn manifests_that_mean_harm_are_answered_within_the_memory_of_a_small_host() {
    const NAME: &str = "manifests_that_mean_harm_are_answered_within_the_memory_of_a_small_host";
    if std::env::var_os(BOUNDED).is_none() {
        let output = Command::new("sh")
            .args(["-c", "ulimit -v $0 && exec \"$@\"", SPACE])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", &format!("manifests::{NAME}"), "--test-threads=1"])
            .env(BOUNDED, "1")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{output:?}");
        return;
    }
    let podbay = podbay("hostile", "{}");
    for (name, manifest, expected) in hostile() {
        assert!(manifest.len() <= 1024 * 1024, "{name} is refused for its length");
        let said = podbay.ask(created(&manifest)).await.unwrap_err();
        assert!(
            said.contains(expected) && said.len() < 10_000,
            "{name}: {}",
            said.chars().take(400).collect::<String>()
        );
    }
    podbay.end().await;
}
