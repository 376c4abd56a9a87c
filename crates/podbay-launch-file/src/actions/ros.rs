//! Settings for all following nodes: `push_ros_namespace`, `set_parameter`, `set_parameters_from_file`,
//! `set_remap`; and `set_use_sim_time`, which applies to no node.

use super::super::markup::Entity;
use super::super::place::{At, Outcome, Place};
use super::super::python;
use super::super::run::Run;
use super::super::scope::NAMESPACE;
use super::super::substitution::{Template, perform};
use super::super::typed::Typed;
use super::super::value::{Kind, Scalar, Value};
use super::namespace;
use super::parameter::by_yaml_rules;
use podbay_text::diagnostic::{Code, Diagnostic};

/// A setting for all following nodes.
#[derive(Clone, Debug)]
pub(super) enum RosSetting {
    Namespace(Template),
    Parameter { name: Template, value: Template },
    Parameters(Template),
    Remapping { from: Template, to: Template },
    SimulatedTime(Typed),
}

impl RosSetting {
    /// Reads the element by its tag.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        Ok(match entity.tag() {
            "set_parameter" => Self::Parameter {
                name: entity.required_template("name")?,
                value: entity.required_template("value")?,
            },
            "set_parameters_from_file" => Self::Parameters(entity.required_template("filename")?),
            "set_remap" => Self::Remapping {
                from: entity.required_template("from")?,
                to: entity.required_template("to")?,
            },
            "set_use_sim_time" => Self::SimulatedTime(read_switch(entity)?),
            _ => Self::Namespace(entity.required_template("namespace")?),
        })
    }

    /// Applies it.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Outcome<()> {
        match self {
            Self::Namespace(pushed) => push_namespace(pushed, run)?,
            Self::Parameter { name, value } => {
                let name = perform(name, run)?;
                let text = perform(value, run)?;
                let value = by_yaml_rules(&name, &text).in_template(value)?;
                if let Value::Tuple(items) = &value {
                    run.warn(place, list_is_text(&name, items));
                }
                run.scope.add_parameter(name, value);
            }
            Self::Parameters(file) => {
                let file = perform(file, run)?;
                run.scope.add_parameter_file(file);
            }
            Self::Remapping { from, to } => {
                let (from, to) = (perform(from, run)?, perform(to, run)?);
                run.scope.add_remapping(from, to);
            }
            Self::SimulatedTime(value) => {
                value.perform(run)?;
                run.warn(place, Code::NotCarriedOver.says(OWN_CLOCK).help(NODES_CLOCK));
            }
        }
        Ok(())
    }
}

/// ROS passes a value for all nodes as Python prints it. A list prints as a tuple, which rcl reads as text.
fn list_is_text(name: &str, items: &[Value]) -> Diagnostic {
    let text = python::text(&Value::Tuple(items.to_vec()));
    let what = format!(
        "nodes receive the list '{name}' as the string \"{text}\", as in ROS (components receive the list)"
    );
    let help = "to pass a list to nodes, use <param>, a file, or quotes within the value: \"'[1, 2]'\"";
    Code::ReadsOtherwise.says(what).help(help)
}

const OWN_CLOCK: &str = "in ROS this sets the clock of ros2 launch itself; it has no effect in podbay";
const NODES_CLOCK: &str = "for nodes, use <set_parameter> with the name use_sim_time";

fn read_switch(entity: &Entity<'_>) -> Result<Typed, Diagnostic> {
    let value = entity.typed("value", Kind::One(Scalar::Bool))?;
    value.ok_or_else(|| entity.missing("value"))
}

fn push_namespace(pushed: &Template, run: &mut Run<'_>) -> Outcome<()> {
    let name = perform(pushed, run)?;
    let base = run.scope.configurations.get(NAMESPACE).map(String::as_str);
    if let Some(joined) = namespace::join(base, Some(&name)) {
        namespace::check_namespace(&joined).in_template(pushed)?;
        run.scope.configurations.insert(NAMESPACE.to_owned(), joined);
    }
    Ok(())
}
