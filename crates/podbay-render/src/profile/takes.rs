//! Valid values of a profile's keys, for error messages.

use podbay_text::yaml::Kind;

/// Texts for error messages. Parts of Kubernetes objects describe themselves.
pub(super) const PROFILE: Kind = Kind {
    whole: "a profile",
    example: "image: registry.example.com/robot:1.2",
    again: Some("rules"),
    takes: &[
        ("match", "patterns", "{package: \"nav2_*\"}"),
        (
            "rules",
            "a list of profiles",
            "[{match: {node: /talker}, gpu: 1}]",
        ),
        ("image", "the name of an image", "registry.example.com/robot:1.2"),
        ("imagePullPolicy", "a word", "IfNotPresent"),
        ("env", "names with a value each", "{ROS_LOG_DIR: /log}"),
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
        ("gpu", "a number", "1"),
        ("devices", "a list of paths", "[/dev/video0, /dev/dri/]"),
        ("serviceAccountName", "a name", "monitor"),
        ("runtimeClassName", "a name", "nvidia"),
        (
            "nodeSelector",
            "labels with a value each",
            "{kubernetes.io/hostname: amr-1}",
        ),
        ("priorityClassName", "a name", "robot-critical"),
        ("hostNetwork", "true or false", "true"),
        ("hostIPC", "true or false", "true"),
        ("hostPID", "true or false", "true"),
        ("podSecurity", "a word", "restricted"),
        ("labels", "names with a value each", "{team: navigation}"),
        (
            "annotations",
            "names with a value each",
            "{example.com/owner: navigation}",
        ),
        ("group", "a word", "namespace"),
        ("sharedMemory", "a size", "1Gi"),
        ("shareProcessNamespace", "true or false", "true"),
        ("workload", "a kind of workload", "{Job: {backoffLimit: 3}}"),
        (
            "discovery",
            "a way of discovery",
            "{mode: zenohRouter, address: \"router:7447\"}",
        ),
        ("ports", "ports by name", "{websocket: 9090}"),
        (
            "service",
            "a type of Service",
            "{type: NodePort, name: rosbridge}",
        ),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    #[test]
    fn every_example_can_be_taken() {
        for (key, _, example) in PROFILE.takes {
            let read = Profile::parse(&format!("{key}: {example}\n"));
            assert!(read.is_ok(), "{key}: {read:?}");
        }
    }

    #[test]
    fn mistakes_name_the_key_and_what_it_takes() {
        for (text, line, expected) in [
            (
                "image: a\ndevices: /dev/video0\n",
                2,
                "`devices` takes a list of paths, as in `devices: [/dev/video0, /dev/dri/]`; it is `/dev/video0` here",
            ),
            (
                "ports: 9090\n",
                1,
                "`ports` takes ports by name, as in `ports: {websocket: 9090}`",
            ),
            ("env: [A=b]\n", 1, "`env` takes names with a value each"),
            ("image: {a: b}\n", 1, "`image` takes the name of an image"),
            ("gpu: one\n", 1, "`gpu` takes a number, as in `gpu: 1`"),
            ("hostNetwork: maybe\n", 1, "`hostNetwork` takes true or false"),
            (
                "image: a\ngpu: 1\nimage: b\n",
                3,
                "`image` is given a second time",
            ),
            (
                "env:\n  A: b\n  C:\n",
                3,
                "as in `env: {ROS_LOG_DIR: /log}`; `env.C` is empty",
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
            ("discovery: {address: a}\n", 1, "`discovery` lacks `mode`, as in"),
            (
                "ports: {web: high}\n",
                1,
                "`ports.web` takes the number of a port, from 1 to 65535, or {port: 9090, …}, as in `ports: {websocket: 9090}`; it is `high` here",
            ),
            (
                "rules:\n- gpu: 1\n- match: {nod: a}\n",
                3,
                "`match` has no key `nod`; did you mean `node`?",
            ),
            (
                "rules:\n- rules:\n  - gpu: x\n  env: {}\n",
                3,
                "`gpu` takes a number",
            ),
            ("rules: {gpu: 1}\n", 1, "`rules` takes a list of profiles"),
        ] {
            let error = Profile::parse(text).unwrap_err();
            let message = error.text();
            assert!(message.contains(expected), "{text:?}: {message}");
            assert_eq!(error.place.line, line, "{text:?}: {message}");
        }
    }
}
