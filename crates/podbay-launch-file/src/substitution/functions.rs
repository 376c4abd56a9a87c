//! All substitutions.

use super::super::extensions;
use super::super::markup::nearest;
use super::super::place::{Outcome, shown};

/// A substitution's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub(crate) enum Function {
    All,
    And,
    Anon,
    Any,
    Command,
    Dirname,
    Env,
    Equals,
    Eval,
    ExecInPkg,
    FileContent,
    Filename,
    FindExec,
    FindPkgPrefix,
    FindPkgShare,
    ForVar,
    If,
    Not,
    NotEquals,
    OptEnv,
    Or,
    Param,
    Var,
}

use Function as F;
use podbay_text::diagnostic::{Code, Diagnostic};

/// Name, function, minimum and maximum number of arguments, description of the arguments.
const FUNCTIONS: &[(&str, Function, usize, usize, &str)] = &[
    ("all", F::All, 0, usize::MAX, "CONDITION …"),
    ("and", F::And, 2, 2, "LEFT RIGHT"),
    ("anon", F::Anon, 1, 1, "NAME"),
    ("any", F::Any, 0, usize::MAX, "CONDITION …"),
    ("command", F::Command, 1, 2, "'COMMAND LINE' [ON_STDERR]"),
    ("dirname", F::Dirname, 0, 0, ""),
    ("env", F::Env, 1, 2, "NAME [DEFAULT]"),
    ("equals", F::Equals, 2, 2, "LEFT RIGHT"),
    ("eval", F::Eval, 1, 2, "'EXPRESSION' [MODULES]"),
    ("exec-in-pkg", F::ExecInPkg, 2, 2, "EXECUTABLE PACKAGE"),
    ("file-content", F::FileContent, 1, 1, "PATH"),
    ("filename", F::Filename, 0, 0, ""),
    ("find-exec", F::FindExec, 1, 1, "NAME"),
    ("find-pkg-prefix", F::FindPkgPrefix, 1, 1, "PACKAGE"),
    ("find-pkg-share", F::FindPkgShare, 1, 1, "PACKAGE"),
    ("for-var", F::ForVar, 1, 2, "NAME [DEFAULT]"),
    ("if", F::If, 2, 3, "CONDITION THEN [ELSE]"),
    ("index", F::ForVar, 1, 2, "NAME [DEFAULT]"),
    ("not", F::Not, 1, 1, "CONDITION"),
    ("not-equals", F::NotEquals, 2, 2, "LEFT RIGHT"),
    ("optenv", F::OptEnv, 1, usize::MAX, "NAME [DEFAULT …]"),
    ("or", F::Or, 2, 2, "LEFT RIGHT"),
    ("param", F::Param, 1, 2, "NAME [DEFAULT]"),
    ("var", F::Var, 1, 2, "NAME [DEFAULT]"),
];

/// Substitutions of ROS, and of ROS 1, that podbay does not support, and why.
const UNSUPPORTED: &[(&str, &str)] = &[
    ("arg", "use $(var NAME): $(arg) is from ROS 1"),
    ("find", "use $(find-pkg-share PACKAGE): $(find) is from ROS 1"),
    ("launch_log_dir", NO_LOG_FOLDER),
    ("log_dir", NO_LOG_FOLDER),
];

const NO_LOG_FOLDER: &str = "use a path in the container: containers have no log folder of the launch";

/// Substitutions of ROS 1 and their new names.
const RENAMED: &[(&str, &str)] = &[("arg", "var"), ("find", "find-pkg-share")];

impl Function {
    /// Whether its value depends on where a package is installed.
    pub(super) fn names_package(self) -> bool {
        matches!(self, F::ExecInPkg | F::FindPkgPrefix | F::FindPkgShare)
    }

    /// The function of that name with this number of arguments, and its name.
    pub(super) fn named(name: &str, arguments: usize) -> Outcome<(&'static str, Self)> {
        let entry = FUNCTIONS.iter().find(|(known, ..)| *known == name);
        let &(name, function, least, most, usage) = entry.ok_or_else(|| unknown(name))?;
        if (least..=most).contains(&arguments) {
            return Ok((name, function));
        }
        let usage = format!("$({name} {usage})").replace(" )", ")");
        let quotes = if arguments > most && most > 0 {
            "; quote arguments with spaces"
        } else {
            ""
        };
        let s = if arguments == 1 { "" } else { "s" };
        Err(Code::SubstitutionArguments
            .says(format!("$({name}) does not accept {arguments} argument{s}"))
            .help(format!("use {usage}{quotes}")))
    }
}

fn unknown(name: &str) -> Diagnostic {
    let name = &*shown(name);
    if let Some((_, why)) = UNSUPPORTED.iter().find(|(known, _)| *known == name) {
        let what = format!("$({name}) is not supported here");
        return Code::UnknownSubstitution.says(what).help(*why);
    }
    if let Some((_, new)) = RENAMED.iter().find(|(known, _)| *known == name) {
        return Code::UnknownSubstitution
            .says(format!("unknown substitution $({name})"))
            .help(format!("its name in ROS 2 is $({new} …)"));
    }
    if let Some(what) = extensions::known_substitution(name) {
        return what;
    }
    match nearest(name, FUNCTIONS.iter().map(|(known, ..)| *known)) {
        Some(near) => Code::UnknownSubstitution
            .says(format!("unknown substitution $({name})"))
            .help(format!("did you mean $({near})?")),
        None => {
            let known: Vec<_> = FUNCTIONS.iter().map(|(known, ..)| *known).collect();
            extensions::unknown(format!("unknown substitution $({name})"), name, &known, |name| {
                format!("$({name})")
            })
            .more_help(&format!("for a command of a shell, write \\$({name} …)"))
        }
    }
}
