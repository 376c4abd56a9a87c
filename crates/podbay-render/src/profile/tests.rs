//! Reading, merging and checking profiles.

mod mistakes;

use std::collections::BTreeMap;

use podbay_text::diagnostic::Code;
use serde_json::json;

use super::*;

#[test]
fn later_rules_override_and_maps_are_merged() {
    let profile = Profile::parse(
        "image: base\nenv: {A: 1, B: 2}\nrules:\n\
         - match: {package: nav*}\n  env: {B: 3}\n  rules:\n  - match: {node: /r/*}\n    image: inner\n\
         - match: {executable: x}\n  image: other\n",
    );
    let process = Process {
        package: "nav2".to_owned(),
        executable: "e".to_owned(),
        name: "n".to_owned(),
        namespace: "/r".to_owned(),
        ..Process::default()
    };
    let resolved = profile.unwrap().resolve(&process);
    assert_eq!(resolved.container.image.as_deref(), Some("inner"));
    assert_eq!(
        resolved.container.env,
        BTreeMap::from([("A".into(), "1".into()), ("B".into(), "3".into())])
    );
}

#[test]
fn rules_are_merged() {
    let profile = Profile::parse(
        "tolerations: [{key: a}]\nvolumes: [{name: v, emptyDir: {}}]\nsecurityContext: {runAsUser: 1}\n\
         workload: {Job: {backoffLimit: 1}}\ndevices: [/dev/a]\nrules:\n\
         - tolerations: [{key: a}, {key: b}]\n  volumes: [{name: w, emptyDir: {}}, {name: v, emptyDir: null}]\n  \
         securityContext: {privileged: true, runAsUser: null}\n  workload: {Job: {parallelism: 2}}\n  \
         devices: [/dev/a, /dev/b]\n",
    );
    let resolved = profile.unwrap().resolve(&Process::default());
    let (container, pod) = (&resolved.container, &resolved.pod);
    assert_eq!(pod.tolerations.value, json!([{"key": "a"}, {"key": "b"}]));
    assert_eq!(
        pod.volumes.value,
        json!([{"name": "v"}, {"name": "w", "emptyDir": {}}])
    );
    assert_eq!(container.security_context.value, json!({"privileged": true}));
    assert_eq!(container.devices, ["/dev/a", "/dev/b"]);
    let job = &resolved.workload.chosen;
    assert_eq!(job.spec, json!({"backoffLimit": 1, "parallelism": 2}));
}

