//! Texts of parameters, with PyYAML's types: `texts.json`, a list of `[text, value]`, written by PyYAML
//! 6.0 (`yaml.safe_load`). The value is null if ROS refuses the text because it is not YAML, or not a valid
//! parameter value.

use podbay_description::ParameterSource;
use podbay_launch_file::{Options, Source, evaluate};
use serde_json::Value;

const FILE: &str =
    "<launch><arg name='text'/><node pkg='p' exec='e'><param name='p' value='$(var text)'/></node></launch>";

/// The value of a parameter whose text is `text` after substitution; null if it is refused.
fn value(text: &str) -> Value {
    let source = Source::Text {
        name: "texts".to_owned(),
        text: FILE.to_owned(),
        format: None,
    };
    let options = Options {
        arguments: vec![("text".to_owned(), text.to_owned())],
        ..Options::default()
    };
    let Ok(description) = evaluate(&source, &options) else {
        return Value::Null;
    };
    match &description.processes[0].parameters[0] {
        ParameterSource::Values { values, .. } => serde_json::to_value(&values["p"]).unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_text_is_what_pyyaml_reads() {
    let table: Vec<(String, Value)> = serde_json::from_str(include_str!("texts.json")).unwrap();
    assert_eq!(table.len(), 465);
    let wrong: Vec<_> = table
        .iter()
        .map(|(text, expected)| (text, expected, value(text)))
        .filter(|(_, expected, found)| *expected != found)
        .map(|(text, expected, found)| format!("{text:?}: PyYAML reads {expected}, podbay {found}"))
        .collect();
    assert!(wrong.is_empty(), "{} texts:\n{}", wrong.len(), wrong.join("\n"));
}
