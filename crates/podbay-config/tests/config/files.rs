//! Errors in the configuration file and in profiles: their messages and places.

use std::path::Path;

use podbay_config::file::File;
use podbay_render::profile::Profile;

/// The error for a configuration file `podbay.yaml` with this text.
fn said(text: &str) -> String {
    let read = File::parse(text, Path::new("podbay.yaml"));
    read.map_or_else(|problem| problem.to_string(), |_| "taken".to_owned())
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let expected = match expected {
        "taken" => expected.to_owned(),
        place => format!("podbay.yaml:{place}"),
    };
    assert_eq!(said(text), expected, "{text}");
}

#[test]
fn an_unknown_key_is_told_with_the_one_that_may_be_meant() {
    check(
        "polcy: {}\n",
        "1:1: error[PB0701]: the configuration has no key `polcy`; did you mean `policy`?",
    );
    check(
        "policy:\n  allow_exce: true\n",
        "2:3: error[PB0701]: `policy` has no key `allow_exce`; did you mean `allow_exec`?",
    );
    check(
        "limits:\n  launch: {proceses: 1}\n",
        "2:12: error[PB0701]: `limits.launch` has no key `proceses`; did you mean `processes`?",
    );
    check(
        "allow_exec: true\n",
        "1:1: error[PB0701]: the configuration has no key `allow_exec`; move it to `policy`",
    );
    check(
        "policy: {profiles: {}}\n",
        "1:10: error[PB0701]: `policy` has no key `profiles`; move it to the top level",
    );
}

#[test]
fn a_value_that_does_not_fit_is_told_with_what_its_key_takes() {
    for (text, expected) in [
        (
            "policy: {allow_exec: yes please}\n",
            "1:22: error[PB0702]: `policy.allow_exec` must be true or false, as in `allow_exec: true`; found `yes please`",
        ),
        (
            "policy:\n  allow_files: /launch\n",
            "2:16: error[PB0702]: `policy.allow_files` must be a list of folders, as in `allow_files: [/launch]`; found `/launch`",
        ),
        (
            "limits: {pods: -1}\n",
            "1:16: error[PB0702]: `limits.pods` must be a non-negative integer, as in `pods: 200`; found `-1`",
        ),
        (
            "cluster: embedded\nevaluate: image\n",
            "2:11: error[PB0706]: `evaluate: image` contradicts the embedded cluster, which cannot run images; use \
             `evaluate: here` and source ROS 2, or remove it",
        ),
        (
            "cluster: kubernetes\n",
            "1:10: error[PB0702]: `cluster` cannot be `kubernetes`; use one of kube, embedded",
        ),
        (
            "evaluate: imagee\n",
            "1:11: error[PB0702]: `evaluate` cannot be `imagee`; did you mean `image`?",
        ),
        (
            "cluster: kube\nevaluate_timeout: 0\n",
            "2:1: error[PB0702]: `evaluate_timeout` must be a positive integer, in seconds, as in \
             `evaluate_timeout: 300`; found `0`",
        ),
        (
            "limits: {launch: {seconds: 0}}\n",
            "1:28: error[PB0702]: `limits.launch.seconds` is 0, so nothing would be accepted; use a positive \
             number, or remove it",
        ),
        (
            "namespaces: [a, {b: c}]\n",
            "1:17: error[PB0702]: `namespaces[1]` must be a string, as in `namespaces: [robots]`; found a mapping",
        ),
        (
            "profiles:\n  sim:\n",
            "2:6: error[PB0702]: `profiles.sim` must be a string, as in `profiles: {sim: sim.profile.yaml}`; found no value",
        ),
        (
            "image: a\n",
            "1:1: error[PB0701]: the configuration has no key `image`; a profile has this key: put it in a file of its \
             own, for --profile or `profile`",
        ),
        (
            "limits: {launches: 1e9}\n",
            "1:20: error[PB0702]: `limits.launches` must be a non-negative integer, as in `launches: 20`; found the float \
             1e9",
        ),
        (
            "http: 5\n",
            "1:7: error[PB0702]: `http` is \"5\", which is not a valid address; use IP:PORT, such as \
             127.0.0.1:9640 (host names are not supported), or off",
        ),
        (
            "namespaces: [robots, My_Robots]\n",
            "1:22: error[PB0702]: \"My_Robots\" is not a valid namespace name; use at most 63 lowercase letters, \
             digits and '-', with a letter or a digit at both ends",
        ),
        (
            "namespaces: [robots]\nnamespace: lab\n",
            "2:12: error[PB0706]: `namespace` is lab, which is not one of `namespaces` (robots); add it there",
        ),
        (
            "policy:\n  allow_resources: [\"nv*dia\"]\n",
            "2:21: error[PB0801]: `allow_resources` has \"nv*dia\", which can never match; `*` is allowed only at the end",
        ),
    ] {
        check(text, expected);
    }
}

