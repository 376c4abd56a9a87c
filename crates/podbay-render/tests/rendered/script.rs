//! The scripts by which containers start, run by the shells of this machine.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use podbay_description::{Description, Process, ProcessKind};
use podbay_render as render;
use podbay_render::Rendered;
use podbay_render::profile::Profile;
use serde_json::{Value, json};

use crate::demo::{node, rendered, target, values};

/// Runs what the only pod of `rendered` would run, with a package `demo` in the second of two prefixes; its
/// program prints its arguments, and the variable `SEEN`. ConfigMaps are in a folder, programs in `bin` there are found.
fn run_script(rendered: &Rendered, prefixes: &str, name: &str) -> Output {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let program = root.join("b/lib/demo/show");
    fs::create_dir_all(root.join("b/share/demo")).unwrap();
    fs::create_dir_all(program.parent().unwrap()).unwrap();
    let code = "#!/bin/sh\nfor a do case $a in */podbay-*) a=$(cat \"$a\") ;; esac; printf '<%s>\\n' \"$a\"; done\necho \"$SEEN $$\"\n";
    fs::write(&program, code).unwrap();
    let mut permissions = fs::metadata(&program).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut permissions, 0o755);
    fs::set_permissions(&program, permissions).unwrap();
    let pod = &rendered
        .objects
        .iter()
        .find(|object| object.kind() == "Pod")
        .unwrap()
        .0;
    let container = pod.pointer("/spec/containers/0").unwrap();
    let params = mounted(rendered, &root);
    let words: Vec<_> = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap().replace("/etc/podbay/params", &params))
        .collect();
    let mut command = Command::new(&words[0]);
    let path = format!(
        "{}:{}",
        root.join("bin").display(),
        std::env::var("PATH").unwrap()
    );
    command
        .env("PATH", path)
        .args(&words[1..])
        .env_remove("AMENT_PREFIX_PATH")
        .env("TMPDIR", &root)
        .current_dir(&root);
    for variable in container["env"].as_array().unwrap() {
        command.env(
            variable["name"].as_str().unwrap(),
            variable["value"].as_str().unwrap(),
        );
    }
    if !prefixes.is_empty() {
        command.env(
            "AMENT_PREFIX_PATH",
            prefixes.replace("ROOT", &root.display().to_string()),
        );
    }
    command.output().unwrap()
}

/// The files of the ConfigMaps, in a folder below `root`.
fn mounted(rendered: &Rendered, root: &Path) -> String {
    let folder = root.join("params");
    fs::create_dir_all(&folder).unwrap();
    for object in &rendered.objects {
        for (name, text) in object.0["data"].as_object().into_iter().flatten() {
            fs::write(folder.join(name), text.as_str().unwrap()).unwrap();
        }
    }
    folder.display().to_string()
}

/// Runs a node whose parameter is what a stand-in for xacro prints: `text`, after the shell code `first`.
fn run_with_xacro(name: &str, on_stderr: &str, first: &str, text: &str) -> Output {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let xacro = root.join("bin/xacro");
    fs::create_dir_all(xacro.parent().unwrap()).unwrap();
    fs::write(root.join("text"), text).unwrap();
    let code = format!("#!/bin/sh\nprintf '<%s>' \"$@\" >words\n{first}\ncat text\n");
    fs::write(&xacro, code).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&xacro, executable).unwrap();
    let words = [
        "xacro",
        "$(find-pkg-share demo)/a.xacro",
        "b:=c d",
        "",
        "$HOME `id` '\"",
    ];
    let value = json!({"command": words, "on_stderr": on_stderr});
    let parameters = vec![values(json!({"robot_description": value}))];
    run_script(&rendered(vec![node(parameters)]), "ROOT/b", name)
}

#[test]
fn the_script_puts_what_xacro_prints_into_a_parameter_file() {
    let hostile = "  <?xml version=\"1.0\"?>\n\t<r a: b=\"c\" # 'd' \\n \\ $HOME $(id) `id` key: [x]>\n\n---\n...\n- a\n\r\n \
                   é \u{85} x\u{2028}y\u{2029} z \u{1f600} \t \n   \n</r>";
    let closed = hostile.to_owned() + "\n";
    for text in [
        hostile,
        &closed,
        &(closed.clone() + "\n"),
        "",
        "\n",
        "x",
        " ",
        "\t",
        "\"",
        "\\\n",
        "42",
    ] {
        let output = run_with_xacro("xacro", "fail", "", text);
        let printed = String::from_utf8(output.stdout).unwrap();
        let (before, rest) = printed.split_once("<--params-file>\n<").unwrap();
        let (file, _) = rest.rsplit_once(">\n").unwrap();
        let read: Value = serde_saphyr::from_str(file).unwrap();
        let expected = json!({"/**": {"ros__parameters": {"robot_description": text}}});
        assert_eq!((before, read), ("<--ros-args>\n", expected), "{file}");
    }
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("xacro");
    let words = format!(
        "<{}/b/share/demo/a.xacro><b:=c d><><$HOME `id` '\">",
        root.display()
    );
    assert_eq!(fs::read_to_string(root.join("words")).unwrap(), words);
}

