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
pub use release::check_distro;

use podbay_description::{Argument, Description};
use podbay_text::diagnostic::{Code, Diagnostic};

/// Evaluates the launch file `source` like ROS.
///
/// The description may contain problems: parts that were accepted but behave differently. Anything that ROS
/// rejects or podbay does not know is an error; no part of a file is ever skipped.
pub fn evaluate(source: &Source, options: &Options) -> Result<Description, Vec<Diagnostic>> {
    let mut run = run::Run::new(options);
    run.source(source)?;
    Ok(run.output)
}

/// Whether only ROS's own engine can evaluate the launch file that has these `errors`: it is Python or includes
/// Python, or only tags and substitutions that other packages add to ROS are in the way.
pub fn needs_ros(errors: &[Diagnostic]) -> bool {
    let python = errors.iter().any(|error| error.code == Code::Python);
    let extension = |error: &Diagnostic| error.code == Code::Extension;
    python || !errors.is_empty() && errors.iter().all(extension)
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
pub fn arguments(source: &Source, options: &Options) -> Result<Arguments, Vec<Diagnostic>> {
    let mut run = run::Run::new(options);
    let declared = run.declared(source)?;
    Ok(Arguments {
        declared,
        problems: run.output.problems,
    })
}
