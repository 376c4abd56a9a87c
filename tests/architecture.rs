//! Checks that the compiler cannot do: which folders of `src/` may name each other, and which crates do no I/O and
//! read no clock.
//! ARCHITECTURE.md gives the reasons.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The outside world, for crates that only decide.
const IO: &[&str] = &[
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "tokio::fs",
    "tokio::net",
    "tokio::process",
];
/// Clocks and randomness.
const CHANCE: &[&str] = &[
    "::now(",
    ".elapsed(",
    "tokio::time",
    "thread::sleep",
    "fastrand",
    "getrandom",
    " rand::",
    "uuid::",
    "RandomState",
];
/// The only reader of a clock in [`PURE`].
const CLOCK: &str = "crates/podbay-core/src/model/task.rs";
/// Crates that are passed the time and what is random.
const PURE: [&str; 5] = [
    "crates/podbay-core/src",
    "crates/podbay-description/src",
    "crates/podbay-interfaces/src",
    "crates/podbay-launch-file/src",
    "crates/podbay-render/src",
];
/// Clients of a Kubernetes API server.
const KUBE: &[&str] = &["podbay_kube", "kube"];
/// Clients of the ROS graph.
const ROS: &[&str] = &["podbay_dds", "rustdds", "r2r", "r2r_rcl"];
/// The wiring.
const ABOVE: &[&str] = &["crate::app", "crate::command"];

/// Folder or file -> paths that nothing in it may name.
const RULES: [(&str, &[&[&str]]); 11] = [
    ("crates/podbay-core/src", &[IO]),
    ("crates/podbay-description/src", &[IO]),
    ("crates/podbay-interfaces/src", &[IO]),
    ("crates/podbay-render/src", &[IO]),
    (
        "crates/podbay-launch-file/src",
        &[&["std::env", "std::net", "std::process"]],
    ),
    (
        "src/ros",
        &[ABOVE, KUBE, &["crate::bridge", "crate::http", "podbay_embedded"]],
    ),
    (
        "src/http",
        &[
            ABOVE,
            KUBE,
            ROS,
            &["crate::bridge", "crate::ros", "podbay_embedded"],
        ],
    ),
    (
        "src/metrics",
        &[
            ABOVE,
            KUBE,
            ROS,
            &["crate::bridge", "crate::http", "crate::ros", "podbay_embedded"],
        ],
    ),
    (
        "src/operation",
        &[
            ABOVE,
            KUBE,
            ROS,
            &["crate::http", "crate::ros", "podbay_embedded"],
        ],
    ),
    (
        "src/bridge",
        &[ABOVE, KUBE, ROS, &["crate::http", "crate::operation"]],
    ),
    ("src/app", &[&["crate::command"], ROS]),
];

/// Code of a line, without its comment.
fn code(line: &str) -> &str {
    match line.find("//") {
        Some(at) if !line[..at].ends_with(':') => &line[..at],
        _ => line,
    }
}

/// Whether `line` names `path` or something in it.
fn names(line: &str, path: &str) -> bool {
    let part_of_a_word = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(path).any(|(at, _)| {
        let (before, after) = (&line[..at], &line[at + path.len()..]);
        let imported = before.trim_end().ends_with("use") && !after.starts_with(part_of_a_word);
        let begins = !before.ends_with(part_of_a_word) && !before.ends_with(':');
        begins && (after.starts_with("::") || imported)
    })
}

/// The module that `file` is: `crate::ros::r2r` for `src/ros/r2r/mod.rs`.
fn module(file: &str) -> Vec<&str> {
    let path = file.rsplit_once("src/").map_or(file, |(_, path)| path);
    let mut module = vec!["crate"];
    module.extend(path.trim_end_matches(".rs").split('/'));
    module.pop_if(|last| ["mod", "lib", "main"].contains(last));
    module
}

/// `line` of `module` with `crate::…` in place of `super::…`.
fn absolute(line: &str, module: &[&str]) -> String {
    let (mut written, mut rest) = (String::new(), line);
    while let Some(at) = rest.find("super::") {
        let ups = rest[at..]
            .split("super::")
            .take_while(|between| between.is_empty())
            .count();
        let of = module.len().saturating_sub(ups).max(1);
        written += &rest[..at];
        written += &module[..of].join("::");
        written += "::";
        rest = &rest[at + ups * "super::".len()..];
    }
    written + rest
}

/// The lines of a file without comments and relative paths. `mod tests { … }` is a module of its own.
fn lines(file: &str, text: &str) -> Vec<String> {
    let mut module = module(file);
    let depth = module.len();
    let mut lines = Vec::new();
    for line in text.lines().map(code) {
        match line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(" {")) {
            Some(inner) => module.push(inner),
            None if line == "}" => module.truncate(depth),
            None => {}
        }
        lines.push(absolute(line, &module));
    }
    lines
}

