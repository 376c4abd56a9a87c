//! The command `podbay translate`: one document on standard output, or nothing there and errors with their places on
//! standard error.

#![allow(clippy::unwrap_used)]

use podbay_text::diagnostic::Code;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

const GOOD: &str = r#"<launch>
  <arg name="robot" default="r2"/>
  <node pkg="demo" exec="talker" name="talker" namespace="$(var robot)"/>
  <node pkg="demo" exec="listener" respawn="true" respawn_delay="3.0"/>
</launch>"#;

const KINDS: [&str; 4] = ["description", "manifests", "graph", "svg"];

/// A folder with `main.launch.xml`, in which podbay runs.
fn folder(test: &str, text: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("translate-{test}"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("main.launch.xml"), text).unwrap();
    folder
}

fn podbay(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_podbay"))
        .current_dir(folder)
        .env_clear()
        .arg("translate")
        .args(words)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Translates the valid launch file; returns its standard output.
fn document(emit: &str) -> String {
    let folder = folder(&format!("good-{emit}"), GOOD);
    let output = podbay(&folder, &["main.launch.xml", "robot:=bb8", "--emit", emit]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let again = podbay(&folder, &["main.launch.xml", "robot:=bb8", "--emit", emit]);
    assert_eq!(output, again, "not deterministic");
    text(&output.stdout).to_owned()
}

#[test]
fn a_description_is_one_json_document() {
    let description: serde_json::Value = serde_json::from_str(&document("description")).unwrap();
    assert_eq!(description["processes"][0]["namespace"], "/bb8");
    assert_eq!(description["arguments"][0]["default"], "r2");
    assert_eq!(description["problems"], serde_json::json!([]));
}

#[test]
fn problems_of_a_description_have_a_code_a_line_and_a_column() {
    let node = r#"<node pkg="demo" exec="talker" name="talker"/>"#;
    let folder = folder("duplicate", &format!("<launch>\n  {node}\n  {node}\n</launch>"));
    let output = podbay(&folder, &["main.launch.xml", "--emit", "description"]);
    let description: serde_json::Value = serde_json::from_str(text(&output.stdout)).unwrap();
    let problem = &description["problems"][0];
    assert_eq!(
        [&problem["code"], &problem["line"], &problem["column"]],
        [&"PB0221".into(), &serde_json::json!(3), &3.into()]
    );
    assert_eq!(description["processes"][1]["source"], "main.launch.xml:3");
}

#[test]
fn manifests_are_yaml_and_nothing_else() {
    let objects: Vec<serde_json::Value> = serde_saphyr::from_multiple(&document("manifests")).unwrap();
    let kinds: Vec<_> = objects.iter().map(|object| &object["kind"]).collect();
    assert_eq!(kinds, ["ConfigMap", "Pod", "Pod"]);
}

#[test]
fn pictures_are_whole() {
    let svg = document("svg");
    assert_eq!(
        roxmltree::Document::parse(&svg)
            .unwrap()
            .root_element()
            .tag_name()
            .name(),
        "svg"
    );
    let dot = document("graph");
    assert!(dot.starts_with("digraph ") && dot.ends_with("\n}\n"), "{dot}");
    for picture in [svg, dot] {
        assert!(picture.contains("/bb8/talker"), "{picture}");
    }
}

/// Whatever is requested: exit code 1, nothing on standard output, and these errors, each with its place, on
/// standard error.
fn check_refused(test: &str, launch: &str, words: &[&str], expected: &[(Code, &str)]) {
    for emit in KINDS {
        let folder = folder(&format!("{test}-{emit}"), launch);
        let output = podbay(&folder, &[words, &["--emit", emit]].concat());
        assert_eq!(output.status.code(), Some(1), "{emit}");
        assert_eq!(text(&output.stdout), "", "{emit}");
        let reports: Vec<_> = text(&output.stderr).split("\n\n").collect();
        assert_eq!(reports.len(), expected.len(), "{emit}: {reports:?}");
        for (report, (code, place)) in reports.iter().zip(expected) {
            assert!(
                report.starts_with(&format!("error[{code}]: ")),
                "{emit}: {report}"
            );
            assert!(report.contains(&format!("--> {place}\n")), "{emit}: {report}");
        }
    }
}

#[test]
fn mistakes_are_told_with_their_place() {
    check_refused(
        "two-mistakes",
        "<launch>\n <node pkg=\"a\" exec=\"b\" nme=\"x\"/>\n <nod/>\n</launch>",
        &["main.launch.xml"],
        &[
            (Code::UnexpectedAttribute, "main.launch.xml:2:25"),
            (Code::UnknownAction, "main.launch.xml:3:2"),
        ],
    );
    check_refused(
        "no-argument",
        "<launch>\n <arg name=\"robot\" description=\"which one\"/>\n</launch>",
        &["main.launch.xml"],
        &[(Code::MissingArgument, "main.launch.xml:2:2")],
    );
    check_refused(
        "no-xml",
        "<launch>\n <node pkg=\"a\" exec=\"b\">\n</launch>",
        &["main.launch.xml"],
        &[(Code::NotXml, "main.launch.xml:3:1")],
    );
}

#[test]
fn a_file_that_is_not_there_is_named() {
    check_refused(
        "no-file",
        GOOD,
        &["other.launch.xml"],
        &[(Code::Unreadable, "other.launch.xml")],
    );
    check_refused(
        "no-package",
        GOOD,
        &["nothing", "x.launch.xml"],
        &[(Code::UnknownPackage, "nothing x.launch.xml")],
    );
}

#[test]
fn what_is_wrong_with_the_command_line_is_said_by_podbay() {
    let output = podbay(&folder("command-line", GOOD), &["main.launch.xml", "robot=bb8"]);
    let expected =
        "error[PB0216]: 'robot=bb8' is not a launch argument\n  |\n  = help: did you mean robot:=bb8?\n";
    assert_eq!(
        (output.status.code(), text(&output.stdout), text(&output.stderr)),
        (Some(2), "", expected)
    );
}

#[test]
fn a_mistake_in_a_profile_is_told_with_its_place() {
    for emit in ["manifests", "graph", "svg"] {
        let folder = folder(&format!("profile-{emit}"), GOOD);
        fs::write(folder.join("bad.yaml"), "image: robot\nimages: robot\n").unwrap();
        let output = podbay(
            &folder,
            &["main.launch.xml", "--profile", "bad.yaml", "--emit", emit],
        );
        assert_eq!(
            (output.status.code(), text(&output.stdout)),
            (Some(1), ""),
            "{emit}"
        );
        assert!(
            text(&output.stderr).starts_with("error[PB070")
                && text(&output.stderr).contains("--> bad.yaml:2:1\n"),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn podbay_runs_a_command_only_where_it_is_told_to() {
    let folder = std::env::temp_dir().join(format!("podbay-command-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("a.launch.xml");
    fs::write(&file, r#"<launch><log message="$(command 'echo hi')"/></launch>"#).unwrap();
    let translate = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
        command
            .args(["translate", "--emit", "description"])
            .arg(&file)
            .args(more);
        command.output().unwrap()
    };
    let refused = translate(&[]);
    assert!(!refused.status.success() && refused.stdout.is_empty());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--allow-command"));
    let ran = translate(&["--allow-command"]);
    assert!(
        String::from_utf8_lossy(&ran.stdout).contains(r#""hi\n""#),
        "{ran:?}"
    );
    fs::remove_dir_all(folder).unwrap();
}

/// Translates a launch file whose only value is that of `$(command 'sh PROGRAM')`.
fn commanded(test: &str, program: &str, on_errors: &str) -> Output {
    let launch = format!(r#"<launch><log message="$(command 'sh program'{on_errors})"/></launch>"#);
    let folder = folder(test, &launch);
    fs::write(folder.join("program"), program).unwrap();
    let words = ["main.launch.xml", "--emit", "description", "--allow-command"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_podbay"));
    command
        .current_dir(folder)
        .arg("translate")
        .args(words)
        .output()
        .unwrap()
}

#[test]
fn output_and_errors_of_a_command_are_kept_apart_unless_they_belong_together() {
    let program = "echo out; echo oops >&2";
    let apart = commanded("command-apart", program, " ignore");
    assert!(text(&apart.stdout).contains(r#""out\n""#), "{apart:?}");
    let merged = commanded("command-merged", program, " capture");
    assert!(text(&merged.stdout).contains(r#""out\noops\n""#), "{merged:?}");
    let failed = commanded("command-failed", "echo oops >&2; exit 3", "");
    assert!(
        text(&failed.stderr).contains("failed with exit code 3: oops"),
        "{failed:?}"
    );
    let strange = commanded("command-strange", r"printf '\377'", "");
    assert!(text(&strange.stderr).contains("not UTF-8"), "{strange:?}");
}

#[test]
fn nothing_of_a_command_remains_that_writes_without_end() {
    let mark = format!("{}", 1_000_000 + std::process::id());
    let program = format!("sleep {mark} & setsid sleep {mark} & cat /dev/zero");
    let stopped = commanded("command-endless", &program, "");
    assert!(
        text(&stopped.stderr).contains("its output exceeds the limit of 4194304 bytes"),
        "{stopped:?}"
    );
    let remains = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        processes
            .map(|process| fs::read(process.path().join("cmdline")).unwrap_or_default())
            .any(|words| words == format!("sleep\0{mark}\0").as_bytes())
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while remains() {
        assert!(Instant::now() < deadline, "a process of the command still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_command_that_is_not_there_is_named() {
    let folder = folder(
        "command-missing",
        r#"<launch><log message="$(command /no/such/program)"/></launch>"#,
    );
    let words = ["main.launch.xml", "--allow-command"];
    let failed = podbay(&folder, &words);
    assert!(
        text(&failed.stderr).contains("/no/such/program: no such file"),
        "{failed:?}"
    );
}
