//! How an action is written in YAML, for the help of an error.

use crate::place::shown;
use crate::python;
use crate::value::Value;
use crate::yaml::{self, Content, Node};

/// Keys of a profile, which is not a launch file.
pub(crate) const OF_PROFILE: [&str; 4] = ["image", "rules", "discovery", "env"];

/// The attributes that an action needs. A text alone is probably meant as the first; for a node, its words.
const FORMS: &[(&str, &[&str])] = &[
    ("append_env", &["name", "value"]),
    ("arg", &["name"]),
    ("executable", &["cmd"]),
    ("for", &["len", "name", ACTIONS]),
    ("for_each", &["values", ACTIONS]),
    ("group", &[ACTIONS]),
    ("include", &["file"]),
    ("let", &["name", "value"]),
    ("lifecycle_node", &["pkg", "exec", "name", "namespace"]),
    ("load_composable_node", &["target", "composable_node"]),
    ("log", &["message"]),
    ("log_debug", &["message"]),
    ("log_error", &["message"]),
    ("log_info", &["message"]),
    ("log_warning", &["message"]),
    ("node", &["pkg", "exec"]),
    ("node_container", &["pkg", "exec", "name", "namespace"]),
    ("push-ros-namespace", &["namespace"]),
    ("push_ros_namespace", &["namespace"]),
    ("ros_timer", &["period", ACTIONS]),
    ("set_env", &["name", "value"]),
    ("set_parameter", &["name", "value"]),
    ("set_parameters_from_file", &["filename"]),
    ("set_remap", &["from", "to"]),
    ("set_ros_log_dir", &["new_log_dir"]),
    ("set_use_sim_time", &["value"]),
    ("timer", &["period", ACTIONS]),
    ("unset_env", &["name"]),
];

/// The key of nested actions.
pub(super) const ACTIONS: &str = "children";

/// How the action `tag` is written; `text` is what its author wrote instead of attributes.
pub(super) fn form(tag: &str, text: Option<&str>) -> String {
    if tag == "launch" {
        return "launch: [{node: {pkg: …, exec: …}}]".to_owned();
    }
    let form = FORMS.iter().find(|(known, _)| *known == tag);
    let names = form.map_or(&[][..], |(_, names)| names);
    let values: Vec<_> = match (names, text) {
        ([_], Some(text)) => vec![text],
        (_, Some(text)) if text.split_whitespace().count() == names.len() => {
            text.split_whitespace().collect()
        }
        _ => Vec::new(),
    };
    let value = |index: usize, name: &str| match values.get(index) {
        Some(value) if name != ACTIONS => plain(value),
        _ if name == ACTIONS => "[…]".to_owned(),
        _ => "…".to_owned(),
    };
    let named = names.iter().enumerate();
    let entries: Vec<_> = named
        .map(|(index, name)| format!("{name}: {}", value(index, name)))
        .collect();
    format!("{}: {{{}}}", shown(tag), entries.join(", "))
}

/// `text` as a value within brackets, in quotes if it needs them.
pub(super) fn plain(text: &str) -> String {
    let is_plain = |text: &str| {
        let same =
            yaml::parse(text).is_ok_and(|node| matches!(node.value(), Value::Text(read) if read == text));
        same && !text.contains([',', '[', ']', '{', '}', '#', '"', '\'', '\n'])
    };
    match text {
        "…" => text.to_owned(),
        text if is_plain(text) => shown(text).into_owned(),
        text => format!("'{}'", shown(text).replace('\'', "''")),
    }
}

/// A node in one line; "…" for what is nested in it.
pub(super) fn flow(node: &Node) -> String {
    match &node.content {
        Content::Scalar(value) => scalar(value),
        Content::List(_) => "[…]".to_owned(),
        Content::Map(_) => "{…}".to_owned(),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Text(text) => plain(text),
        Value::Null => "…".to_owned(),
        other => python::text(other).to_lowercase(),
    }
}

/// How the value of `name` is written as a list of mappings.
pub(super) fn listed(name: &str, node: &Node) -> String {
    let pair = match name {
        "remap" => ("from", "to"),
        _ => ("name", "value"),
    };
    let entries = match &node.content {
        Content::Map(entries) => entries.as_slice(),
        _ => &[],
    };
    let of_pair = |key: &str| [pair.0, pair.1, "param", "type"].contains(&key);
    let entry = match entries {
        [(key, value)] if !of_pair(&key.name) => {
            format!("{}: {}, {}: {}", pair.0, plain(&key.name), pair.1, flow(value))
        }
        [] => format!("{}: …, {}: …", pair.0, pair.1),
        entries => {
            let each = entries
                .iter()
                .map(|(key, value)| format!("{}: {}", shown(&key.name), flow(value)));
            each.collect::<Vec<_>>().join(", ")
        }
    };
    format!("{name}: [{{{entry}}}]")
}

/// How to make one action of `item`: the entry that is wrong, if it is not all of it, and the help.
pub(super) fn split_action(item: &Node) -> (Option<usize>, String) {
    let Content::Map(entries) = &item.content else {
        return (None, "write - ACTION: {ATTRIBUTE: VALUE}".to_owned());
    };
    let is_action = |node: &Node| matches!(node.content, Content::Map(_));
    match entries.as_slice() {
        [(first, value), _, ..] if matches!(value.content, Content::Scalar(Value::Null)) => {
            let help = format!(
                "indent the attributes below '{}' further than it",
                shown(&first.name)
            );
            (None, help)
        }
        [(action, attributes), (other, value), ..] if is_action(attributes) && !is_action(value) => {
            (Some(1), into(&other.name, &action.name))
        }
        [(other, value), (action, attributes), ..] if is_action(attributes) && !is_action(value) => {
            (Some(0), into(&other.name, &action.name))
        }
        [_, _, ..] => (Some(1), "begin each action with '- '".to_owned()),
        _ => (None, "write - ACTION: {ATTRIBUTE: VALUE}".to_owned()),
    }
}

fn into(attribute: &str, action: &str) -> String {
    format!(
        "move '{}' into the attributes of '{}'",
        shown(attribute),
        shown(action)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Format, Options, Source, evaluate};
    use podbay_text::diagnostic::Code;

    /// Whether an action with these attributes lacks one.
    fn lacks(tag: &str, names: &[&str]) -> bool {
        let attributes = names.iter().map(|name| match *name {
            ACTIONS => format!("{ACTIONS}: []"),
            "composable_node" => "composable_node: [{pkg: a, plugin: b, name: c, namespace: /}]".to_owned(),
            name => format!("{name}: a"),
        });
        let attributes = attributes.collect::<Vec<_>>().join(", ");
        let file = Source::text(
            format!("launch: [{{{tag}: {{{attributes}}}}}]"),
            Some(Format::Yaml),
        );
        let errors = evaluate(&file, &Options::default()).err().unwrap_or_default();
        errors
            .iter()
            .any(|error| [Code::MissingAttribute, Code::WrongShape].contains(&error.code))
    }

    #[test]
    fn the_form_of_an_action_has_the_attributes_that_its_reader_needs() {
        for (tag, names) in FORMS {
            assert!(!lacks(tag, names), "{tag}");
            // `pkg` is optional, but hardly ever left out
            for name in names.iter().filter(|name| ![ACTIONS, "pkg"].contains(name)) {
                let others: Vec<_> = names.iter().copied().filter(|other| other != name).collect();
                assert!(lacks(tag, &others), "{tag} without {name}");
            }
        }
    }
}