/// Everything in a file of `folder` that breaks a rule.
fn violations(folder: &str, file: &str, text: &str) -> Vec<String> {
    let rules = RULES.iter().find(|(of, _)| *of == folder);
    let forbidden: Vec<&str> = rules.into_iter().flat_map(|(_, lists)| lists.concat()).collect();
    let mut broken = Vec::new();
    for (number, line) in lines(file, text).iter().enumerate() {
        // A grouped import of this crate could hide a name, so they are written one by one.
        let grouped =
            line.contains("use crate::{") && forbidden.iter().any(|path| path.starts_with("crate::"));
        let named = forbidden.iter().filter(|path| names(line, path));
        broken.extend(named.map(|path| format!("{file}:{}: {folder} does not know {path}", number + 1)));
        broken.extend(grouped.then(|| format!("{file}:{}: write one `use` for each module", number + 1)));
    }
    broken
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files = Vec::new();
    for entry in entries {
        if entry.is_dir() {
            files.extend(sources(&entry));
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            files.push(entry);
        }
    }
    files.sort();
    files
}

#[test]
fn parts_know_what_they_may() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    for (folder, _) in RULES {
        let files = sources(&root.join(folder));
        assert!(!files.is_empty(), "{folder} has no code; mend RULES");
        for path in files {
            let file = path.strip_prefix(root).unwrap().display().to_string();
            broken.extend(violations(folder, &file, &fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

#[test]
fn time_and_chance_are_passed_in() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in PURE.iter().flat_map(|folder| sources(&root.join(folder))) {
        let file = path.strip_prefix(root).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        let numbered = text.lines().map(code).enumerate();
        let read = numbered.filter(|(_, line)| CHANCE.iter().any(|word| line.contains(word)));
        found.extend(read.map(|(number, line)| (file.clone(), format!("{}: {}", number + 1, line.trim()))));
    }
    let (clock, others): (Vec<_>, Vec<_>) = found.into_iter().partition(|(file, _)| file == CLOCK);
    assert!(!clock.is_empty(), "{CLOCK} reads no clock; mend CLOCK");
    assert!(others.is_empty(), "read a clock, or are random: {others:#?}");
}

#[test]
fn the_ros_backend_is_chosen_in_one_file() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let choosing = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        text.lines().any(|line| code(line).contains("feature = \"r2r\""))
    };
    let files: Vec<_> = sources(&root.join("src")).into_iter().filter(choosing).collect();
    assert_eq!(files, [root.join("src/ros/backend.rs")]);
}

#[test]
fn the_readme_names_the_required_version_of_rust() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let [manifest, readme] =
        ["Cargo.toml", "README.md"].map(|file| fs::read_to_string(root.join(file)).unwrap());
    let version = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "));
    let named = format!("Rust ({} or newer)", version.unwrap().trim_matches('"'));
    assert!(readme.contains(&named), "README.md does not say {named:?}");
}

#[test]
fn what_breaks_a_rule_is_named() {
    for (folder, text, expected) in [
        (
            "src/ros",
            "\nuse podbay_kube::KubeCluster;",
            "2: src/ros does not know podbay_kube",
        ),
        (
            "src/ros",
            "fn f(c: &dyn crate::bridge::B) {}",
            "1: src/ros does not know crate::bridge",
        ),
        (
            "src/app",
            "let x = r2r::Context::create();",
            "1: src/app does not know r2r",
        ),
        ("src/http", "use kube;", "1: src/http does not know kube"),
        (
            "src/http",
            "use crate::{\n    ros,\n};",
            "1: write one `use` for each module",
        ),
        (
            "src/ros",
            "use super::super::http::page;",
            "1: src/ros does not know crate::http",
        ),
        (
            "src/ros",
            "mod tests {\n    use super::super::super::bridge::B;\n}",
            "2: src/ros does not know crate::bridge",
        ),
        (
            "crates/podbay-core/src",
            "use std::fs;",
            "1: crates/podbay-core/src does not know std::fs",
        ),
    ] {
        let file = format!("{folder}/a.rs");
        assert_eq!(
            violations(folder, &file, text),
            [format!("{file}:{expected}")],
            "{text}"
        );
    }
}

#[test]
fn what_breaks_no_rule_is_let_pass() {
    for (folder, text) in [
        (
            "src/app",
            "use podbay_kube::KubeCluster;\nuse podbay_core::pod::Pod;",
        ),
        (
            "src/ros",
            "// crate::app, kube::Client\n/// [`crate::http`] see https://kube::x",
        ),
        ("src/ros", "let kube = 1;"),
        (
            "src/ros",
            "use super::http::Part;\nmod tests {\n    use super::super::http::Part;\n}",
        ),
    ] {
        let file = format!("{folder}/a.rs");
        assert!(violations(folder, &file, text).is_empty(), "{text}");
    }
}
