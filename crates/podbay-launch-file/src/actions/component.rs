//! `node_container`, `load_composable_node`, and the `composable_node`s in them.

use super::super::markup::Entity;
use super::super::place::{At, Outcome, Place};
use super::super::release::COMPONENT_WILDCARDS;
use super::super::run::Run;
use super::super::scope::{ENTRY, GlobalParameter};
use super::super::substitution::{Template, perform};
use super::super::typed::Typed;
use super::condition::Condition;
use super::namespace;
use super::node::{Node, autostarts, perform_remappings, read_autostart, read_remappings, resolve_namespace};
use super::parameter::{self, ParameterSpec, by_yaml_rules, parameter_value};
use super::{parameter_file, parameter_source};
use podbay_description::{ComposableNode, ProcessKind, Values};
use podbay_text::diagnostic::{Code, Diagnostic};

/// A container with its initial components.
#[derive(Clone, Debug)]
pub(super) struct Container {
    node: Node,
    components: Vec<Component>,
}

/// Components for an existing container.
#[derive(Clone, Debug)]
pub(super) struct LoadComponents {
    target: Template,
    components: Vec<Component>,
}

#[derive(Clone, Debug)]
struct Component {
    place: Place,
    condition: Option<Condition>,
    package: Template,
    plugin: Template,
    name: Template,
    namespace: Option<Template>,
    parameters: Vec<ParameterSpec>,
    remappings: Vec<(Template, Template)>,
    extra_arguments: Vec<(Template, Template)>,
    autostart: Option<Typed>,
}

impl Container {
    /// Reads `node_container`.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let node = Node::read_named(entity)?;
        let components = read_components(entity)?.unwrap_or_default();
        Ok(Self { node, components })
    }

    /// Adds the container and its components. The container's namespace does not apply to the components.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        let container = self.node.start(ProcessKind::Container, run, place)?;
        load(&self.components, &container, run)
    }
}

impl LoadComponents {
    /// Reads `load_composable_node`.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let components = read_components(entity)?.ok_or_else(|| {
            entity.problem(
                Code::MissingAttribute,
                "<load_composable_node> requires at least one <composable_node>",
            )
        })?;
        Ok(Self {
            target: entity.required_template("target")?,
            components,
        })
    }

    /// Adds the components.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        let target = perform(&self.target, run).at(place)?;
        let container = namespace::resolve_target(&target)
            .in_template(&self.target)
            .at(place)?;
        load(&self.components, &container, run)
    }
}

fn load(components: &[Component], container: &str, run: &mut Run<'_>) -> Result<(), Diagnostic> {
    for component in components {
        component.run(container, run)?;
    }
    Ok(())
}

fn read_components(entity: &Entity<'_>) -> Result<Option<Vec<Component>>, Diagnostic> {
    let mut components = Vec::new();
    for tag in ["composable_node", "composable_lifecycle_node"] {
        for component in entity.nested(tag)?.unwrap_or_default() {
            components.push(Component::read(&component)?);
        }
    }
    Ok(Some(components).filter(|components| !components.is_empty()))
}

