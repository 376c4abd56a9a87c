//! The actions of a launch file, one file for each family of tags: how they are read, and what they do.
//!
//! A file is checked completely before any action runs. Running an action changes the scope or adds to the
//! description.

mod argument;
mod command_line;
mod component;
mod condition;
mod declared;
mod environment;
mod group;
mod include;
mod log;
mod namespace;
mod node;
mod parameter;
mod parameter_file;
mod parameter_source;
mod process;
mod read;
mod repeat;
mod ros;
mod shutdown;
mod timer;

use std::rc::Rc;

use super::place::{At, Place};
use super::run::Run;
use super::substitution::{Template, perform};
use podbay_text::diagnostic::Diagnostic;

pub(super) use argument::set;
pub(super) use declared::{Declared, arguments, check_arguments};
pub(super) use process::{default_timeouts, settle_terminals};
pub(super) use read::Reader;
pub(super) use timer::Timer;

use argument::Argument;
use component::{Container, LoadComponents};
use condition::Condition;
use environment::EnvironmentChange;
use group::{Group, Keep};
use include::Include;
use log::Log;
use node::{LifecycleNode, Node};
use process::Executable;
use repeat::Repeat;
use ros::RosSetting;
use shutdown::Shutdown;

/// An action of a launch file.
#[derive(Clone, Debug)]
pub(super) struct Action {
    place: Place,
    condition: Option<Condition>,
    step: Step,
}

/// The kind of an action.
#[derive(Clone, Debug)]
enum Step {
    Argument(Rc<Argument>),
    Let { name: Template, value: Template },
    Group(Group),
    Reset(Keep),
    Include(Include),
    Node(Box<Node>),
    LifecycleNode(Box<LifecycleNode>),
    Container(Box<Container>),
    LoadComponents(LoadComponents),
    Executable(Box<Executable>),
    Environment(EnvironmentChange),
    Ros(RosSetting),
    Timer(Rc<Timer>),
    Repeat(Repeat),
    Log(Log),
    Shutdown(Shutdown),
}

impl Action {
    /// Its place in the file.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    /// Runs it, if its condition holds.
    pub(super) fn run(&self, run: &mut Run<'_>) -> Result<(), Diagnostic> {
        let place = &self.place;
        if let Some(condition) = &self.condition
            && !condition.holds(run).at(place)?
        {
            return Ok(());
        }
        match &self.step {
            Step::Argument(argument) => argument.run(run, place),
            Step::Let { name, value } => run_let(name, value, run).at(place),
            Step::Group(group) => group.run(run, place),
            Step::Reset(keep) => keep.reset(run).at(place),
            Step::Include(include) => include.run(run, place),
            Step::Node(node) => node.run(run, place),
            Step::LifecycleNode(node) => node.run(run, place),
            Step::Container(container) => container.run(run, place),
            Step::LoadComponents(load) => load.run(run, place),
            Step::Executable(executable) => executable.run(run, place),
            Step::Environment(change) => change.run(run, place),
            Step::Ros(setting) => setting.run(run, place).at(place),
            Step::Timer(timer) => {
                run.wait(timer, place);
                Ok(())
            }
            Step::Repeat(repeat) => repeat.run(run, place),
            Step::Log(log) => log.run(run).at(place),
            Step::Shutdown(shutdown) => {
                shutdown.run(run, place);
                Ok(())
            }
        }
    }
}

fn run_let(name: &Template, value: &Template, run: &mut Run<'_>) -> super::place::Outcome<()> {
    // ROS evaluates the value first.
    let value = perform(value, run)?;
    let name = perform(name, run)?;
    run.scope.configurations.insert(name, value);
    Ok(())
}
