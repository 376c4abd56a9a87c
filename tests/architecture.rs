//! The dependency rule between the floors, read from the paths in `src/`. ARCHITECTURE.md says why.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// The floors, top to bottom, with the modules on each. A module uses modules of its own floor and below.
const FLOORS: [&[&str]; 6] = [
    &["main", "lib", "app", "command"],
    &["bridge", "demo"],
    &["ros", "cluster", "http"],
    &["model", "metrics"],
    &[
        "launch",
        "render",
        "health",
        "policy",
        "config",
        "telemetry",
        "memory",
        "open_files",
    ],
    &["domain", "files"],
];

/// Modules of one floor that do not know each other all the same.
const STRANGERS: [(&str, &[&str]); 7] = [
    ("ros", &["cluster", "http"]),
    ("cluster", &["ros", "http"]),
    ("http", &["ros", "cluster"]),
    ("model", &["metrics"]),
    ("launch", &["render", "health", "policy", "config", "telemetry"]),
    ("health", &["launch", "render", "policy", "config", "telemetry"]),
    ("policy", &["launch", "render", "health", "config", "telemetry"]),
];

/// Crates, and paths of the standard library and of tokio, that only some modules use.
const OUTSIDE: [(&[&str], &[&str]); 4] = [
    (&["kube"], &["cluster"]),
    (&["ros2_client", "rustdds", "r2r", "r2r_rcl"], &["ros"]),
    (
        &[
            "std::fs",
            "std::net",
            "std::process",
            "tokio::fs",
            "tokio::net",
            "tokio::process",
        ],
        &[
            "main",
            "lib",
            "app",
            "command",
            "bridge",
            "demo",
            "ros",
            "cluster",
            "http",
            "metrics",
            "launch",
            "config",
            "telemetry",
            "memory",
            "files",
        ],
    ),
    (
        &["std::env"],
        &[
            "main",
            "lib",
            "app",
            "command",
            "demo",
            "ros",
            "cluster",
            "http",
            "metrics",
            "config",
            "telemetry",
            "files",
        ],
    ),
];

/// A line of code that breaks a rule.
type Violation = String;

/// Rust code without its comments.
struct Code(Vec<String>);

impl Code {
    fn new(text: &str) -> Self {
        let code = |line: &str| match line.find("//") {
            Some(at) if !line[..at].ends_with(':') => line[..at].to_owned(),
            _ => line.to_owned(),
        };
        Self(text.lines().map(code).collect())
    }

    /// Lines with their numbers.
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0
            .iter()
            .enumerate()
            .map(|(index, line)| (index + 1, line.as_str()))
    }

    /// Modules of this crate that are named by a path from its root, with the line.
    fn modules(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (number, line) in self.lines() {
            for (at, _) in line
                .match_indices("crate::")
                .filter(|(at, _)| starts_path(line, *at))
            {
                let rest = &line[at + "crate::".len()..];
                match rest.strip_prefix('{') {
                    None => found.push((number, word(rest))),
                    Some(_) => found.extend(self.group(number).into_iter().map(|module| (number, module))),
                }
            }
        }
        found
    }

    /// The first words of the entries of `use crate::{…}`, which begins in line `number`.
    fn group(&self, number: usize) -> Vec<String> {
        let text = self.0[number - 1..].join(" ");
        let inner = text.split_once("crate::{").unwrap().1;
        let (mut depth, mut entry, mut entries) = (0, String::new(), Vec::new());
        for c in inner.chars() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => entries.push(std::mem::take(&mut entry)),
                c => entry.push(c),
            }
        }
        entries.push(entry);
        entries
            .iter()
            .map(|entry| word(entry.trim()))
            .filter(|entry| !entry.is_empty())
            .collect()
    }
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

fn starts_path(line: &str, at: usize) -> bool {
    !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c))
}

