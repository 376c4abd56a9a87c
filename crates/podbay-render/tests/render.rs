//! Rendering: `tests/render/<case>/description.json` and `profile.yaml` become `expected.yaml`; a file `target` names
//! what is so where it runs (`one_host`, `multicast_only`). Run with
//! `UPDATE_EXPECT=1` to write what comes out, and read the difference before keeping it.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "rendered/script.rs"]
mod script;
#[path = "rendered/sizes.rs"]
mod sizes;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use podbay_core::object::Object;
use podbay_description::{Description, ParameterSource, Process, ProcessKind, Values};
use podbay_render as render;
use podbay_render::profile::Profile;
use podbay_render::{Rendered, Target};
use podbay_text::problem::Problem;
use serde_json::{Value, json};

fn target() -> Target {
    Target {
        launch_id: "demo".to_owned(),
        namespace: "default".to_owned(),
        source: "demo.launch.xml".to_owned(),
        arguments: vec!["a:=b".to_owned()],
        environment: vec![("ROS_DOMAIN_ID".to_owned(), "7".to_owned())],
        one_host: false,
        multicast_only: false,
        ..Target::default()
    }
}

/// The script would stand in every expected file; there is one copy of it to read already.
fn shorten_script(value: &mut Value) {
    match value {
        Value::String(text) if text.starts_with("set -efu\npb_end") => *value = json!("<peers.sh, run.sh>"),
        Value::String(text) if text.starts_with("set -efu\npb_newline") => {
            *value = json!("<print.sh, run.sh>")
        }
        Value::String(text) if text.starts_with("set -efu\n") => *value = json!("<run.sh>"),
        Value::Array(list) => list.iter_mut().for_each(shorten_script),
        Value::Object(fields) => fields.values_mut().for_each(shorten_script),
        _ => {}
    }
}

fn lines(kind: &str, problems: &[Problem]) -> String {
    let line = |problem: &Problem| format!("# {kind} {}:{}: {}\n", problem.file, problem.line, problem.what);
    problems.iter().map(line).collect()
}

fn output(folder: &Path) -> String {
    let read = |name: &str| fs::read_to_string(folder.join(name));
    let description: Description = serde_json::from_str(&read("description.json").unwrap()).unwrap();
    let profile = Profile::parse(&read("profile.yaml").unwrap_or_default()).unwrap();
    let facts = read("target").unwrap_or_default();
    let target = Target {
        one_host: facts.contains("one_host"),
        multicast_only: facts.contains("multicast_only"),
        ..target()
    };
    let first = render::launch(&description, &profile, &target);
    assert_eq!(
        first,
        render::launch(&description, &profile, &target),
        "not deterministic"
    );
    match first {
        Ok(Rendered {
            mut objects,
            problems,
            ..
        }) => {
            objects
                .iter_mut()
                .for_each(|object| shorten_script(&mut object.0));
            lines("problem", &problems) + &render::to_yaml(&objects)
        }
        Err(errors) => lines("error", &errors),
    }
}

fn check(folder: &Path) {
    let expected = folder.join("expected.yaml");
    let output = output(folder);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&expected, &output).unwrap();
    }
    let expected = fs::read_to_string(expected).unwrap_or_default();
    assert!(
        output == expected,
        "{}: got\n{output}\nexpected\n{expected}",
        folder.display()
    );
}

#[test]
fn a_contradiction_names_the_profile_it_is_in() {
    let profile = Profile::parse("gpu: 1\nresources: {limits: {nvidia.com/gpu: 2}}\n").unwrap();
    let description = Description {
        processes: vec![node(Vec::new())],
        ..Description::default()
    };
    let errors = render::launch(&description, &profile.of_file("r.yaml"), &target()).unwrap_err();
    let what = &errors[0].what;
    assert!(what.ends_with("leave one out (profile r.yaml)"), "{what}");
}

#[test]
fn cases() {
    let folders = folders();
    assert!(folders.len() >= 20, "only {} cases", folders.len());
    folders.iter().for_each(|folder| check(folder));
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/render");
    fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}