impl Component {
    fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let component = Self {
            place: entity.place().clone(),
            package: entity.required_template("pkg")?,
            plugin: entity.required_template("plugin")?,
            name: entity.required_template("name")?,
            condition: entity.recover(Condition::read(entity)),
            namespace: entity.recover(entity.template("namespace")),
            parameters: entity.recover(parameter::read(entity)),
            remappings: entity.recover(read_remappings(entity)),
            extra_arguments: entity.recover(read_extra_arguments(entity)),
            autostart: match entity.tag() {
                "composable_lifecycle_node" => read_autostart(entity)?,
                _ => None,
            },
        };
        entity.finish();
        Ok(component)
    }

    fn run(&self, container: &str, run: &mut Run<'_>) -> Result<(), Diagnostic> {
        let place = &self.place;
        if let Some(condition) = &self.condition
            && !condition.holds(run).at(place)?
        {
            return Ok(());
        }
        run.charge_process(place)?;
        let node = self.evaluate(container, run).of_action(place)?;
        run.output.composable_nodes.push(node);
        Ok(())
    }

    fn evaluate(&self, container: &str, run: &mut Run<'_>) -> Outcome<ComposableNode> {
        let name = perform(&self.name, run)?;
        let namespace = resolve_namespace(self.namespace.as_ref(), run)?;
        self.note_invalid(&name, &namespace, run);
        let (package, plugin) = (perform(&self.package, run)?, perform(&self.plugin, run)?);
        let texts = [container, &package, &plugin, &name, &namespace];
        run.charge(texts.into_iter().map(str::len).sum())?;
        Ok(ComposableNode {
            container: container.to_owned(),
            package,
            plugin,
            remappings: perform_remappings(&self.remappings, run)?,
            parameters: self.parameters(&name, &namespace, run)?,
            extra_arguments: self.extra_arguments(run)?,
            autostart: autostarts(self.autostart.as_ref(), run)?,
            name,
            namespace,
            delay: run.now,
            source: self.place.clone(),
        })
    }

    /// ROS sends any name to the container.
    fn note_invalid(&self, name: &str, namespace: &str, run: &mut Run<'_>) {
        let checks = [
            (name, namespace::check_name(name)),
            (namespace, namespace::check_namespace(namespace)),
        ];
        for (text, check) in checks {
            if let (false, Err(why)) = (text.is_empty(), check) {
                run.warn(
                    &self.place,
                    why.within("the container will refuse this component"),
                );
            }
        }
    }

    /// All its parameters as one map. The content of files is sent to the container, so they must exist here.
    fn parameters(&self, name: &str, namespace: &str, run: &mut Run<'_>) -> Outcome<Values> {
        let mut all = Values::new();
        let wildcards = run.release.does(&COMPONENT_WILDCARDS);
        let node = parameter_file::Target::new(namespace, name, wildcards);
        run.charge(run.scope.parameter_bytes())?;
        for global in run.scope.parameters() {
            match &*global {
                GlobalParameter::Value(name, value) => {
                    all.insert(name.clone(), parameter_value(name, value)?);
                }
                GlobalParameter::File(path) => {
                    let content = run.read_file(path)?;
                    all.extend(parameter_file::values_for(&content, path, &node, run)?);
                }
            }
        }
        for spec in &self.parameters {
            match spec {
                ParameterSpec::Values(values) => all.extend(parameter::perform_values(values, run)?),
                ParameterSpec::File {
                    path: template,
                    substitute,
                } => {
                    let path = perform(template, run)?;
                    let content = match substitute {
                        true => parameter_source::substituted(&path, run),
                        false => run.read_file(&path),
                    };
                    let content = content.in_path(template)?;
                    all.extend(parameter_file::values_for(&content, &path, &node, run)?);
                }
            }
        }
        Ok(all)
    }

    fn extra_arguments(&self, run: &mut Run<'_>) -> Outcome<Values> {
        let mut all = Values::new();
        for (name, value) in &self.extra_arguments {
            let name = perform(name, run)?;
            let text = perform(value, run)?;
            let value = by_yaml_rules(&name, &text).in_template(value)?;
            run.charge(ENTRY + name.len() + value.bytes())?;
            let value = parameter_value(&name, &value)?;
            all.insert(name, value);
        }
        Ok(all)
    }
}

fn read_extra_arguments(entity: &Entity<'_>) -> Result<Vec<(Template, Template)>, Diagnostic> {
    let mut arguments = Vec::new();
    for argument in entity.nested("extra_arg")?.unwrap_or_default() {
        arguments.push((
            argument.required_template("name")?,
            argument.required_template("value")?,
        ));
        argument.finish();
    }
    Ok(arguments)
}
