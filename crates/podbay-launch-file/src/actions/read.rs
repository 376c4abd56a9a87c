//! Reads elements as actions.

use std::rc::Rc;

use super::super::extensions;
use super::super::limits;
use super::super::markup::{Entity, nearest};
use super::super::place::shown;
use super::super::release::Release;
use super::super::substitution::unescape;
use super::argument::Argument;
use super::component::{Container, LoadComponents};
use super::condition::Condition;
use super::environment::EnvironmentChange;
use super::group::{Group, Keep};
use super::include::Include;
use super::log::Log;
use super::node::{LifecycleNode, Node};
use super::process::Executable;
use super::repeat::Repeat;
use super::ros::RosSetting;
use super::shutdown::Shutdown;
use super::timer::Timer;
use super::{Action, Step};
use podbay_text::diagnostic::{Code, Diagnostic};

/// Reads the actions of one file.
pub(crate) struct Reader {
    release: Release,
    warnings: Vec<Diagnostic>,
}

/// Result of reading: a group may contain many errors.
pub(super) type Read<T> = Result<T, Vec<Diagnostic>>;

type ReadStep = fn(&Entity<'_>, &mut Reader) -> Read<Step>;

/// All tags, and how they are read.
const TAGS: &[(&str, ReadStep)] = &[
    ("append_env", |entity, reader| {
        step(EnvironmentChange::read(entity, reader), Step::Environment)
    }),
    ("arg", |entity, reader| {
        step(Argument::read(entity, reader).map(Rc::new), Step::Argument)
    }),
    ("executable", |entity, _| {
        step(Executable::read(entity), |it| Step::Executable(Box::new(it)))
    }),
    ("for", |entity, reader| {
        Repeat::read(entity, reader).map(Step::Repeat)
    }),
    ("for_each", |entity, reader| {
        Repeat::read(entity, reader).map(Step::Repeat)
    }),
    ("group", |entity, reader| {
        Group::read(entity, reader).map(Step::Group)
    }),
    ("include", |entity, _| step(Include::read(entity), Step::Include)),
    ("let", |entity, _| step(read_let(entity), |it| it)),
    ("lifecycle_node", |entity, _| {
        step(LifecycleNode::read(entity), |it| {
            Step::LifecycleNode(Box::new(it))
        })
    }),
    ("load_composable_node", |entity, _| {
        step(LoadComponents::read(entity), Step::LoadComponents)
    }),
    ("log", |entity, _| step(Log::read(entity), Step::Log)),
    ("log_debug", |entity, _| step(Log::read(entity), Step::Log)),
    ("log_error", |entity, _| step(Log::read(entity), Step::Log)),
    ("log_info", |entity, _| step(Log::read(entity), Step::Log)),
    ("log_warning", |entity, _| step(Log::read(entity), Step::Log)),
    ("node", |entity, _| {
        step(Node::read(entity), |it| Step::Node(Box::new(it)))
    }),
    ("node_container", |entity, _| {
        step(Container::read(entity), |it| Step::Container(Box::new(it)))
    }),
    ("push-ros-namespace", |entity, _| {
        step(RosSetting::read(entity), Step::Ros)
    }),
    ("push_ros_namespace", |entity, _| {
        step(RosSetting::read(entity), Step::Ros)
    }),
    ("reset", |entity, _| step(Keep::read(entity), Step::Reset)),
    ("reset_env", |entity, reader| {
        step(EnvironmentChange::read(entity, reader), Step::Environment)
    }),
    ("ros_timer", |entity, reader| {
        Timer::read(entity, reader).map(|timer| Step::Timer(Rc::new(timer)))
    }),
    ("set_env", |entity, reader| {
        step(EnvironmentChange::read(entity, reader), Step::Environment)
    }),
    ("set_parameter", |entity, _| {
        step(RosSetting::read(entity), Step::Ros)
    }),
    ("set_parameters_from_file", |entity, _| {
        step(RosSetting::read(entity), Step::Ros)
    }),
    ("set_remap", |entity, _| step(RosSetting::read(entity), Step::Ros)),
    ("set_ros_log_dir", |entity, reader| {
        step(EnvironmentChange::read(entity, reader), Step::Environment)
    }),
    ("set_use_sim_time", |entity, _| {
        step(RosSetting::read(entity), Step::Ros)
    }),
    ("shutdown", |entity, _| {
        step(Shutdown::read(entity), Step::Shutdown)
    }),
    ("timer", |entity, reader| {
        Timer::read(entity, reader).map(|timer| Step::Timer(Rc::new(timer)))
    }),
    ("unset_env", |entity, reader| {
        step(EnvironmentChange::read(entity, reader), Step::Environment)
    }),
];

/// Tags that podbay knows but does not support, with the alternative.
const UNSUPPORTED: &[(&str, &str)] = &[
    (
        "composable_lifecycle_node",
        "it is allowed only inside <node_container> or <load_composable_node>",
    ),
    (
        "composable_node",
        "it is allowed only inside <node_container> or <load_composable_node>",
    ),
    (
        "env",
        "it is allowed only inside <node>; use <set_env> for all processes",
    ),
    (
        "launch",
        "a file has one <launch>, its root; use <group> for actions, or <include> for another file",
    ),
    ("machine", "select the host of a node in a podbay profile"),
    (
        "param",
        "it is allowed only inside <node>; use <set_parameter> for all nodes",
    ),
    (
        "remap",
        "it is allowed only inside <node>; use <set_remap> for all nodes",
    ),
    (
        "rosparam",
        "ROS 2 has no parameter server; use <param> with 'from' inside <node>",
    ),
    ("rosbag", "use <executable> with the command ros2 bag record …"),
    (
        "test",
        "in ROS 2, launch_testing runs tests from their own files; use <node> to start a node",
    ),
];

fn step<T>(read: Result<T, Diagnostic>, into: impl FnOnce(T) -> Step) -> Read<Step> {
    read.map(into).map_err(|problem| vec![problem])
}

fn read_let(entity: &Entity<'_>) -> Result<Step, Diagnostic> {
    Ok(Step::Let {
        name: entity.required_template("name")?,
        value: entity.required_template("value")?,
    })
}

impl Reader {
    /// A reader for the features of `release`.
    pub(crate) fn new(release: &Release) -> Self {
        Self {
            release: release.clone(),
            warnings: Vec::new(),
        }
    }

    /// Adds a warning.
    pub(crate) fn warn(&mut self, problem: Diagnostic) {
        self.warnings.push(problem);
    }

    /// The warnings.
    pub(crate) fn into_warnings(self) -> Vec<Diagnostic> {
        self.warnings
    }

    /// The actions in an element.
    pub(crate) fn children(&mut self, parent: &Entity<'_>) -> Read<Vec<Action>> {
        self.children_except(parent, &[])
    }

    /// The actions in an element, except elements of these names.
    pub(super) fn children_except(&mut self, parent: &Entity<'_>, except: &[&str]) -> Read<Vec<Action>> {
        let mut actions = Vec::new();
        let mut problems = Vec::new();
        let children = parent.children().map_err(|problem| vec![problem])?;
        for child in children.iter().filter(|child| !except.contains(&child.tag())) {
            match self.action(child) {
                Ok(action) => actions.push(action),
                Err(found) => problems.extend(found),
            }
            // enough errors to fix for now, and each takes time to report
            if problems.len() > limits::ERRORS || parent.has_too_many_errors() {
                break;
            }
        }
        if problems.is_empty() {
            Ok(actions)
        } else {
            Err(problems)
        }
    }

    fn action(&mut self, entity: &Entity<'_>) -> Read<Action> {
        let read = TAGS.iter().find(|(tag, _)| *tag == entity.tag());
        let (_, read) = read.ok_or_else(|| vec![unknown(entity)])?;
        let single = |problem| vec![problem];
        self.release.check(entity).map_err(single)?;
        let condition = entity.recover(Condition::read(entity));
        let step = read(entity, self).inspect_err(|_| entity.finish_missing())?;
        entity.finish();
        Ok(Action {
            place: entity.place().clone(),
            condition,
            step,
        })
    }
}

fn unknown(entity: &Entity<'_>) -> Diagnostic {
    let tag = &*shown(entity.tag());
    if let Some((_, why)) = UNSUPPORTED
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(tag))
    {
        let what = format!("<{tag}> is not supported here");
        return entity.problem(Code::UnsupportedAction, what).help(*why);
    }
    if let Some(what) = extensions::known_tag(tag) {
        return what.at(entity.place());
    }
    let what = match nearest(tag, TAGS.iter().map(|(known, _)| *known)) {
        Some(near) => Code::UnknownAction
            .says(format!("unknown action <{tag}>"))
            .help(format!("did you mean <{near}>?")),
        None => {
            let known: Vec<_> = TAGS.iter().map(|(known, _)| *known).collect();
            extensions::unknown(format!("unknown action <{tag}>"), tag, &known, |name| {
                format!("<{name}>")
            })
        }
    };
    what.at(entity.place())
}

/// A text without substitutions, unescaped.
pub(super) fn plain_text(entity: &Entity<'_>, name: &'static str) -> Result<Option<String>, Diagnostic> {
    Ok(entity.text(name)?.map(|text| unescape(&text)))
}

/// A boolean. ROS treats any other text, even a substitution, as true: this is followed, with a warning.
pub(super) fn switch(
    entity: &Entity<'_>,
    name: &'static str,
    reader: &mut Reader,
) -> Result<Option<bool>, Diagnostic> {
    use super::super::value::{Kind, Scalar, Value};
    match entity.attribute(name, Kind::One(Scalar::Bool))? {
        None => Ok(None),
        Some(Value::Bool(value)) => Ok(Some(value)),
        Some(Value::Text(text)) => {
            let value = !text.is_empty();
            reader.warn(
                entity
                    .problem_in(
                        name,
                        Code::ReadsOtherwise,
                        format!(
                            "the text \"{}\" of '{name}' is read as {value}, as in ROS",
                            shown(&text)
                        ),
                    )
                    .help("use true or false"),
            );
            Ok(Some(value))
        }
        Some(other) => Err(entity.problem_in(
            name,
            Code::WrongType,
            format!("'{name}' must be true or false, found {}", other.what()),
        )),
    }
}
