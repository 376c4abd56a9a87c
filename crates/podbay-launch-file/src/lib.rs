//! Launch files: text in, evaluated description out.
//!
//! ```text
//!   text --xml, yaml--> entity --actions::read--> actions --run--> Description
//!                         |                         |
//!                 typed attributes,          substitutions, scopes,
//!                 unread ones an error       packages, parameters
//! ```
//!
//! As in ROS's own `launch`, a file is first read as a whole, so that a mistake anywhere in it is found even where
//! a condition would skip it, and then run from top to bottom. Nothing is started: every process ROS would start
//! becomes a [`Process`](podbay_description::Process). Nothing is written; only launch files, and files that
//! these name and whose content decides the outcome, are read.

mod actions;
mod commands;
mod eval;
mod extensions;
mod limits;
mod load;
mod markup;
mod options;
mod packages;
mod place;
mod python;
mod release;
mod run;
mod scope;
mod substitution;
mod typed;
mod value;
mod yaml;

pub use commands::{CommandLine, CommandOutput, RunCommand};
pub use options::{Format, Options, Source};
pub use release::doubt_of_distro;

use podbay_description::{Argument, Description};
use podbay_text::problem::Problem;

/// Evaluates the launch description `source` as ROS does.
///
/// A description may carry problems: what was accepted but cannot be carried over exactly. What ROS rejects, or
/// podbay does not know, is an error; never is a part of a file skipped.
pub fn evaluate(source: &Source, options: &Options) -> Result<Description, Vec<Problem>> {
    evaluate_natively(source, options).map_err(|halt| match halt {
        Halt::Mistakes(problems) | Halt::NeedsRos(problems) => problems,
    })
}

/// Why an evaluation came to no end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The description is wrong.
    Mistakes(Vec<Problem>),
    /// It is Python, or includes Python, or has tags or substitutions that other packages add to ROS: only ROS's own
    /// engine evaluates it, as a whole.
    NeedsRos(Vec<Problem>),
}

/// Like [`evaluate`], for who can turn to ROS's own engine where a description needs it.
pub fn evaluate_natively(source: &Source, options: &Options) -> Result<Description, Halt> {
    let mut run = run::Run::new(options);
    match run.source(source) {
        Ok(()) => Ok(run.output),
        Err(problems) => Err(halt(&run, problems)),
    }
}

fn halt(run: &run::Run<'_>, problems: Vec<Problem>) -> Halt {
    match run.met_python || extensions::are_all_that_is_wrong(&problems) {
        true => Halt::NeedsRos(problems),
        false => Halt::Mistakes(problems),
    }
}

/// What a node reads where ROS's own launch gives it `text` as a parameter: ROS writes a file in which some texts look
/// like numbers or truth values to the node (`1e-3`, `inf`, `y`). Unset where it reads the text.
pub fn reread_by_node(text: &str) -> Option<serde_json::Value> {
    yaml::reread(text)?.to_json()
}

/// What a launch file asks of its caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// In the order of their declarations, those of included files among them; true for those that count only if
    /// something holds.
    pub declared: Vec<(Argument, bool)>,
    /// What could not be looked into.
    pub problems: Vec<Problem>,
}

/// Finds the arguments that the launch description `source` declares, without running it.
pub fn arguments(source: &Source, options: &Options) -> Result<Arguments, Halt> {
    let mut run = run::Run::new(options);
    match run.declared(source) {
        Ok(declared) => Ok(Arguments {
            declared,
            problems: run.output.problems,
        }),
        Err(problems) => Err(halt(&run, problems)),
    }
}
