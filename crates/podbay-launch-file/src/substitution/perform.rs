//! Evaluates substitutions.

use super::super::commands;
use super::super::packages::check_name;
use super::super::place::{Outcome, shown};
use super::super::run::Run;
use super::super::scope::GlobalParameter;
use super::super::value::{Kind, Scalar, Texts, Value};
use super::super::{eval, limits, markup, python};
use super::equals::equal;
use super::{Call, Function, Part, Template};
use podbay_description::printed::{OnErrors, Printed};
use podbay_description::symbolic::Reference;
use podbay_text::diagnostic::Code;

/// Number of launch configurations that are considered for suggestions.
const KNOWN: usize = 1000;

/// The current result of `template`.
pub(crate) fn perform(template: &Template, run: &mut Run<'_>) -> Outcome<String> {
    joined(template, run).map_err(|wrong| wrong.or_position(template.position()))
}

fn joined(template: &Template, run: &mut Run<'_>) -> Outcome<String> {
    let mut text = String::new();
    for part in template.parts() {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Call(call) => text.push_str(&call.perform(run)?),
        }
        if text.len() > limits::TEXT_BYTES {
            return Err(Code::LaunchTooLarge
                .says(format!(
                    "the text exceeds the limit of {} bytes",
                    limits::TEXT_BYTES
                ))
                .help("store large data in a file that the nodes read"));
        }
    }
    run.spend_bytes(text.len())?;
    no_nul(&text)?;
    Ok(text)
}

/// No program, file name or Kubernetes object may contain NUL.
pub(crate) fn no_nul(text: &str) -> Outcome<()> {
    match text.contains('\0') {
        true => Err(Code::Nul
            .says(format!(
                "the string '{}' contains the character NUL (\\0), which programs read as its end",
                shown(text).replace('\0', "\\0")
            ))
            .help("remove it")),
        false => Ok(()),
    }
}

impl Call {
    fn perform(&self, run: &mut Run<'_>) -> Outcome<String> {
        self.evaluated(run)
            .map_err(|wrong| wrong.or_position(self.position))
    }

    fn evaluated(&self, run: &mut Run<'_>) -> Outcome<String> {
        run.release.check_substitution(self.name)?;
        match self.function {
            Function::Var => self.variable(run),
            Function::Env => self.environment(run),
            Function::OptEnv => self.optional_environment(run),
            Function::Param => self.parameter(run),
            Function::FindPkgShare => self
                .package(run)
                .map(|package| Reference::Share(&package).to_string()),
            Function::FindPkgPrefix => self
                .package(run)
                .map(|package| Reference::Prefix(&package).to_string()),
            Function::ExecInPkg => self.executable(run),
            // a container has its own PATH
            Function::FindExec => self.argument(0, run),
            Function::Dirname => run.current_folder(),
            Function::Filename => run.current_file(),
            Function::Anon => self.anonymous(run),
            Function::Eval => self.evaluate(run),
            Function::Command => self.command(run),
            Function::FileContent => {
                let path = self.argument(0, run)?;
                run.read_file(&path)
            }
            Function::ForVar => self.loop_variable(run),
            Function::If => self.choose(run),
            Function::Equals => Ok(truth(self.equal(run)?)),
            Function::NotEquals => Ok(truth(!self.equal(run)?)),
            Function::Not => Ok(truth(!self.condition(0, run)?)),
            Function::And | Function::All => Ok(truth(!self.conditions(run)?.contains(&false))),
            Function::Or | Function::Any => Ok(truth(self.conditions(run)?.contains(&true))),
        }
    }

    fn argument(&self, index: usize, run: &mut Run<'_>) -> Outcome<String> {
        match self.arguments.get(index) {
            Some(template) => perform(template, run),
            None => Ok(String::new()),
        }
    }

    /// The default argument.
    fn fallback(&self, run: &mut Run<'_>) -> Outcome<Option<String>> {
        self.arguments
            .get(1)
            .map(|template| perform(template, run))
            .transpose()
    }

    fn variable(&self, run: &mut Run<'_>) -> Outcome<String> {
        let name = self.argument(0, run)?;
        if let Some(value) = run.scope.configurations.get(&name) {
            return Ok(value.clone());
        }
        if let Some(value) = self.fallback(run)? {
            return Ok(value);
        }
        let known = run.scope.configurations.keys().map(String::as_str).take(KNOWN);
        let nearest = markup::nearest(&name, known).map(str::to_owned);
        let name = shown(&name);
        let help = match nearest {
            Some(near) => format!("did you mean '{near}'?"),
            None => {
                format!(
                    "declare it with <arg>, or set it with <let>, before this line; or add a default: $(var {name} …)"
                )
            }
        };
        Err(Code::UnknownConfiguration
            .says(format!("launch configuration '{name}' is not set"))
            .help(help))
    }

    fn loop_variable(&self, run: &mut Run<'_>) -> Outcome<String> {
        let name = self.argument(0, run)?;
        let value = match run.current.variables.get(name.as_str()) {
            Some(value) => Some(value.to_string()),
            None => self.fallback(run)?,
        };
        value.ok_or_else(|| {
            Code::UnknownConfiguration.says(format!(
                "loop variable '{}' is not set by any <for> or <for_each> around this line",
                shown(&name)
            ))
        })
    }