#[test]
fn what_is_no_yaml_is_told_as_that() {
    check(
        "- a\n",
        "1:1: error[PB0702]: the configuration must be a mapping, such as `cluster: kube`",
    );
    check(
        "cluster: kube\ncluster: kube\n",
        "2:1: error[PB0704]: duplicate key `cluster`; remove one",
    );
    check(
        "cluster: kube\n---\ncluster: kube\n",
        "3:1: error[PB0705]: a second document starts here, but only one is allowed; remove the `---`",
    );
    for text in ["cluster: kube\n  http: off\n", "http: [a\n", "http: \"a\n"] {
        assert!(said(text).contains(": error[PB0705]: "), "{text}: {}", said(text));
    }
    check("", "taken");
    check("# nothing yet\n", "taken");
    check("policy:\n#  allow_exec: true\nlimits:\n", "taken");
}

#[test]
fn what_would_do_nothing_is_said() {
    let text = "namespaces: [robots]\npolicy:\n  allow_namespaces: [lab]\n";
    let warnings = File::parse(text, Path::new("podbay.yaml")).unwrap().warnings;
    assert_eq!(warnings.len(), 1);
    let said = warnings[0].to_string();
    assert!(
        said.starts_with(
            "podbay.yaml:3:21: warning[PB0707]: `allow_namespaces` has no effect with `namespaces`"
        ),
        "{said}"
    );
    let idle = File::parse("cluster: embedded\ncontext: lab\n", Path::new("podbay.yaml")).unwrap();
    assert_eq!(
        idle.warnings[0].to_string(),
        "podbay.yaml:2:10: warning[PB0707]: `context` has no effect with the embedded cluster; remove it, or use \
         `cluster: kube`"
    );
    let alone = "policy: {allow_namespaces: [lab]}\n";
    assert_eq!(File::parse(alone, Path::new("podbay.yaml")).unwrap().warnings, []);
}

#[test]
fn the_example_of_the_readme_is_taken_as_it_stands() {
    let readme = include_str!("../../../../README.md");
    let (_, after) = readme.split_once("### Configuration").unwrap();
    let example = after.split("```").nth(1).unwrap().strip_prefix("yaml\n").unwrap();
    let file = File::parse(example, Path::new("podbay.yaml")).unwrap();
    assert_eq!(file.warnings, []);
    assert_eq!(file.namespaces, ["robots", "lab"]);
    let limits = File::parse("", Path::new("podbay.yaml")).unwrap().limits;
    assert_eq!(
        (
            file.limits.pods,
            file.limits.launches,
            file.limits.requests_per_second,
            file.limits.object_bytes
        ),
        (
            limits.pods,
            limits.launches,
            limits.requests_per_second,
            limits.object_bytes
        )
    );
}

/// Words of Rust, serde and its YAML library, which mean nothing to the author of the file.
const FOREIGN: [&str; 15] = [
    "u16",
    "u32",
    "u64",
    "i64",
    "f64",
    "bool",
    "Option",
    "struct",
    "enum",
    "variant",
    "serde",
    "sequence",
    "scalar",
    "breach",
    "expected one of",
];

/// The error for a text; none if it is valid.
type Told = fn(&str) -> Option<String>;

#[test]
fn whatever_is_wrong_is_told_without_words_of_the_library() {
    let keys_of_files = [
        "cluster",
        "namespaces",
        "profile",
        "profiles",
        "evaluate",
        "evaluate_timeout",
        "http",
        "allow_command",
        "policy",
        "limits",
        "limits: {launch",
        "policy: {allow_exec",
        "policy: {allow_files",
        "policy: {allow_grace_seconds",
    ];
    let keys_of_profiles = [
        "match",
        "rules",
        "image",
        "imagePullPolicy",
        "env",
        "resources",
        "command",
        "gpu",
        "devices",
        "hostNetwork",
        "podSecurity",
        "labels",
        "group",
        "workload",
        "discovery",
        "ports",
        "service",
        "sidecars",
        "pod",
        "tolerations",
        "ports: {web",
        "rules: [{match",
        "pod: {spec",
        "workload: {Job",
    ];
    let deep = format!("{}1{}", "[".repeat(3000), "]".repeat(3000));
    let values = [
        "[1, [2]]",
        "{a: {b: c}}",
        "some text",
        "-1.5",
        "~",
        "[~]",
        "{a: ~}",
        "!!binary x",
        "*none",
        "[a",
        "\"a",
        "{a: 1, a: 2}",
        ".nan",
        "99999999999999999999",
        "? {a: b}",
        "&a [*a, *a]",
        "{<<: 1}",
        deep.as_str(),
    ];
    let both: [(&[&str], Told); 2] = [
        (&keys_of_files, |text| {
            File::parse(text, Path::new("f"))
                .err()
                .map(|problem| problem.text())
        }),
        (&keys_of_profiles, |text| {
            Profile::parse(text).err().map(|mistake| mistake.text())
        }),
    ];
    for (keys, what) in both {
        for key in keys {
            for value in values {
                let closing: String = key.chars().rev().filter_map(closed).collect();
                let text = format!("{key}: {value}{closing}\n");
                let Some(what) = what(&text) else { continue };
                let foreign = FOREIGN.iter().find(|word| what.contains(**word));
                // the parser's own messages use the words of the YAML specification
                assert!(
                    foreign.is_none() || what.starts_with("invalid YAML"),
                    "{text}: {what}"
                );
                assert!(!what.contains(" at line "), "{text}: {what}");
            }
        }
    }
}

fn closed(opened: char) -> Option<char> {
    match opened {
        '{' => Some('}'),
        '[' => Some(']'),
        _ => None,
    }
}