/// Whether the API server would take the objects in `yaml` as they are.
fn accepted(yaml: &Path) -> Result<(), String> {
    let arguments = ["apply", "--dry-run=server", "--validate=strict", "-f"];
    let output = Command::new("kubectl")
        .args(arguments)
        .arg(yaml)
        .output()
        .unwrap();
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

#[test]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
fn an_api_server_takes_what_is_rendered() {
    let cluster = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/scenarios/cluster.yaml");
    let there = Command::new("kubectl").args(["apply", "-f", cluster]).status();
    assert!(there.unwrap().success());
    let record = Path::new(env!("CARGO_TARGET_TMPDIR")).join("record.yaml");
    fs::write(
        &record,
        render::to_yaml(&[rendered(vec![node(Vec::new())]).record]),
    )
    .unwrap();
    let expected = folders().into_iter().map(|folder| folder.join("expected.yaml"));
    let full = expected.filter(|file| fs::read_to_string(file).unwrap().contains("kind:"));
    for file in full.chain([record]) {
        assert_eq!(accepted(&file), Ok(()), "{}", file.display());
    }
}

fn node(parameters: Vec<ParameterSource>) -> Process {
    Process {
        kind: ProcessKind::Node,
        package: "demo".to_owned(),
        executable: "show".to_owned(),
        parameters,
        ..Process::default()
    }
}

/// Parameters with these values.
fn values(values: Value) -> ParameterSource {
    ParameterSource::Values {
        values: serde_json::from_value(values).unwrap(),
        all_nodes: false,
    }
}

fn rendered(processes: Vec<Process>) -> Rendered {
    let description = Description {
        processes,
        ..Description::default()
    };
    render::launch(&description, &Profile::default(), &target()).unwrap()
}

#[test]
fn the_record_holds_what_was_launched_and_can_own_it() {
    let parameters = vec![values(json!({"a": 1}))];
    let Rendered {
        mut record,
        mut objects,
        ..
    } = rendered(vec![node(parameters)]);
    assert_eq!(record.name(), "podbay-demo");
    assert_eq!(record.label("podbay.dev/launch"), "demo");
    assert_eq!(render::record::source(&record), "demo.launch.xml");
    assert_eq!(record.text("/data/arguments"), r#"["a:=b"]"#);
    assert_eq!(
        record.text("/data/objects"),
        "v1/ConfigMap *-params, v1/Pod *: -show\n"
    );
    let made: Vec<_> = objects.iter().map(Object::reference).collect();
    assert_eq!(render::record::objects(&record), made);
    record.0["metadata"]["uid"] = json!("u-1");
    render::record::own(&mut objects[0], &record);
    let owner = objects[0].0.pointer("/metadata/ownerReferences/0").unwrap();
    assert_eq!(
        owner,
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "podbay-demo", "uid": "u-1"})
    );
}

#[test]
fn what_no_cluster_stores_is_refused() {
    let description = Description {
        processes: vec![node(Vec::new())],
        ..Description::default()
    };
    let with_id = |id: &str| {
        let target = Target {
            launch_id: id.to_owned(),
            ..target()
        };
        render::launch(&description, &Profile::default(), &target).unwrap_err()
    };
    assert!(with_id("Not_an_id")[0].what.contains("not-an-id"));
    let large = node(vec![values(json!({"a": "x".repeat(1 << 20)}))]);
    let description = Description {
        processes: vec![large],
        ..Description::default()
    };
    let errors = render::launch(&description, &Profile::default(), &target()).unwrap_err();
    let named: Vec<_> = errors
        .iter()
        .map(|error| error.what.split(" would").next().unwrap())
        .collect();
    assert_eq!(named, ["ConfigMap default/demo-show-params"]);
}

#[test]
fn yaml_reads_back_as_what_was_written() {
    let odd = [
        "yes",
        "1e3",
        "010",
        "1:30",
        "~",
        "",
        " x",
        "a: b",
        "a #b",
        "- a",
        "tab\t",
        "two\nlines\n",
        "\n",
        "é",
        "=",
        "2001-01-01",
    ];
    let object =
        Object(json!({"odd": odd, "/**": {"f": 1.0, "i": 7, "n": null}, "long": "word ".repeat(100)}));
    let text = render::to_yaml(&[object.clone(), object.clone()]);
    let documents: Vec<Value> = serde_saphyr::from_multiple(&text).unwrap();
    assert_eq!(documents, [object.0.clone(), object.0]);
}
