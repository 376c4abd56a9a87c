//! Nodes of the same name in one launch: ROS starts them with a warning, and then cannot distinguish them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Description;
use podbay_text::diagnostic::{Code, Diagnostic, Place};

/// One problem for each node or component whose name is already used.
pub fn nodes(description: &Description) -> Vec<Diagnostic> {
    let processes = description.processes.iter();
    let processes = processes.filter_map(|it| Some((it.node_name()?, it.source.as_str())));
    let components = description.composable_nodes.iter();
    let components = components.filter_map(|it| Some((it.node_name()?, it.source.as_str())));
    let mut first = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, source) in processes.chain(components) {
        match first.entry(name) {
            Entry::Vacant(place) => drop(place.insert(source)),
            Entry::Occupied(other) => problems.push(problem(other.key(), other.get(), source)),
        }
    }
    problems
}

fn problem(name: &str, other: &str, source: &str) -> Diagnostic {
    let at = match other {
        "" => String::new(),
        place => format!(" (the other is at {place})"),
    };
    Code::DuplicateNode
        .says(format!("two nodes are called {name}{at}"))
        .help("ROS nodes need names of their own, or namespaces")
        .at(&Place::of_source(source))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ComposableNode, Process};

    #[test]
    fn a_component_may_have_the_name_of_a_node_and_nobody_needs_a_name() {
        let node = |name: &str, namespace: &str, line: u32| Process {
            name: name.to_owned(),
            namespace: namespace.to_owned(),
            source: format!("/l/x.launch.xml:{line}"),
            ..Process::default()
        };
        let component = ComposableNode {
            name: "talker".to_owned(),
            namespace: "/a".to_owned(),
            source: "/l/x.launch.xml:5".to_owned(),
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
                "/l/x.launch.xml:5: warning[PB0221]: two nodes are called /a/talker (the other is at /l/x.launch.xml:1); ROS nodes need \
              names of their own, or namespaces"
            ]
        );
    }
}
