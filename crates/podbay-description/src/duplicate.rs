//! Nodes of the same name in one launch: ROS starts them with a warning, and then cannot distinguish them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Description;
use podbay_text::diagnostic::{Code, Diagnostic, Place};

/// One problem for each node or component whose name is already used.
pub fn nodes(description: &Description) -> Vec<Diagnostic> {
    let processes = description.processes.iter();
    let processes = processes.filter_map(|it| Some((it.node_name()?, &it.source)));
    let components = description.composable_nodes.iter();
    let components = components.filter_map(|it| Some((it.node_name()?, &it.source)));
    let mut first = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, place) in processes.chain(components) {
        match first.entry(name) {
            Entry::Vacant(free) => drop(free.insert(place)),
            Entry::Occupied(other) => problems.push(problem(other.key(), other.get(), place)),
        }
    }
    problems
}

fn problem(name: &str, other: &Place, place: &Place) -> Diagnostic {
    let at = match other.is_unknown() {
        true => String::new(),
        false => format!(" (the other one is at {other})"),
    };
    Code::DuplicateNode
        .says(format!("two nodes are named {name}{at}"))
        .help("use different names or namespaces")
        .at(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ComposableNode, Process};

    #[test]
    fn nodes_and_components_of_the_same_name_are_reported() {
        let node = |name: &str, namespace: &str, line: u32| Process {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            source: Place {
                column: 9,
                ..Place::file("/l/x.launch.xml").at_line(line)
            },
            ..Process::default()
        };
        let component = ComposableNode {
            name: "talker".to_owned(),
            namespace: "/a".to_owned(),
            source: Place::file("/l/x.launch.xml").at_line(5),
            ..ComposableNode::default()
        };
        let description = Description {
            processes: vec![
                node("talker", "a", 1),
                node("talker", "/b", 2),
                node("", "", 3),
                node("", "", 4),
            ],
            composable_nodes: vec![component],
            ..Description::default()
        };
        let found: Vec<_> = nodes(&description).iter().map(Diagnostic::to_string).collect();
        assert_eq!(
            found,
            [
                "/l/x.launch.xml:5: warning[PB0221]: two nodes are named /a/talker (the other one is at /l/x.launch.xml:1:9); use \
              different names or namespaces"
            ]
        );
    }
}
