//! Reads the options of a node from arguments, environment and parameter files.

use std::path::Path;

use podbay_config::params_file;
use podbay_config::ros_args::{self, RosArgs};
use podbay_core::node::{Parameter, USE_SIM_TIME};
use podbay_text::diagnostic::Diagnostic;
use podbay_text::files;

/// Why the options of a node are invalid. Retrying unchanged does not help.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs)]
pub enum Error {
    #[error(transparent)]
    Arguments(#[from] ros_args::Error),
    #[error("{0}")]
    File(Diagnostic),
    #[error("the parameter use_sim_time is {0}; it must be true or false")]
    UseSimTime(String),
}

/// Reads `args`, the environment and the parameter files named there, for a node with the default name
/// `name`. Values of `-p` override those of files.
pub fn read(name: &str, args: impl IntoIterator<Item = String>) -> Result<RosArgs, Error> {
    let mut args = ros_args::parse(name, args, |variable| std::env::var(variable).ok())?;
    let node = args.options.fully_qualified_name();
    let mut parameters = Vec::new();
    for path in &args.params_files {
        let text = files::text_or_pipe(Path::new(path), files::WRITTEN);
        let text = text.map_err(|error| Error::File(Diagnostic::from(error).about("--params-file")))?;
        let of_file = |error: Diagnostic| Error::File(error.in_file(path.as_str()));
        parameters.extend(params_file::parse(&text, &node).map_err(of_file)?);
    }
    parameters.append(&mut args.options.parameters);
    args.options.parameters = parameters;
    match args.options.parameter(USE_SIM_TIME) {
        None | Some(Parameter::Bool(_)) => Ok(args),
        Some(other) => Err(Error::UseSimTime(plain(other))),
    }
}

/// A value as a person writes it.
fn plain(value: &Parameter) -> String {
    match value {
        Parameter::Bool(value) => value.to_string(),
        Parameter::Integer(value) => value.to_string(),
        Parameter::Double(value) => value.to_string(),
        Parameter::String(text) => format!("{text:?}"),
        _ => "a list".to_owned(),
    }
}
