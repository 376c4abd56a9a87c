//! `arg`: the arguments of a launch file.

use std::borrow::Cow;

use super::super::limits::{LISTED, SHOWN};
use super::super::markup::{Entity, nearest};
use super::super::place::{At, Outcome, Place, ignored, shown};
use super::super::run::Run;
use super::super::scope::ENTRY;
use super::super::substitution::{Template, perform};
use super::read::{Reader, plain_text};
use podbay_description as description;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::shown::listed;
use podbay_text::yaml::Position;

/// A declared argument.
#[derive(Clone, Debug)]
pub(super) struct Argument {
    name: String,
    default: Option<Template>,
    /// The default as written.
    default_text: Option<String>,
    description: String,
    choices: Vec<String>,
}

impl Argument {
    /// Reads `arg`.
    pub(super) fn read(entity: &Entity<'_>, reader: &mut Reader) -> Result<Self, Diagnostic> {
        let name = plain_text(entity, "name")?.ok_or_else(|| entity.missing("name"))?;
        Ok(Self {
            name,
            default: entity.template("default")?,
            default_text: entity.text("default")?,
            description: plain_text(entity, "description")?.unwrap_or_default(),
            choices: read_choices(entity, reader)?,
        })
    }

    /// Uses the default if no value is given, and checks the value.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        self.declare(run).at(place)?;
        let mut written = Position::default();
        if !run.scope.configurations.contains_key(&self.name) {
            let default = self.default.as_ref().ok_or_else(|| self.required().at(place))?;
            let value = perform(default, run).at(place)?;
            written = default.position();
            run.scope.configurations.insert(self.name.clone(), value);
        }
        let value = run
            .scope
            .configurations
            .get(&self.name)
            .map_or("", String::as_str);
        let compared = self.choices.len();
        if self.choices.is_empty() || self.choices.iter().any(|choice| choice == value) {
            return run.spend_bytes(compared).at(place);
        }
        let choices = listed(&self.choices, LISTED, SHOWN);
        let near = nearest(value, self.choices.iter().map(String::as_str));
        let help = near.map_or("use one of them".to_owned(), |near| {
            format!("did you mean '{}'?", shown(near))
        });
        Err(Code::ArgumentChoice
            .says(format!(
                "argument '{}' must be one of {choices}, found '{}'",
                cut(&self.name),
                cut(value)
            ))
            .help(help)
            .or_position(written)
            .at(place))
    }

    /// The first declaration of a name counts.
    fn declare(&self, run: &mut Run<'_>) -> Outcome<()> {
        if run.declared.contains(&self.name) {
            return Ok(());
        }
        let texts = [
            &self.name,
            &self.description,
            self.default_text.as_ref().unwrap_or(&self.name),
        ];
        let choices = self.choices.iter().map(|choice| choice.len() + ENTRY);
        run.charge(ENTRY + texts.into_iter().map(String::len).sum::<usize>() + choices.sum::<usize>())?;
        run.declared.insert(self.name.clone());
        run.output.arguments.push(self.describe());
        Ok(())
    }

    /// The argument as part of the description.
    pub(super) fn describe(&self) -> description::Argument {
        description::Argument {
            name: self.name.clone(),
            default: self.default_text.clone(),
            description: self.description.clone(),
            choices: self.choices.clone(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether it has no default.
    pub(super) fn is_required(&self) -> bool {
        self.default.is_none()
    }

    pub(super) fn required(&self) -> Diagnostic {
        let about = match self.description.as_str() {
            "" => String::new(),
            text => format!(" ({})", cut(text)),
        };
        let name = cut(&self.name);
        let what = format!("argument '{name}'{about} is required");
        Code::MissingArgument.says(what).help(set(&name))
    }

    pub(super) fn line(&self) -> String {
        let mut line = format!("\n  {}", cut(&self.name));
        match &self.default_text {
            None => line.push_str(" (required)"),
            Some(default) => line.push_str(&format!(" (default: '{}')", cut(default))),
        }
        if !self.description.is_empty() {
            line.push_str(&format!(": {}", cut(&self.description)));
        }
        if !self.choices.is_empty() {
            line.push_str(&format!(" [one of {}]", listed(&self.choices, LISTED, SHOWN)));
        }
        line
    }
}

/// How a caller sets the argument `name`.
pub(crate) fn set(name: &str) -> String {
    format!("set {name}:=…")
}

fn cut(text: &str) -> Cow<'_, str> {
    shown(text)
}

fn read_choices(entity: &Entity<'_>, reader: &mut Reader) -> Result<Vec<String>, Diagnostic> {
    let mut choices = Vec::new();
    for choice in entity.nested("choice")?.unwrap_or_default() {
        choices.push(plain_text(&choice, "value")?.ok_or_else(|| choice.missing("value"))?);
        // ROS ignores other attributes of a choice.
        if let Some(problem) = choice.unread() {
            reader.warn(ignored(problem));
        }
    }
    Ok(choices)
}
