//! Launch files: text in, evaluated description out.
//!
//! ```text
//!   text --xml, yaml--> entity --actions::read--> actions --run--> Description
//!                         |                         |
//!                 typed attributes,          substitutions, scopes,
//!                 unread ones an error       packages, parameters
//! ```
//!
//! Like ROS's `launch`, this crate first reads the complete file, so that it finds errors even in parts that
//! a condition would skip, and then evaluates it from top to bottom. It starts no processes: each process
//! that ROS would start becomes a [`Process`](podbay_description::Process). It writes nothing, and reads only
//! launch files, and files named by them whose content affects the result.

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
pub use options::{Format, Options, Source, UnknownFormat};
pub use release::doubt_of_distro;

use podbay_description::{Argument, Description};
use podbay_text::diagnostic::Diagnostic;

/// Evaluates the launch file `source` like ROS.
///
/// The description may contain problems: parts that were accepted but behave differently. Anything that ROS
/// rejects or podbay does not know is an error; no part of a file is ever skipped.
pub fn evaluate(source: &Source, options: &Options) -> Result<Description, Vec<Diagnostic>> {
    evaluate_natively(source, options).map_err(|halt| match halt {
        Halt::Mistakes(problems) | Halt::NeedsRos(problems) => problems,
    })
}

/// Why an evaluation failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Halt {
    /// The launch file has errors.
    Mistakes(Vec<Diagnostic>),
    /// The file is Python, includes Python, or has tags or substitutions that other packages add to ROS. Only
    /// ROS's own engine can evaluate it.
    NeedsRos(Vec<Diagnostic>),
}

/// Like [`evaluate`], for callers that can use ROS's own engine if necessary.
pub fn evaluate_natively(source: &Source, options: &Options) -> Result<Description, Halt> {
    let mut run = run::Run::new(options);
    match run.source(source) {
        Ok(()) => Ok(run.output),
        Err(problems) => Err(halt(&run, problems)),
    }
}

fn halt(run: &run::Run<'_>, problems: Vec<Diagnostic>) -> Halt {
    match run.met_python || extensions::are_all_that_is_wrong(&problems) {
        true => Halt::NeedsRos(problems),
        false => Halt::Mistakes(problems),
    }
}

/// The arguments of a launch file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// In the order of their declarations, including those of included files; true if it depends on a
    /// condition.
    pub declared: Vec<(Argument, bool)>,
    /// Includes that could not be read.
    pub problems: Vec<Diagnostic>,
}

/// Finds the arguments that the launch file `source` declares, without evaluating it.
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
