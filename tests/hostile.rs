//! `podbay translate` with hostile input: it names the exceeded limit, within 2 GiB of address space.

#![allow(clippy::unwrap_used)]

#[path = "hostile/inputs.rs"]
mod inputs;

use std::fs;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use inputs::Input;

/// Address space in KiB.
const SPACE: &str = "2097152";

/// Timeout of a case in seconds, for the slowest machine.
const NEVER: &str = "600";

fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("hostile-{test}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn podbay(folder: &Path, words: &[&str]) -> Output {
    Command::new("timeout")
        .current_dir(folder)
        .args([NEVER, "sh", "-c", "ulimit -v $0 && exec \"$@\"", SPACE])
        .arg(env!("CARGO_BIN_EXE_podbay"))
        .args(words)
        .env_remove("AMENT_PREFIX_PATH")
        .env_remove("ROS_DISTRO")
        .output()
        .unwrap()
}

/// The error in podbay's output for `words`, if there is one.
fn fault(name: &str, output: &Output, refused: Option<&str>) -> Option<String> {
    let said = String::from_utf8_lossy(&output.stderr);
    let right = match refused {
        Some(part) => output.status.code() == Some(1) && output.stdout.is_empty() && said.contains(part),
        None => output.status.code() == Some(0),
    };
    let shown: String = said.chars().take(400).collect();
    (!right).then(|| format!("{name}: {:?}, expected {refused:?}: {shown}", output.status))
}

fn check(input: &Input) -> Option<String> {
    let folder = folder(input.name);
    let file = format!("main.launch.{}", input.format);
    fs::write(folder.join(&file), &input.text).unwrap();
    let output = podbay(&folder, &["translate", &file]);
    fs::remove_dir_all(&folder).unwrap();
    fault(input.name, &output, input.refused)
}

#[test]
fn every_hostile_input_is_answered() {
    let inputs = inputs::all();
    assert_eq!(inputs.len(), 67);
    let faults: Vec<_> = inputs.iter().filter_map(check).collect();
    assert!(
        faults.is_empty(),
        "{} of {}:\n{}",
        faults.len(),
        inputs.len(),
        faults.join("\n")
    );
}

