//! `node` and `lifecycle_node`.

use super::super::markup::Entity;
use super::super::packages;
use super::super::place::{At, Outcome, Place, shown};
use super::super::run::Run;
use super::super::scope::{ENTRY, NAMESPACE};
use super::super::substitution::{Template, perform};
use super::super::typed::Typed;
use super::super::value::{Kind, Scalar, Value};
use super::command_line::command_line;
use super::namespace;
use super::parameter::{self, ParameterSpec};
use super::process::{Common, perform_all, perform_or_empty};
use podbay_description::symbolic::is_symbolic;
use podbay_description::{Process, ProcessKind};
use podbay_text::diagnostic::{Code, Diagnostic};

/// A node to start.
#[derive(Clone, Debug)]
pub(super) struct Node {
    package: Option<Template>,
    executable: Template,
    name: Option<Template>,
    exec_name: Option<Template>,
    namespace: Option<Template>,
    arguments: Vec<Template>,
    ros_arguments: Vec<Template>,
    parameters: Vec<ParameterSpec>,
    remappings: Vec<(Template, Template)>,
    common: Common,
}

/// A lifecycle node.
#[derive(Clone, Debug)]
pub(super) struct LifecycleNode {
    node: Node,
    autostart: Option<Typed>,
}

impl LifecycleNode {
    /// Reads `lifecycle_node`.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let node = Node::read_named(entity)?;
        let autostart = read_autostart(entity)?;
        Ok(Self { node, autostart })
    }

    /// Adds the process.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        let autostart = autostarts(self.autostart.as_ref(), run).at(place)?;
        self.node.start(ProcessKind::LifecycleNode, run, place)?;
        if let Some(process) = run.output.processes.last_mut() {
            process.autostart = autostart;
        }
        Ok(())
    }
}

/// Reads the attribute `autostart`.
pub(super) fn read_autostart(entity: &Entity<'_>) -> Result<Option<Typed>, Diagnostic> {
    entity.typed("autostart", Kind::One(Scalar::Bool))
}

/// Whether a lifecycle node becomes active by itself.
pub(super) fn autostarts(autostart: Option<&Typed>, run: &mut Run<'_>) -> Outcome<bool> {
    autostart.map_or(Ok(false), |autostart| {
        Ok(autostart.perform(run)? == Value::Bool(true))
    })
}

impl Node {
    /// Reads `node`, or the same attributes of a container.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        Ok(Self {
            common: Common::read(entity),
            arguments: entity.recover(command_line(entity, "args")).unwrap_or_default(),
            ros_arguments: entity
                .recover(command_line(entity, "ros_args"))
                .unwrap_or_default(),
            name: entity.recover(entity.template("name")),
            exec_name: entity.recover(entity.template("exec_name")),
            package: entity.recover(entity.template("pkg")),
            executable: entity.required_template("exec")?,
            namespace: entity.recover(entity.template("namespace")),
            remappings: entity.recover(read_remappings(entity)),
            parameters: entity.recover(parameter::read(entity)),
        })
    }

    /// Reads an element that requires name and namespace.
    pub(super) fn read_named(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let node = Self::read(entity)?;
        if node.name.is_none() || node.namespace.is_none() {
            let what = format!("<{}> requires 'name' and 'namespace'", entity.tag());
            let problem = entity.problem(Code::MissingAttribute, what);
            entity.report(problem.help("the root namespace is /"));
        }
        Ok(node)
    }

    /// Adds the process.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        self.start(ProcessKind::Node, run, place).map(|_| ())
    }

    /// Adds the process, and returns its fully qualified name.
    pub(super) fn start(
        &self,
        kind: ProcessKind,
        run: &mut Run<'_>,
        place: &Place,
    ) -> Result<String, Diagnostic> {
        run.charge_process(place)?;
        let mut process = Process {
            kind,
            package: self.package(run).at(place)?,
            executable: perform(&self.executable, run).at(place)?,
            name: self.name(run).at(place)?,
            exec_name: perform_or_empty(self.exec_name.as_ref(), run).at(place)?,
            namespace: self.namespace(run).at(place)?,
            arguments: perform_all(&self.arguments, run).at(place)?,
            ros_arguments: perform_all(&self.ros_arguments, run).at(place)?,
            remappings: perform_remappings(&self.remappings, run).at(place)?,
            parameters: parameter::sources(&self.parameters, run, place)?,
            ..Process::default()
        };
        settle_executable(&mut process)
            .in_template(&self.executable)
            .at(place)?;
        let program = process.executable.clone();
        self.common.fill(&mut process, &program, run, place)?;
        let name = full_name(&process.namespace, &process.name);
        run.output.processes.push(process);
        Ok(name)
    }

    fn package(&self, run: &mut Run<'_>) -> Outcome<String> {
        let Some(template) = &self.package else {
            return Ok(String::new());
        };
        let package = perform(template, run)?;
        packages::check_name(&package).in_template(template)?;
        Ok(package)
    }

    fn namespace(&self, run: &mut Run<'_>) -> Outcome<String> {
        let namespace = resolve_namespace(self.namespace.as_ref(), run)?;
        if !namespace.is_empty() {
            let own = self.namespace.as_ref();
            namespace::check_namespace(&namespace).in_template(own.unwrap_or(&Template::default()))?;
        }
        Ok(namespace)
    }

    fn name(&self, run: &mut Run<'_>) -> Outcome<String> {
        let name = perform_or_empty(self.name.as_ref(), run)?;
        if let Some(template) = &self.name {
            namespace::check_name(&name).in_template(template)?;
        }
        Ok(name)
    }
}

