//! The scripts that start containers, run by the shells of this machine.

#[path = "script/environment.rs"]
mod environment;
#[path = "script/peers.rs"]
mod peers;
#[path = "script/xacro.rs"]
mod xacro;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use podbay_description::{Process, ProcessKind};
use podbay_render::Rendered;

use crate::demo::{node, rendered};

/// Runs the command of the only pod of `rendered`, with a package `demo` in the second of two prefixes; its
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
fn the_script_names_what_it_cannot_find() {
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
        (
            other,
            "ROOT/b",
            "podbay: package demo has no executable other in ",
        ),
        (share, "ROOT/b", "podbay: package nothing not found in "),
    ] {
        let output = run_script(&rendered(vec![process]), prefixes, "missing");
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(output.status.code(), Some(127));
    }
}

#[test]
#[ignore = "needs shellcheck (Debian package shellcheck)"]
fn the_scripts_are_clean() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let scripts = ["run.sh", "print.sh", "discovery/peers.sh"].map(|name| source.join(name));
    let output = Command::new("shellcheck").args(scripts).output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}
