//! Environment variables that pass through the shell.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use podbay_description::Description;
use podbay_render as render;
use podbay_render::profile::Profile;
use serde_json::Value;

use crate::demo::{node, rendered, target};

/// Runs the script of a pod with the environment `variables` under `shell`, and returns the environment of the process.
fn environment_behind(shell: &[&str], variables: &[(&str, &str)]) -> (BTreeMap<String, String>, String) {
    let root =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shell-{}", shell.concat().replace('/', "_")));
    let program = root.join("b/lib/demo/show");
    fs::create_dir_all(root.join("b/share/demo")).unwrap();
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let _ = fs::remove_file(&program);
    std::os::unix::fs::symlink("/usr/bin/env", &program).unwrap();
    let mut process = node(Vec::new());
    process.ros_arguments.clear();
    process.arguments = vec!["-0".to_owned()];
    process.environment.extend(
        variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    let rendered = rendered(vec![process]);
    let pod = rendered
        .objects
        .iter()
        .find(|object| object.kind() == "Pod")
        .unwrap();
    let container = pod.0.pointer("/spec/containers/0").unwrap();
    let plain = |value: &Value| value.as_str().unwrap().replace("$$", "$");
    let args: Vec<_> = container["args"].as_array().unwrap().iter().map(plain).collect();
    let env = container["env"].as_array().unwrap();
    assert_eq!(args[0], "sh");
    let output = Command::new(shell[0])
        .args(&shell[1..])
        .args(&args[1..])
        .env_clear()
        .envs(env.iter().map(|one| (plain(&one["name"]), plain(&one["value"]))))
        .env("PATH", "/usr/bin:/bin")
        .env("AMENT_PREFIX_PATH", root.join("b"))
        .current_dir(&root)
        .output()
        .unwrap();
    let found = String::from_utf8(output.stdout).unwrap();
    let found = found.split('\0').filter_map(|one| one.split_once('='));
    (
        found
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn variables_of_any_name_pass_through_every_shell() {
    let share = "$(find-pkg-share demo)";
    let hostile = "x$(touch hacked)";
    let names = [
        "PLAIN",
        "robot.name",
        "a-b",
        "1st",
        "-u",
        "--help",
        "a b",
        "x;touch${IFS}hacked",
        "x}$(touch hacked)${x",
        "$(touch hacked)",
        "`touch hacked`",
        "a'b\"c",
        "a\\b",
        "*",
        "/etc/podbay/params/0.yaml.run",
        "UID",
        "IFS",
        "PWD",
        "PPID",
        "OPTIND",
        "SHELLOPTS",
        "BASH_ENV",
        "_",
        "pb_name",
        "pb_rest",
        "RANDOM",
        "PS4",
    ];
    let shells: [&[&str]; 5] = [&["sh"], &["dash"], &["bash"], &["busybox", "sh"], &["mksh"]];
    let known = |shell: &&&[&str]| {
        Command::new(shell[0])
            .args(&shell[1..])
            .args(["-c", ":"])
            .output()
            .is_ok()
    };
    for shell in shells.iter().filter(known) {
        for value in [share, hostile, "a\nb", "in.yaml.in", ""] {
            let variables: Vec<_> = names.iter().map(|name| (*name, value)).collect();
            let (found, stderr) = environment_behind(shell, &variables);
            let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shell-{}", shell.concat()));
            let expected = match value {
                value if value == share => root.join("b/share/demo").display().to_string(),
                value => value.to_owned(),
            };
            for name in names {
                assert_eq!(
                    found.get(name),
                    Some(&expected),
                    "{name} under {shell:?}: {stderr}"
                );
            }
            assert!(!root.join("hacked").exists(), "{shell:?} ran a name or a value");
        }
    }
}

#[test]
fn names_that_are_not_shell_variables_are_not_evaluated() {
    for name in ["x;touch${IFS}hacked", "1x", "a-b", "x}$(echo)"] {
        let (_, stderr) = environment_behind(&["sh"], &[("PODBAY_RESOLVE", name)]);
        assert!(
            stderr.contains("which is not a valid shell variable"),
            "{name}: {stderr}"
        );
    }
}

#[test]
fn names_that_kubernetes_does_not_accept_are_refused() {
    for (name, shown) in [
        ("", "\"\""),
        ("a=b", "\"a=b\""),
        ("é", "\"é\""),
        ("a\nb", "\"a\\nb\""),
    ] {
        let mut process = node(Vec::new());
        process.environment.insert(name.to_owned(), "1".to_owned());
        let description = Description {
            processes: vec![process],
            ..Description::default()
        };
        let refused = render::launch(&description, &Profile::default(), &target()).unwrap_err();
        let text = refused.iter().map(ToString::to_string).collect::<String>();
        assert!(
            text.contains(&format!("the environment variable {shown} cannot be set")),
            "{text}"
        );
    }
}
