//! Descriptions in a readable form.

use podbay_description::{Argument, ComposableNode, Description, Process};
use serde_json::{Map, Value, json};

/// The JSON form of a description without fields that have their default, one field per line. It can be
/// parsed again into the same description.
pub fn without_defaults(description: &str) -> String {
    let mut description: Value = serde_json::from_str(description).expect("a description in JSON");
    for (list, default) in [
        ("processes", json!(Process::default())),
        ("composable_nodes", json!(ComposableNode::default())),
        ("arguments", json!(Argument::default())),
    ] {
        let elements = description[list].as_array_mut().into_iter().flatten();
        elements.for_each(|element| leave_out(element, &default));
    }
    leave_out(&mut description, &json!(Description::default()));
    serde_json::to_string_pretty(&description).expect("JSON") + "\n"
}

fn leave_out(value: &mut Value, default: &Value) {
    let fields: &mut Map<_, _> = value.as_object_mut().expect("a mapping");
    fields.retain(|name, value| default.get(name) != Some(value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_differences_to_the_default_are_left_and_can_be_read_back() {
        let description = Description {
            processes: vec![Process {
                executable: "talker".to_owned(),
                ..Process::default()
            }],
            ..Description::default()
        };
        let text = without_defaults(&json!(description).to_string());
        let expected = json!({"processes": [{"executable": "talker"}]});
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), expected);
        assert_eq!(serde_json::from_str::<Description>(&text).unwrap(), description);
    }
}
