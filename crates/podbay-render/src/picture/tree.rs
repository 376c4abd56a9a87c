//! Converts a rendered launch to nested blocks: host, namespace, pod, container, node, component.

use std::collections::BTreeMap;

use super::block::{Block, Kind};
use super::workload::{Container, Node, Workload, parts};
use crate::Rendered;
use podbay_core::names::LABEL_LAUNCH;
use podbay_description::{ComposableNode, Description, Process, ProcessKind};

/// Maximum nesting of namespaces; the rest of a longer one is one block.
const DEEPEST: usize = 6;

pub(super) fn launch(description: &Description, rendered: &Rendered) -> Block {
    let record = &rendered.record;
    let namespace = match record.namespace() {
        "" => String::new(),
        namespace => format!("Kubernetes namespace {namespace}"),
    };
    let mut root = Block::new(Kind::Launch, "launch", record.label(LABEL_LAUNCH)).note(&namespace);
    let mut known = Known::new(description);
    for workload in rendered.objects.iter().filter_map(Workload::of) {
        let namespace = common_namespace(&workload);
        let pod = known.pod(&workload);
        let place = match workload.host() {
            Some((what, host)) => root.child(Kind::Host, what, &host),
            None => &mut root,
        };
        within(place, &namespace).inside.push(pod);
    }
    for (container, components) in known.components {
        let mut namespace = parts(&container);
        namespace.pop();
        let foreign = Block::new(Kind::Foreign, "component container", &container);
        let foreign = foreign.note("not started by this launch").with(components);
        within(&mut root, &namespace).inside.push(foreign);
    }
    merge(&mut root);
    root
}

/// The description's knowledge about nodes, by their full names.
struct Known<'a> {
    processes: BTreeMap<String, &'a Process>,
    /// Components by container; removed as their containers are found.
    components: BTreeMap<String, Vec<Block>>,
}

impl<'a> Known<'a> {
    fn new(description: &'a Description) -> Self {
        let named = |process: &'a Process| Some((process.node_name()?, process));
        let mut components = BTreeMap::<_, Vec<_>>::new();
        for node in &description.composable_nodes {
            let container = components.entry(node.container.clone()).or_default();
            container.push(component(node));
        }
        Self {
            processes: description.processes.iter().filter_map(named).collect(),
            components,
        }
    }

    fn pod(&mut self, workload: &Workload<'_>) -> Block {
        let replicas = workload.replicas().map(|count| format!("{count} pods"));
        let containers = workload.containers().map(|container| self.container(&container));
        Block::new(Kind::Pod, &workload.what(), workload.name())
            .note(&replicas.unwrap_or_default())
            .with(containers.collect())
    }

    fn container(&mut self, container: &Container<'_>) -> Block {
        let block = Block::new(Kind::Container, container.what, container.name()).note(container.image());
        match container.node() {
            Some(node) => block.with(vec![self.node(&node)]),
            None => block.note(&container.command()),
        }
    }

    fn node(&mut self, node: &Node<'_>) -> Block {
        let name = node.full_name();
        let components = name.as_ref().and_then(|name| self.components.remove(name));
        let process = name.as_ref().and_then(|name| self.processes.get(name));
        let what = match process.map(|process| process.kind) {
            Some(ProcessKind::Container) => "component container",
            Some(ProcessKind::LifecycleNode) => "lifecycle node",
            _ => "node",
        };
        let program = node
            .program
            .map(|(package, executable)| format!("{package} {executable}"));
        Block::new(Kind::Node, what, name.as_deref().unwrap_or("(names itself)"))
            .note(&program.unwrap_or_default())
            .with(components.unwrap_or_default())
    }
}

fn component(node: &ComposableNode) -> Block {
    let class = format!("{} {}", node.package, node.plugin);
    let namespace = node.namespace.trim_end_matches('/');
    match node.name.as_str() {
        "" => Block::new(Kind::Component, "component", "(names itself)"),
        name => Block::new(Kind::Component, "component", &format!("{namespace}/{name}")),
    }
    .note(&class)
}

/// The longest common namespace of all nodes of a pod.
fn common_namespace(workload: &Workload<'_>) -> Vec<String> {
    let nodes = workload
        .containers()
        .filter_map(|container| Some(container.node()?.namespace()));
    let common = |a: Vec<String>, b: Vec<String>| {
        let same = a.into_iter().zip(b).take_while(|(a, b)| a == b);
        same.map(|(part, _)| part).collect()
    };
    nodes.reduce(common).unwrap_or_default()
}

/// The block of a namespace inside `block`, within those of its parents.
fn within<'a>(mut block: &'a mut Block, namespace: &[String]) -> &'a mut Block {
    let levels = (1..=namespace.len()).filter(|&level| level < DEEPEST || level == namespace.len());
    for level in levels {
        let path = format!("/{}", namespace[..level].join("/"));
        block = block.child(Kind::Namespace, "namespace", &path);
    }
    block
}

/// A namespace that contains only a namespace needs no block.
fn merge(block: &mut Block) {
    if block.kind == Kind::Namespace
        && matches!(block.inside.as_slice(), [only] if only.kind == Kind::Namespace)
    {
        *block = block.inside.remove(0);
        return merge(block);
    }
    block.inside.iter_mut().for_each(merge);
}