#[test]
fn errors_are_named_with_their_place() {
    for (text, line, expected) in [
        ("image: a\nimmage: b\n", 2, "`immage`; did you mean `image`?"),
        (
            "image: a\nfoo: b\n",
            2,
            "has no key `foo`; use one of affinity, annotations, ",
        ),
        ("imagePullPolicy: Sometimes\n", 1, "Sometimes"),
        ("rules:\n- match: {pkg: a}\n", 2, "pkg"),
        ("image: a\nenv:\n\tA: b\n", 3, "; indent with spaces"),
        ("command: []\n", 1, "`command` is empty"),
        ("rules:\n- command: [\"{exe}\"]\n", 2, "{exe}"),
        ("- a\n", 1, "a profile"),
        (
            "rules:\n- image: a\n- resources: {limits: {memory: 512Q}}\n",
            3,
            "`resources.limits.memory` is \"512Q\", which is not a valid quantity",
        ),
        ("workload: Deploymnt\n", 1, "did you mean `Deployment`?"),
        (
            "workload:\n  Job:\n    backofLimit: 3\n",
            3,
            "`workload.Job` has no key `backofLimit`; did you mean `backoffLimit`?",
        ),
        (
            "workload: {Job: {template: {spec: {}}}}\n",
            1,
            "`workload.Job.template` is set by podbay; write fields of the pod under `pod`",
        ),
        (
            "workload: {Pod: {hostNetwork: true}}\n",
            1,
            "write them under `pod`",
        ),
        (
            "pod:\n  spec:\n    hostNetwork: true\n    dnsPolicyy: Default\n",
            4,
            "`pod.spec` has no key `dnsPolicyy`; did you mean `dnsPolicy`?",
        ),
        (
            "pod: {metadata: {name: a}}\n",
            1,
            "`pod.metadata.name` is set by podbay",
        ),
        (
            "labels: {podbay.dev/launch: a}\n",
            1,
            "label podbay.dev/launch is reserved for podbay",
        ),
        ("container: {name: a}\n", 1, "`container.name` is set by podbay"),
        (
            "container: {nmae: a}\n",
            1,
            "`container` has no key `nmae`; use one of args, command",
        ),
        (
            "devices: [video0]\n",
            1,
            "\"video0\", which is not a path below /dev",
        ),
        (
            "devices: [/dev/../etc/shadow]\n",
            1,
            "which is not a path below /dev",
        ),
        ("sidecars: [{image: a}]\n", 1, "`sidecars[0]` has no name"),
        (
            "sidecars: [{name: a, restartPolicy: Never}]\n",
            1,
            "a sidecar always restarts",
        ),
        (
            "volumes: [{name: params}]\n",
            1,
            "volume params is reserved for podbay; use another name",
        ),
        ("image: a\nimage: b\n", 2, "duplicate key `image`"),
        ("podSecurity: strict\n", 1, "restricted"),
        (
            "env: {}\nimage: 5\n",
            2,
            "`image` is \"5\", which is not a valid image name",
        ),
        ("image: \"a\\e[31m\"\n", 1, "which is not a valid image name"),
        (
            "env: {A: b}\ncommand: [a, \"b\\0\"]\n",
            2,
            "`command[1]` contains a NUL character",
        ),
        (
            "gpu: 1\nresources: {limits: {memory: 1e99999999}}\n",
            2,
            "`resources.limits.memory` is \"1e99999999\", which is not",
        ),
        (
            "gpu: 1\nsharedMemory: 999999999999Ei\n",
            2,
            "`sharedMemory` is \"999999999999Ei\"",
        ),
        (
            "gpu: 1\nvolumes:\n- {name: v, emptyDir: {sizeLimit: 1Q}}\n",
            3,
            "`volumes[0].emptyDir.sizeLimit` is \"1Q\", which is not a valid quantity",
        ),
        (
            "rules:\n- gpu: 1\n- sidecars:\n  - name: a\n    image: \"b \"\n",
            5,
            "`sidecars[0].image` is \"b \"",
        ),
        (
            "sidecars:\n- name: A\n",
            2,
            "`sidecars[0].name` is \"A\", which is not a valid container name",
        ),
        (
            "pod: {spec: {containers: [{name: a, image: \"\"}]}}\n",
            1,
            "`pod.spec.containers[0].image`",
        ),
        ("gpu: 1\nlabels: {team: \"a b\"}\n", 2, "not a valid label value"),
        ("gpu: 1\nnodeSelector: {\"a b\": c}\n", 2, "not a valid label key"),
        (
            "gpu: 1\nserviceAccountName: My\n",
            2,
            "`serviceAccountName` is \"My\"",
        ),
        ("gpu: 1\nenv: {\"A=B\": c}\n", 2, "not a valid variable name"),
        (
            "tolerations:\n- key: a\n  operator: Exist\n",
            3,
            "`tolerations[0].operator` cannot be \"Exist\"; did you mean `Exists`?",
        ),
        (
            "affinity:\n  podAntiAffinity:\n    requiredDuringSchedulingIgnoredDuringExecution:\n    - topologyKey: a\n      \
             labelSelector:\n        matchExpressions: [{key: a, operator: Has}]\n",
            6,
            "In, NotIn, Exists, DoesNotExist",
        ),
        (
            "gpu: 1\nresources:\n  limits: {cpu: 500m}\n  requests:\n    memory: 1Gi\n    cpu: 1\n",
            6,
            "`resources.requests.cpu` is 1, which exceeds the limit of 500m",
        ),
        ("gpu: 1\nlivenessProbe: {}\n", 2, "`livenessProbe` has no handler"),
        ("workload: pod\n", 1, "did you mean `Pod`?"),
        ("gpu: many\n", 1, "a non-negative integer, as in `gpu: 1`"),
        (
            "tolerations: {key: a}\n",
            1,
            "`tolerations` must be a list; found a mapping",
        ),
        (
            "imge: a\nrules: [{imag: b}]\n",
            1,
            "`imge`; did you mean `image`?",
        ),
    ] {
        let error = Profile::parse(text).unwrap_err();
        let message = error.text();
        assert!(message.contains(expected), "{text:?}: {message}");
        assert_eq!(error.place.line, line, "{text:?}: {message}");
        assert!(error.place.column > 0, "{text:?}");
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    assert_eq!(Profile::parse("").unwrap(), Profile::default());
}

#[test]
fn errors_have_the_code_of_their_kind() {
    for (text, code) in [
        ("command: []\n", Code::ProfileValue),
        ("image: \"a b\"\n", Code::ProfileName),
        ("labels: {podbay.dev/launch: a}\n", Code::ProfileReserved),
        ("readinessProbe: {}\n", Code::ProfileIncomplete),
        (
            "resources: {requests: {cpu: 2}, limits: {cpu: 1}}\n",
            Code::ProfileContradiction,
        ),
        (
            "discovery: {mode: multicast, address: a}\n",
            Code::ProfileContradiction,
        ),
        ("ports: {A: 80}\n", Code::ProfileName),
        ("imge: a\n", Code::UnknownKey),
        ("pod: {spec: {hostNetwrok: true}}\n", Code::UnknownKey),
        ("pod: {spec: {hostNetwork: 1}}\n", Code::KeyValue),
        ("workload: Jop\n", Code::KeyValue),
    ] {
        assert_eq!(Profile::parse(text).unwrap_err().code, code, "{text:?}");
    }
}

#[test]
fn errors_point_at_the_key_or_at_its_value() {
    for (text, column) in [
        ("env: {\"A=B\": c}\n", 7),
        ("labels: {team: \"a b\"}\n", 16),
        ("labels: {podbay.dev/launch: a}\n", 10),
        ("ports: {Web: 80}\n", 9),
        ("pod: {spec: {hostNetwrok: true}}\n", 14),
        ("pod: {spec: {hostNetwork: maybe}}\n", 27),
        ("workload: {Job: {template: {}}}\n", 18),
        ("discovery: {mode: multicast, address: a}\n", 30),
        ("tolerations: {key: a}\n", 14),
    ] {
        let error = Profile::parse(text).unwrap_err();
        assert_eq!(error.place.column, column, "{text}: {error}");
    }
}

#[test]
fn an_unknown_name_is_marked_and_not_its_key() {
    for (text, column) in [
        ("workload: Deploymnet\n", 11),
        ("discovery: unicast\n", 12),
        ("service: NodePrt\n", 10),
    ] {
        let wrong = Profile::parse(text).unwrap_err();
        assert_eq!((wrong.place.line, wrong.place.column), (1, column), "{wrong}");
    }
}
