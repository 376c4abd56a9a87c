//! Mistakes of daily life, and what to write instead.

use super::*;

#[test]
fn frequent_mistakes_have_their_own_help() {
    for (text, column, expected) in [
        (
            "resources: {limits: {mem: 512Mi}}\n",
            22,
            "which is not a resource; did you mean `memory`?",
        ),
        (
            "resources: {requests: {Memory: 1Gi}}\n",
            24,
            "did you mean `memory`?",
        ),
        (
            "resources: {limits: {gpu: 1}}\n",
            22,
            "use `gpu: 1` of the profile, or nvidia.com/gpu",
        ),
        (
            "resources: {limits: {x: 1}}\n",
            22,
            "use cpu, memory, ephemeral-storage, hugepages-SIZE",
        ),
        (
            "resources: {limits: {nvidia.com/gpu: 0.5}}\n",
            38,
            "is 0.5, but only an integer can be requested of it; write an integer",
        ),
        (
            "resources: {limits: {memory: 512m}}\n",
            30,
            "is 512m, which is less than one byte; did you mean 512Mi?",
        ),
        (
            "sidecars: [{name: a, image: b, resources: {limits: {mem: 1Gi}}}]\n",
            53,
            "`sidecars[0].resources.limits` has the key \"mem\"",
        ),
        (
            "env: {ROS_DOMAIN_ID: 300}\n",
            22,
            "`env.ROS_DOMAIN_ID` is \"300\", which is not a ROS domain; use a number from 0 to 232",
        ),
        ("image: My_Robot:1\n", 8, "in lowercase"),
        (
            "package: a\n",
            1,
            "a profile has no key `package`; move it into `match`",
        ),
        ("spec: {}\n", 1, "write `pod: {spec: …}`"),
        ("restartPolicy: Never\n", 1, "restarts follow `respawn`"),
        ("replicas: 2\n", 1, "a process runs once"),
        ("args: [a]\n", 1, "use `container: {args: […]}`"),
        (
            "match: {pkg: a}\n",
            9,
            "`match` has no key `pkg`; did you mean `package`?",
        ),
        (
            "pod: {nodeSelector: {a: b}}\n",
            7,
            "write `nodeSelector` outside of `pod`, or `pod: {spec: {nodeSelector: …}}`",
        ),
        (
            "pod: {dnsPolicy: None}\n",
            7,
            "write `pod: {spec: {dnsPolicy: …}}`",
        ),
        (
            "initContainers: [{name: a, cmd: [b]}]\n",
            28,
            "did you mean `command`?",
        ),
        (
            "imagePullSecrets: [registry]\n",
            20,
            "must be a mapping; found the string \"registry\"; write {name: registry}",
        ),
        ("imagePullSecrets: registry\n", 19, "write [{name: registry}]"),
        (
            "volumes: [{name: m, hostPath: /maps}]\n",
            31,
            "write {path: /maps}",
        ),
        (
            "volumes: {maps: /maps}\n",
            10,
            "`volumes` must be a list; found a mapping; write [{name: maps, …}]",
        ),
        (
            "livenessProbe: {exec: {command: pgrep a:b}}\n",
            33,
            "`livenessProbe.exec.command` must be a list; found the string \"pgrep a:b\"; write [pgrep, 'a:b']",
        ),
        (
            "securityContext: {privileged: \"yes\"}\n",
            31,
            "write true, without quotes",
        ),
        ("securityContext: {runAsUser: \"0\"}\n", 30, "remove the quotes"),
        (
            "env: {B: {valueFrom: {}}}\n",
            10,
            "for `valueFrom`, use `container: {env: [{name: NAME, valueFrom: …}]}`",
        ),
        (
            "env: {A:b, C: d}\n",
            7,
            "`env.A:b` has no value; write a space after ':'",
        ),
        (
            "workload: {CronJob: {}}\n",
            12,
            "`workload` cannot be `CronJob`; use one of",
        ),
        (
            "group: {node: x}\n",
            8,
            "`group` must be one of node, namespace, group, launch, as in `group: namespace`; found a mapping",
        ),
        (
            "workload: {Deployment: {}, Job: {}}\n",
            11,
            "`workload` must be one kind of workload; found two: Deployment, Job",
        ),
        (
            "gpu: 1e2\n",
            6,
            "`gpu` must be a non-negative integer, as in `gpu: 1`; found the float 1e2",
        ),
    ] {
        let error = Profile::parse(text).unwrap_err();
        let message = error.text();
        assert!(message.contains(expected), "{text:?}: {message}");
        assert_eq!(error.place.column, column, "{text:?}: {message}");
    }
    for valid in [
        "resources: {limits: {cpu: 500m, hugepages-2Mi: 4Mi, nvidia.com/gpu: 1, memory: 0}}\n",
        "env: {ROS_DOMAIN_ID: 232}\n",
        "env: {ROS_DOMAIN_ID: \"0x10\"}\n",
        "env: {ROS_DOMAIN_ID: 300, RMW_IMPLEMENTATION: rmw_zenoh_cpp}\n",
        "env: {ROS_DOMAIN_ID: $(OTHER)}\n",
        "image: Registry.example.com:5000/a/b:Latest\n",
    ] {
        assert!(Profile::parse(valid).is_ok(), "{valid}");
    }
}