    fn environment(&self, run: &mut Run<'_>) -> Outcome<String> {
        let fallback = self.fallback(run)?;
        let name = self.argument(0, run)?;
        let value = run.scope.environment.get(&name).map(str::to_owned).or(fallback);
        value.ok_or_else(|| {
            Code::UnknownEnvironment
                .says(format!("environment variable '{}' is not set", shown(&name)))
                .help(format!("set it, or add a default: $(env {} …)", shown(&name)))
        })
    }

    fn optional_environment(&self, run: &mut Run<'_>) -> Outcome<String> {
        let name = self.argument(0, run)?;
        if let Some(value) = run.scope.environment.get(&name) {
            return Ok(value.to_owned());
        }
        let words: Result<Vec<_>, _> = self
            .arguments
            .iter()
            .skip(1)
            .map(|word| perform(word, run))
            .collect();
        Ok(words?.join(" "))
    }

    fn parameter(&self, run: &mut Run<'_>) -> Outcome<String> {
        let name = self.argument(0, run)?;
        let set = run.scope.parameter(&name);
        let set = set.and_then(|parameter| match &*parameter {
            GlobalParameter::Value(_, value) => Some(python::text(value)),
            GlobalParameter::File(_) => None,
        });
        let value = match set {
            Some(value) => Some(value),
            None => self.fallback(run)?,
        };
        value.ok_or_else(|| {
            Code::UnknownConfiguration.says(format!(
                "parameter '{}' is not set by any <set_parameter> before this line",
                shown(&name)
            ))
        })
    }

    fn package(&self, run: &mut Run<'_>) -> Outcome<String> {
        let package = self.argument(0, run)?;
        check_name(&package)?;
        Ok(package)
    }

    fn executable(&self, run: &mut Run<'_>) -> Outcome<String> {
        let executable = self.argument(0, run)?;
        let package = self.argument(1, run)?;
        check_name(&package)?;
        Ok(format!(
            "{}/lib/{package}/{executable}",
            Reference::Prefix(&package)
        ))
    }

    fn anonymous(&self, run: &mut Run<'_>) -> Outcome<String> {
        let name = self.argument(0, run)?;
        let key = format!("anon{name}");
        if let Some(known) = run.scope.configurations.get(&key) {
            return Ok(known.clone());
        }
        let unique = run.anonymous(&name);
        run.scope.configurations.insert(key, unique.clone());
        Ok(unique)
    }

    fn evaluate(&self, run: &mut Run<'_>) -> Outcome<String> {
        if self.arguments.len() > 1 {
            let modules = self.argument(1, run)?;
            if let Some(other) = modules.split(',').map(str::trim).find(|module| *module != "math") {
                return Err(Code::UnsupportedPython.says(format!(
                    "$(eval) supports only the Python module math, not '{}'",
                    shown(other)
                )));
            }
        }
        let expression = self.argument(0, run)?;
        let value = eval::evaluate(&expression, &run.work);
        value.map_err(|mut wrong| {
            if wrong.code == Code::UnknownName
                && let Some(help) = instead_of_name(&std::mem::take(&mut wrong.about), run)
            {
                wrong.help = help;
            }
            wrong.within(&format!("$(eval {})", shown(&expression)))
        })
    }

    /// The command to run in the container, since podbay may run none.
    pub(crate) fn left_to_container(&self, run: &mut Run<'_>) -> Outcome<Option<Printed>> {
        if self.function != Function::Command || run.options.commands.is_some() {
            return Ok(None);
        }
        run.release.check_substitution(self.name)?;
        let (command, on_errors) = self.command_line(run)?;
        commands::for_container(&command, on_errors)
    }

    fn command_line(&self, run: &mut Run<'_>) -> Outcome<(String, OnErrors)> {
        let command = self.argument(0, run)?;
        let on_errors = match self.arguments.len() {
            1 => OnErrors::Fail,
            _ => commands::on_errors(&self.argument(1, run)?)?,
        };
        Ok((command, on_errors))
    }

    fn command(&self, run: &mut Run<'_>) -> Outcome<String> {
        let (command, on_errors) = self.command_line(run)?;
        let (output, warning) = commands::output(&command, on_errors, run)?;
        if let Some(warning) = warning {
            run.warn_here(warning.or_position(self.position));
        }
        Ok(output)
    }

    fn choose(&self, run: &mut Run<'_>) -> Outcome<String> {
        let index = if self.condition(0, run)? { 1 } else { 2 };
        self.argument(index, run)
    }

    fn equal(&self, run: &mut Run<'_>) -> Outcome<bool> {
        Ok(equal(&self.argument(0, run)?, &self.argument(1, run)?))
    }

    fn condition(&self, index: usize, run: &mut Run<'_>) -> Outcome<bool> {
        let text = self.argument(index, run)?;
        let value = Kind::One(Scalar::Bool).coerce(&text, Texts::Strict);
        match value.map_err(|wrong| wrong.with_code(Code::NotABool))? {
            Value::Bool(value) => Ok(value),
            other => Err(Code::NotABool.says(format!("expected true or false, found {}", other.what()))),
        }
    }

    fn conditions(&self, run: &mut Run<'_>) -> Outcome<Vec<bool>> {
        (0..self.arguments.len())
            .map(|index| self.condition(index, run))
            .collect()
    }
}

/// How to write a launch configuration that an expression uses like a Python variable.
fn instead_of_name(name: &str, run: &Run<'_>) -> Option<String> {
    let known = run.scope.configurations.contains_key(name);
    let name = shown(name);
    known.then(|| format!("use $(var {name}), or '$(var {name})' for a string"))
}

fn truth(value: bool) -> String {
    value.to_string()
}
