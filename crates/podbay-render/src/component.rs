//! Components are not loaded yet; warnings contain the commands that load them.

use std::collections::HashSet;

use podbay_description::{ComposableNode, Description, Process};
use podbay_text::diagnostic::{Code, Diagnostic};

/// A warning for every component of `description`.
pub(super) fn warnings(description: &Description) -> Vec<Diagnostic> {
    let nodes: Vec<_> = description
        .processes
        .iter()
        .filter_map(Process::node_name)
        .collect();
    let started: HashSet<_> = nodes.iter().map(String::as_str).collect();
    let warning = |component: &ComposableNode| {
        let started = started.contains(component.container.as_str());
        Code::NotSupervised
            .says(what(component, started))
            .help(format!(
                "after each start of the container, run: {}",
                load(component)
            ))
            .at(&component.source)
    };
    description.composable_nodes.iter().map(warning).collect()
}

fn what(component: &ComposableNode, started: bool) -> String {
    let ComposableNode {
        container, plugin, ..
    } = component;
    let elsewhere = match started {
        true => "",
        false => " (not started by this launch)",
    };
    let autostart = match component.autostart {
        true => ", and autostart is ignored",
        false => "",
    };
    format!(
        "component {plugin} is not loaded into {container}{elsewhere}{autostart}: this version of podbay does not \
         load components"
    )
}

/// The command that loads `component`, for a shell.
fn load(component: &ComposableNode) -> String {
    let words = command(component);
    let quoter = shlex::Quoter::new().allow_nul(true);
    quoter.join(words.iter().map(String::as_str)).unwrap_or_default()
}

/// The words of `ros2 component load`, which parses values as YAML; JSON is YAML.
fn command(component: &ComposableNode) -> Vec<String> {
    let mut words = ["ros2", "component", "load"].map(str::to_owned).to_vec();
    words.extend([&component.container, &component.package, &component.plugin].map(String::clone));
    let mut option = |name: &str, value: String| words.extend([name.to_owned(), value]);
    if !component.name.is_empty() {
        option("-n", component.name.clone());
    }
    if !component.namespace.is_empty() {
        option("--node-namespace", component.namespace.clone());
    }
    for (name, value) in &component.parameters {
        option("-p", format!("{name}:={}", value));
    }
    for (from, to) in &component.remappings {
        option("-r", format!("{from}:={to}"));
    }
    for (name, value) in &component.extra_arguments {
        option("-e", format!("{name}:={}", value));
    }
    words
}