#[test]
fn the_script_ends_where_xacro_fails() {
    let complains = "echo oops >&2";
    for (on_stderr, first, text, expected) in [
        ("fail", "", "<r/>", Ok("")),
        ("fail", complains, "<r/>", Err("oops\npodbay: 'xacro ")),
        ("warn", complains, "<r/>", Ok("oops\n")),
        ("ignore", complains, "<r/>", Ok("")),
        ("capture", complains, "<r/>", Ok("")),
        (
            "ignore",
            "echo oops >&2; exit 2",
            "<r/>",
            Err("oops\npodbay: 'xacro "),
        ),
        (
            "capture",
            "echo oops >&2; exit 2",
            "<r/>",
            Err("oops\npodbay: 'xacro "),
        ),
        ("fail", "", "<r\u{1}/>", Err("podbay: 'xacro ")),
    ] {
        let output = run_with_xacro("xacro_fails", on_stderr, first, text);
        let error = String::from_utf8(output.stderr).unwrap();
        let started = String::from_utf8(output.stdout).unwrap().contains("<r/>");
        match expected {
            Ok(expected) => assert!(error == expected && started, "{on_stderr}: {error}"),
            Err(expected) => {
                assert!(error.starts_with(expected) && !started, "{on_stderr}: {error}");
                assert_eq!(output.status.code(), Some(127));
            }
        }
    }
}

/// A folder of programs for the script: of all names it knows `known` only, and every look at the clock takes long.
fn little_world(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&folder).unwrap();
    let clock = folder.join("clock");
    let _none_yet = fs::remove_file(&clock);
    for (program, code) in [
        ("getent", "case $2 in known*) ;; *) exit 2 ;; esac".to_owned()),
        ("sleep", ":".to_owned()),
        (
            "date",
            format!("echo x >>{0}; echo $(($(wc -l <{0}) * 40))", clock.display()),
        ),
    ] {
        let path = folder.join(program);
        fs::write(&path, format!("#!/bin/sh\n{code}\n")).unwrap();
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    folder
}

/// What the process finds in its environment, and what is said, when it waits as `environment` says.
fn after_waiting(name: &str, environment: &[(&str, &str)]) -> Output {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/src/discovery/peers.sh");
    let path = format!(
        "{}:{}",
        little_world(name).display(),
        std::env::var("PATH").unwrap()
    );
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!(". {script}; exec env")])
        .env_clear()
        .env("PATH", path)
        .envs(environment.iter().copied());
    command.output().unwrap()
}

#[test]
fn the_script_takes_the_peers_that_are_known() {
    let peers = ("PODBAY_PEERS", "known1 late known2");
    let output = after_waiting("peers", &[peers, ("ROS_STATIC_PEERS", "10.0.0.7")]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.contains("ROS_STATIC_PEERS=10.0.0.7;known1;known2\n"),
        "{text}"
    );
    assert!(!text.contains("PODBAY_") && !text.contains("pb_"), "{text}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        said,
        "podbay: the peer late has no address yet; it will look for this pod\n"
    );
}

#[test]
fn the_script_tells_cyclone_of_humble_by_its_configuration() {
    let common = [("PODBAY_PEERS", "known1 known2"), ("ROS_DISTRO", "humble")];
    let cyclone = [
        ("RMW_IMPLEMENTATION", "rmw_cyclonedds_cpp"),
        ("CYCLONEDDS_URI", "own.xml"),
    ];
    let output = after_waiting("humble", &[common.as_slice(), &cyclone].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let peers = r#"<Peer address="localhost"/><Peer address="known1"/><Peer address="known2"/>"#;
    assert!(
        text.contains(peers) && text.contains("</CycloneDDS>,own.xml\n"),
        "{text}"
    );
    let output = after_waiting("humble-fast", &common);
    assert_eq!(output.status.code(), Some(127));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("rmw_cyclonedds_cpp") && said.contains("discoveryServer"),
        "{said}"
    );
}

#[test]
fn the_script_does_not_start_without_the_server() {
    assert!(
        after_waiting("server", &[("PODBAY_WAIT_FOR", "known-server")])
            .status
            .success()
    );
    let output = after_waiting("no-server", &[("PODBAY_WAIT_FOR", "server")]);
    assert_eq!(output.status.code(), Some(127));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("the name server stands for no address"), "{said}");
}