/// ROS finds the executable of a package by name, in one folder; an absolute path is run directly.
fn settle_executable(process: &mut Process) -> Outcome<()> {
    let Process {
        package, executable, ..
    } = process;
    if executable.is_empty() {
        return Err(Code::WrongValue.says("'exec' is empty"));
    }
    if let Some((in_package, name)) = packages::executable_of(executable) {
        (*package, *executable) = (in_package, name);
    } else if executable.starts_with('/') || is_symbolic(executable) {
        package.clear();
    } else if !package.is_empty() && (executable.contains('/') || matches!(executable.as_str(), "." | "..")) {
        return Err(Code::WrongValue
            .says(format!(
                "'exec' is '{}', but ROS searches only lib/{package} of the \
         package's prefix, without subfolders",
                shown(executable)
            ))
            .help(
                "use \
         the file name, or an absolute path",
            ));
    }
    Ok(())
}

/// Reads the `remap` elements of an element.
pub(super) fn read_remappings(entity: &Entity<'_>) -> Result<Vec<(Template, Template)>, Diagnostic> {
    let mut remappings = Vec::new();
    for remap in entity.nested("remap")?.unwrap_or_default() {
        remappings.push((remap.required_template("from")?, remap.required_template("to")?));
        remap.finish();
    }
    Ok(remappings)
}

/// Remappings for all nodes, then these.
pub(super) fn perform_remappings(
    own: &[(Template, Template)],
    run: &mut Run<'_>,
) -> Outcome<Vec<(String, String)>> {
    run.charge(run.scope.remapping_bytes())?;
    let mut all = run.scope.remappings();
    for (from, to) in own {
        let (from, to) = (perform(from, run)?, perform(to, run)?);
        run.charge(ENTRY + from.len() + to.len())?;
        all.push((from, to));
    }
    Ok(all)
}

/// `namespace` below the pushed one, absolute; "" without either.
pub(super) fn resolve_namespace(own: Option<&Template>, run: &mut Run<'_>) -> Outcome<String> {
    let own = own.map(|template| perform(template, run)).transpose()?;
    let base = run.scope.configurations.get(NAMESPACE).map(String::as_str);
    Ok(namespace::join(base, own.as_deref()).unwrap_or_default())
}

/// Namespace and name as one.
pub(super) fn full_name(namespace: &str, name: &str) -> String {
    format!("{}/{name}", namespace.trim_end_matches('/'))
}
