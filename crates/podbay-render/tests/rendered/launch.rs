//! A launch as a whole: its record, refusals, and YAML.

use std::fs;
use std::path::Path;

use podbay_core::object::Object;
use podbay_description::{Description, Process};
use podbay_render as render;
use podbay_render::Rendered;
use podbay_render::profile::Profile;
use podbay_render::record::TooManyObjects;
use podbay_text::diagnostic::Place;
use serde_json::{Value, json};

use crate::api_server::accepted;
use crate::demo::{node, rendered, target, values};

#[test]
#[ignore = "needs KUBECONFIG (tests/control-plane/up)"]
fn an_api_server_accepts_the_record() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("record.yaml");
    fs::write(&file, render::to_yaml(&[rendered(vec![node(Vec::new())]).record])).unwrap();
    assert_eq!(accepted(&file), Ok(()));
}

#[test]
fn a_contradiction_is_at_its_key_in_the_profile_and_names_the_node() {
    let profile = Profile::parse("image: i\ngpu: 1\nresources: {limits: {nvidia.com/gpu: 2}}\n").unwrap();
    let description = Description {
        processes: vec![Process {
            name: "talker".to_owned(),
            source: Place::file("a.launch.xml").at_line(3),
            ..node(Vec::new())
        }],
        ..Description::default()
    };
    let of = |file: &str| render::launch(&description, &profile.clone().of_file(file), &target());
    let error = of("r.yaml").unwrap_err()[0].to_string();
    let expected = "r.yaml:2:1: error[PB0505]: /talker (a.launch.xml:3): gpu: 1";
    assert!(error.starts_with(expected), "{error}");
    // of a profile that is no file
    let error = of("").unwrap_err()[0].to_string();
    let expected = "a.launch.xml:3: error[PB0505]: /talker: gpu: 1";
    assert!(error.starts_with(expected), "{error}");
}

#[test]
fn the_record_describes_the_launch_and_can_own_its_objects() {
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
    assert_eq!(render::record::objects(&record), Ok(made));
    record.0["metadata"]["uid"] = json!("u-1");
    render::record::own(&mut objects[0], &record);
    let owner = objects[0].0.pointer("/metadata/ownerReferences/0").unwrap();
    assert_eq!(
        owner,
        &json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "podbay-demo", "uid": "u-1"})
    );
}

/// The objects of a record with this list.
fn listed(list: &str) -> Result<Vec<String>, TooManyObjects> {
    let mut record = rendered(vec![node(Vec::new())]).record;
    record.0["data"]["objects"] = json!(list);
    let objects = render::record::objects(&record)?;
    Ok(objects.iter().map(ToString::to_string).collect())
}

#[test]
fn an_edited_record_lists_only_kinds_that_podbay_creates_and_each_once() {
    let list = "v1/Pod *, v1/Secret *, v1/Pod *, Pod *, v1/Pod x: -a  b\nno colon\napps/v1/Pod *: c";
    let expected = ["Pod default/demo-a", "Pod default/b"];
    assert_eq!(listed(list), Ok(expected.map(str::to_owned).to_vec()));
}

#[test]
fn an_edited_record_with_billions_of_objects_is_refused_before_they_are_formed() {
    let kinds: Vec<_> = (0..50_000).map(|n| format!("v1/Pod *-{n}")).collect();
    let list = format!("{}: {}", kinds.join(", "), "a ".repeat(250_000));
    assert_eq!(listed(&list), Err(TooManyObjects));
    // also in many lines
    let list = format!("v1/Pod *, v1/Service *: {}\n", "a ".repeat(30_000)).repeat(2);
    assert_eq!(listed(&list), Err(TooManyObjects));
}

#[test]
fn objects_too_large_for_a_cluster_are_refused() {
    let large = node(vec![values(json!({"a": "x".repeat(1 << 20)}))]);
    let description = Description {
        processes: vec![large],
        ..Description::default()
    };
    let errors = render::launch(&description, &Profile::default(), &target()).unwrap_err();
    let named: Vec<_> = errors
        .iter()
        .map(|error| error.message.split(" would").next().unwrap())
        .collect();
    assert_eq!(named, ["ConfigMap default/demo-show-params"]);
}

#[test]
fn yaml_is_read_back_unchanged() {
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