#[test]
fn the_script_finds_the_program_and_resolves_packages() {
    let mut process = node(Vec::new());
    process.arguments = [
        "a b",
        "$(find-pkg-share demo)/x:$(find-pkg-prefix demo)",
        "$(",
        "",
        "*",
        "$(find-pkg-share demo",
    ]
    .map(str::to_owned)
    .to_vec();
    process
        .environment
        .insert("SEEN".to_owned(), "'$(find-pkg-share demo)'".to_owned());
    let output = run_script(&rendered(vec![process]), "ROOT/a:ROOT/b", "resolve");
    let text = String::from_utf8(output.stdout).unwrap();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("resolve/b")
        .display()
        .to_string();
    let text = text.replace(&root, "B");
    let expected = "<a b>\n<B/share/demo/x:B>\n<$(>\n<>\n<*>\n<$(find-pkg-share demo>\n'B/share/demo' ";
    assert!(
        text.starts_with(expected),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Runs the script of a pod with the environment `variables` under `shell`, and returns what the process finds there.
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
fn every_name_of_a_variable_comes_through_every_shell_and_none_is_run() {
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
            let (found, said) = environment_behind(shell, &variables);
            let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("shell-{}", shell.concat()));
            let expected = match value {
                value if value == share => root.join("b/share/demo").display().to_string(),
                value => value.to_owned(),
            };
            for name in names {
                assert_eq!(found.get(name), Some(&expected), "{name} under {shell:?}: {said}");
            }
            assert!(!root.join("hacked").exists(), "{shell:?} ran a name or a value");
        }
    }
}

#[test]
fn names_that_are_not_a_shells_are_not_evaluated() {
    for name in ["x;touch${IFS}hacked", "1x", "a-b", "x}$(echo)"] {
        let (_, said) = environment_behind(&["sh"], &[("PODBAY_RESOLVE", name)]);
        assert!(said.contains("which is no variable of a shell"), "{name}: {said}");
    }
}

#[test]
fn names_that_kubernetes_does_not_take_are_refused() {
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

#[test]
fn the_script_resolves_parameter_files() {
    let mut process = node(Vec::new());
    process.arguments = vec!["in.yaml.in".to_owned()];
    let rendered = rendered(vec![process]);
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("files");
    fs::create_dir_all(&root).unwrap();
    fs::write(
        root.join("in.yaml.in"),
        "a: \"$(find-pkg-share demo)/m\"\nb: \\n  1",
    )
    .unwrap();
    let output = run_script(&rendered, "ROOT/b", "files");
    let text = String::from_utf8(output.stdout)
        .unwrap()
        .replace(&root.display().to_string(), "ROOT");
    assert!(
        text.starts_with("<a: \"ROOT/b/share/demo/m\"\nb: \\n  1>\n"),
        "{text}"
    );
}

#[test]
fn the_script_enters_a_folder_of_a_package() {
    let process = Process {
        kind: ProcessKind::Executable,
        cmd: ["sh", "-c", "pwd; env"].map(str::to_owned).to_vec(),
        cwd: "$(find-pkg-share demo)".to_owned(),
        ..Process::default()
    };
    let output = run_script(&rendered(vec![process.clone()]), "ROOT/b", "enter");
    let text = String::from_utf8(output.stdout).unwrap();
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("enter");
    let folder = root.join("b/share/demo").display().to_string();
    assert_eq!(text.lines().next(), Some(folder.as_str()));
    assert!(!text.contains("PODBAY_CWD"), "{text}");
    let cwd = process.cwd.clone() + "/none";
    let missing = rendered(vec![Process { cwd, ..process }]);
    let output = run_script(&missing, "ROOT/b", "enter");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(
        error.contains(&format!("the working directory {folder}/none")),
        "{error}"
    );
    assert_eq!(output.status.code(), Some(127));
}

#[test]
fn the_script_says_what_it_cannot_find() {
    let mut other = node(Vec::new());
    other.executable = "other".to_owned();
    let mut share = node(Vec::new());
    share.arguments = vec!["$(find-pkg-share nothing)".to_owned()];
    for (process, prefixes, expected) in [
        (
            node(Vec::new()),
            "",
            "podbay: AMENT_PREFIX_PATH is not set, so lib/demo/show cannot be found",
        ),
        (other, "ROOT/b", "podbay: lib/demo/other is in none of "),
        (share, "ROOT/b", "podbay: share/nothing is in none of "),
    ] {
        let output = run_script(&rendered(vec![process]), prefixes, "missing");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(output.status.code(), Some(127));
    }
}

#[test]
fn the_scripts_are_clean() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let scripts = ["run.sh", "print.sh", "discovery/peers.sh"].map(|name| source.join(name));
    match Command::new("shellcheck").args(scripts).output() {
        Ok(output) => assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stdout)
        ),
        Err(error) => eprintln!("shellcheck was not run: {error}"),
    }
}