/// Whether `line` names `path` or something in it.
fn names(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let rest = &line[at + path.len()..];
        let imported = line[..at].trim_end().ends_with("use") && word(rest).is_empty();
        starts_path(line, at) && (rest.starts_with("::") || imported)
    })
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// Everything in the file `path` of `src/` that breaks a rule.
fn violations(path: &str, text: &str) -> Vec<Violation> {
    let own = word(path);
    let Some(own_floor) = floor(&own) else {
        return vec![format!(
            "src/{path}: module {own} is on no floor; give it a place in FLOORS"
        )];
    };
    let code = Code::new(text);
    let mut broken = Vec::new();
    for (number, module) in code.modules() {
        let above = floor(&module).is_some_and(|floor| floor < own_floor);
        let stranger = STRANGERS
            .iter()
            .any(|(one, others)| *one == own && others.contains(&module.as_str()));
        if above {
            broken.push(format!(
                "src/{path}:{number}: {own} uses {module}, which stands above it"
            ));
        } else if stranger {
            broken.push(format!(
                "src/{path}:{number}: {own} uses {module}; these two do not know each other"
            ));
        }
    }
    for (number, line) in code.lines() {
        for (outside, users) in OUTSIDE.iter().filter(|(_, users)| !users.contains(&own.as_str())) {
            for name in outside.iter().filter(|name| names(line, name)) {
                broken.push(format!(
                    "src/{path}:{number}: {own} uses {name}, which is for {} only",
                    users.join(", ")
                ));
            }
        }
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

fn all() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let name = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
    sources(&root)
        .iter()
        .map(|path| (name(path), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn dependencies_point_down() {
    let files = all();
    let broken: Vec<_> = files
        .iter()
        .flat_map(|(path, text)| violations(path, text))
        .collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
    assert!(files.len() > 40, "only {} files were read", files.len());
}

#[test]
fn the_ros_backend_is_chosen_in_one_file() {
    let choosing = |text: &str| {
        Code::new(text)
            .lines()
            .any(|(_, line)| line.contains("feature = \"r2r\""))
    };
    let files: Vec<_> = all()
        .into_iter()
        .filter(|(_, text)| choosing(text))
        .map(|(path, _)| path)
        .collect();
    assert!(
        files.len() <= 1,
        "the feature r2r is asked for in {}; one file may do that",
        files.join(", ")
    );
}

fn check(path: &str, text: &str, expected: &[&str]) {
    assert_eq!(violations(path, text), expected, "{path}: {text}");
}

#[test]
fn what_breaks_a_rule_is_named() {
    check(
        "domain/a.rs",
        "\nuse crate::ros::Nodes;",
        &["src/domain/a.rs:2: domain uses ros, which stands above it"],
    );
    check(
        "model/a.rs",
        "use crate::{\n    domain::{pod, names},\n    cluster,\n};",
        &["src/model/a.rs:1: model uses cluster, which stands above it"],
    );
    check(
        "ros/a.rs",
        "fn f(c: &dyn crate::cluster::Cluster) {}",
        &["src/ros/a.rs:1: ros uses cluster; these two do not know each other"],
    );
    check(
        "render/a.rs",
        "use kube::Client;",
        &["src/render/a.rs:1: render uses kube, which is for cluster only"],
    );
    check(
        "app.rs",
        "let x = r2r::Context::create();",
        &["src/app.rs:1: app uses r2r, which is for ros only"],
    );
    check(
        "new.rs",
        "",
        &["src/new.rs: module new is on no floor; give it a place in FLOORS"],
    );
    assert_eq!(violations("health/a.rs", "use std::fs;").len(), 1);
}

#[test]
fn what_breaks_no_rule_is_let_pass() {
    check(
        "cluster/kube/a.rs",
        "use kube::Client;\nuse crate::domain::pod::Pod;",
        &[],
    );
    check(
        "app.rs",
        "use crate::cluster::kube::Kube;\nuse crate::cluster::{kube, embedded};",
        &[],
    );
    check(
        "domain/a.rs",
        "// crate::ros, kube::Client\n/// [`crate::ros`] see https://kube::x",
        &[],
    );
    check("domain/a.rs", "let kube = 1;", &[]);
}
