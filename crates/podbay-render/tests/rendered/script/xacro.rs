//! Values that xacro prints when the container starts.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use super::run_script;
use crate::demo::{node, rendered, values};

/// Runs a node with a parameter that a substitute for xacro prints: `text`, after the shell code `first`.
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
