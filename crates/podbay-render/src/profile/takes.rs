//! Valid values of a profile's keys, for error messages.

use podbay_text::yaml::Kind;

const OF_MATCH: &str = "move it into `match`";

/// Texts for error messages. Parts of Kubernetes objects describe themselves.
pub(super) const PROFILE: Kind = Kind {
    whole: "a profile",
    example: "image: registry.example.com/robot:1.2",
    again: Some("rules"),
    instead: &[
        ("", "args", "use `container: {args: […]}`"),
        ("", "executable", OF_MATCH),
        ("", "metadata", "write `pod: {metadata: …}`"),
        ("", "namespace", OF_MATCH),
        ("", "node", OF_MATCH),
        ("", "package", OF_MATCH),
        ("", "replicas", "a process runs once; remove it"),
        (
            "",
            "restartPolicy",
            "restarts follow `respawn` of the launch file, and `workload`; remove it",
        ),
        ("", "spec", "write `pod: {spec: …}`"),
        (
            "env",
            "a mapping",
            "for `valueFrom`, use `container: {env: [{name: NAME, valueFrom: …}]}`",
        ),
        ("match", "exec", "did you mean `executable`?"),
        ("match", "name", "did you mean `node`?"),
        ("match", "ns", "did you mean `namespace`?"),
        ("match", "pkg", "did you mean `package`?"),
    ],
    takes: &[
        ("match", "patterns", "{package: \"nav2_*\"}"),
        (
            "rules",
            "a list of profiles",
            "[{match: {node: /talker}, gpu: 1}]",
        ),
        ("image", "the name of an image", "registry.example.com/robot:1.2"),
        (
            "imagePullPolicy",
            "one of Always, IfNotPresent, Never",
            "IfNotPresent",
        ),
        ("env", "a mapping from names to values", "{ROS_LOG_DIR: /log}"),
        (
            "resources",
            "requests and limits",
            "{limits: {cpu: 2, memory: 1Gi}}",
        ),
        (
            "command",
            "a list of words",
            "[/opt/run, \"{package}\", \"{executable}\"]",
        ),
        ("gpu", "a non-negative integer", "1"),
        ("devices", "a list of paths", "[/dev/video0, /dev/dri/]"),
        ("serviceAccountName", "a name", "monitor"),
        ("runtimeClassName", "a name", "nvidia"),
        (
            "nodeSelector",
            "a mapping from labels to values",
            "{kubernetes.io/hostname: amr-1}",
        ),
        ("priorityClassName", "a name", "robot-critical"),
        ("hostNetwork", "true or false", "true"),
        ("hostIPC", "true or false", "true"),
        ("hostPID", "true or false", "true"),
        (
            "podSecurity",
            "one of privileged, baseline, restricted",
            "restricted",
        ),
        ("labels", "a mapping from names to values", "{team: navigation}"),
        (
            "annotations",
            "a mapping from names to values",
            "{example.com/owner: navigation}",
        ),
        ("group", "one of node, namespace, group, launch", "namespace"),
        ("sharedMemory", "a size", "1Gi"),
        ("shareProcessNamespace", "true or false", "true"),
        ("workload", "one kind of workload", "{Job: {backoffLimit: 3}}"),
        (
            "discovery",
            "a mode of discovery",
            "{mode: zenohRouter, address: \"router:7447\"}",
        ),
        ("ports", "a mapping from names to ports", "{websocket: 9090}"),
        ("service", "a Service type", "{type: NodePort, name: rosbridge}"),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn every_example_is_valid() {
        for (key, _, example) in PROFILE.takes {
            let read = Profile::parse(&format!("{key}: {example}\n"));
            assert!(read.is_ok(), "{key}: {read:?}");
        }
    }

    #[test]
    fn errors_name_the_key_and_its_value() {
        for (text, line, expected) in [
            (
                "image: a\ndevices: /dev/video0\n",
                2,
                "a list of paths, as in `devices: [/dev/video0, /dev/dri/]`",
            ),
            (
                "ports: 9090\n",
                1,
                "a mapping from names to ports, as in `ports: {websocket: 9090}`",
            ),
            ("env: [A=b]\n", 1, "a mapping from names to values"),
            ("image: {a: b}\n", 1, "the name of an image"),
            ("gpu: one\n", 1, "a non-negative integer, as in `gpu: 1`"),
            ("hostNetwork: maybe\n", 1, "true or false"),
            (
                "rules:\n- hostIPC: 'true'\n",
                2,
                "`hostIPC` must be true or false, as in `hostIPC: true`; found \"true\"; remove the quotes",
            ),
            ("image: a\ngpu: 1\nimage: b\n", 3, "duplicate key `image`"),
            (
                "env:\n  A: b\n  C:\n",
                3,
                "as in `env: {ROS_LOG_DIR: /log}`; `env.C` has no value",
            ),
            (
                "discovery: hostnetwork\n",
                1,
                "`discovery` cannot be `hostnetwork`; did you mean `hostNetwork`?",
            ),
            (
                "discovery: {mode: zenohRouter, adress: a}\n",
                1,
                "`discovery` has no key `adress`; did you mean `address`?",
            ),
            ("discovery: {address: a}\n", 1, "`mode`, as in"),
            (
                "ports: {web: high}\n",
                1,
                "a port from 1 to 65535, or {port: 9090, …}, as in `ports: {websocket: 9090}`",
            ),
            (
                "rules:\n- gpu: 1\n- match: {nod: a}\n",
                3,
                "`match` has no key `nod`; did you mean `node`?",
            ),
            (
                "rules:\n- rules:\n  - gpu: x\n  env: {}\n",
                3,
                "a non-negative integer",
            ),
            ("rules: {gpu: 1}\n", 1, "`rules` must be a list of profiles"),
            (
                "rules:\n  match: {node: a}\n",
                2,
                "`rules` must be a list of profiles",
            ),
        ] {
            let error = Profile::parse(text).unwrap_err();
            let message = error.text();
            assert!(message.contains(expected), "{text:?}: {message}");
            assert_eq!(error.place.line, line, "{text:?}: {message}");
        }
    }
}