/// Runs podbay in a folder with these files; `words` are separated by spaces.
fn check_files(test: &str, files: &[(&str, &str)], words: &str, refused: Option<&str>) {
    let folder = folder(test);
    for (name, text) in files {
        fs::write(folder.join(name), text).unwrap();
    }
    assert!(
        Command::new("mkfifo")
            .arg(folder.join("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let _socket = UnixListener::bind(folder.join("socket")).ok();
    let output = podbay(&folder, &words.split(' ').collect::<Vec<_>>());
    assert_eq!(fault(test, &output, refused), None);
}

const GOOD: &str = r#"<launch><node pkg="p" exec="e"/></launch>"#;

#[test]
fn what_is_no_regular_file_is_refused_wherever_a_file_is_named() {
    let no_file = Some("not a regular file");
    for (test, path) in [
        ("device", "/dev/zero"),
        ("pipe", "pipe"),
        ("folder", "."),
        ("socket", "socket"),
    ] {
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("$(dirname)/{path}"),
        };
        let include = format!(r#"<launch><include file="{path}"/></launch>"#);
        check_files(
            &format!("include-{test}"),
            &[("a.launch.xml", &include)],
            "translate a.launch.xml",
            no_file,
        );
        let content = format!(r#"<launch><let name="a" value="$(file-content '{path}')"/></launch>"#);
        check_files(
            &format!("content-{test}"),
            &[("a.launch.xml", &content)],
            "translate a.launch.xml",
            no_file,
        );
        let component = format!(
            r#"<launch><load_composable_node target="/c"><composable_node pkg="p" plugin="q" name="n"><param from="{path}"/></composable_node></load_composable_node></launch>"#
        );
        check_files(
            &format!("component-{test}"),
            &[("a.launch.xml", &component)],
            "translate a.launch.xml",
            no_file,
        );
    }
    for file in ["/dev/zero", "pipe", "socket"] {
        let words = format!("translate {file}");
        check_files("launch-file", &[], &words, no_file);
    }
    let good = [("a.launch.xml", GOOD)];
    check_files(
        "profile-folder",
        &good,
        "translate a.launch.xml --profile .",
        no_file,
    );
    check_files(
        "config-folder",
        &good,
        "translate a.launch.xml --config .",
        no_file,
    );
    check_files(
        "params-folder",
        &good,
        "translate a.launch.xml --ros-args --params-file .",
        no_file,
    );
}

#[test]
fn a_device_without_end_is_refused() {
    let good = [("a.launch.xml", GOOD)];
    for (test, option) in [
        ("profile", "--profile"),
        ("config", "--config"),
        ("params", "--ros-args --params-file"),
    ] {
        let words = format!("translate a.launch.xml {option} /dev/zero");
        check_files(
            &format!("endless-{test}"),
            &good,
            &words,
            Some("it is a device, not a regular file"),
        );
    }
}

#[test]
fn a_mistake_in_a_file_is_told_within_its_size() {
    let zeros = vec!["0"; 200_000].join(",");
    let long = format!("? {}\n: [{zeros}]\nnames: 1\nnames: 2\n", "k".repeat(600_000));
    check_files(
        "long-key",
        &[("a.launch.xml", GOOD), ("long.yaml", &long)],
        "translate a.launch.xml --config long.yaml",
        Some("long.yaml:"),
    );
}

#[test]
fn a_file_that_includes_itself_without_end_is_told_so_and_one_that_ends_is_followed() {
    let endless = r#"<launch><group><include file="$(filename)"/></group></launch>"#;
    let round = Some("includes itself with the same arguments");
    check_files(
        "cycle",
        &[("a.launch.xml", endless)],
        "translate a.launch.xml",
        round,
    );
    let counted = r#"<launch><arg name="n" default="NUMBER"/><node pkg="p" exec="e" args="$(var n)"/>
        <include if="$(eval '$(var n) &gt; 0')" file="$(filename)"><arg name="n" value="$(eval '$(var n) - 1')"/></include></launch>"#;
    let of = |number: &str| counted.replace("NUMBER", number);
    check_files(
        "depth-40",
        &[("a.launch.xml", &of("40"))],
        "translate a.launch.xml",
        None,
    );
    check_files(
        "depth-400",
        &[("a.launch.xml", &of("400"))],
        "translate a.launch.xml",
        None,
    );
    let deep = Some("includes are nested 481 levels deep; the limit is about 480");
    check_files(
        "depth-4000",
        &[("a.launch.xml", &of("4000"))],
        "translate a.launch.xml",
        deep,
    );
}

#[test]
fn limits_are_those_of_the_configuration() {
    let files = [
        (
            "a.launch.xml",
            r#"<launch><node pkg="p" exec="e"/><node pkg="p" exec="e"/></launch>"#,
        ),
        ("few.yaml", "limits: {launch: {processes: 1}}"),
        ("small.yaml", "limits: {launch: {bytes: 1000}}"),
        (
            "enough.yaml",
            "limits: {launch: {processes: 2, bytes: 10000, seconds: 600}}",
        ),
    ];
    let few = Some("help: increase `limits.launch.processes`");
    check_files("few", &files, "translate a.launch.xml --config few.yaml", few);
    let small = Some("limit of 1000 bytes, counting environment");
    check_files(
        "small",
        &files,
        "translate a.launch.xml --config small.yaml",
        small,
    );
    check_files(
        "enough",
        &files,
        "translate a.launch.xml --config enough.yaml",
        None,
    );
}

#[test]
fn a_byte_that_is_no_text_is_told_with_its_place() {
    let folder = folder("utf8");
    fs::write(
        folder.join("a.launch.xml"),
        b"<launch>\n<log message='\xfc'/></launch>",
    )
    .unwrap();
    let output = podbay(&folder, &["translate", "a.launch.xml"]);
    let said = "error[PB0101]: cannot read the file: it is not UTF-8 text: byte 0xfc in line 2, column 15\n --> a.launch.xml:2:15\n  = help: save the file as UTF-8\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), said);
}
