//! Launch files of this repository and of ROS callers.

use std::collections::BTreeMap;
use std::path::Path;

use podbay_launch_file::{Options, Source, evaluate};
use podbay_text::diagnostic::{Code, Place};

#[test]
fn the_example_is_the_same_in_both_markups() {
    let evaluated = ["xml", "yaml"].map(|markup| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("../../launch/talker_listener.launch.{markup}"));
        let mut description = evaluate(&Source::File(path), &Options::default()).unwrap();
        for process in &mut description.processes {
            process.source = Place::default();
            process.groups.clear();
        }
        description
    });
    assert_eq!(evaluated[0], evaluated[1]);
    let names: BTreeMap<_, _> = evaluated[0]
        .processes
        .iter()
        .map(|process| (process.name.as_str(), process.namespace.as_str()))
        .collect();
    assert_eq!(
        names,
        BTreeMap::from([("listener", "/demo"), ("talker", "/demo")])
    );
}

#[test]
fn a_parameter_file_that_may_not_be_read_is_an_error() {
    let text = "<launch><node pkg='p' exec='e'><param from='/etc/hostname'/></node></launch>";
    let source = Source::Text {
        name: "text".to_owned(),
        text: text.to_owned(),
        format: None,
    };
    let problems = evaluate(&source, &Options::default().confined(&[])).unwrap_err();
    assert!(
        problems[0].message.contains("/etc/hostname") && problems[0].code == Code::NotReadableHere,
        "{}",
        problems[0]
    );
}
