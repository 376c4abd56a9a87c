//! `set_env`, `unset_env`, `append_env`, `reset_env`, `set_ros_log_dir`.

use super::super::markup::Entity;
use super::super::place::{At, Outcome, Place, shown};
use super::super::run::Run;
use super::super::substitution::{Template, perform};
use super::super::typed::Typed;
use super::super::value::{Kind, Scalar, Value};
use super::read::Reader;
use podbay_text::diagnostic::{Code, Diagnostic};

/// A change of the environment.
#[derive(Clone, Debug)]
pub(super) enum EnvironmentChange {
    Set { name: Template, value: Template },
    Unset { name: Template },
    Append(Box<Append>),
    LogFolder(Template),
    Reset,
}

/// An addition to a variable that may already have a value.
#[derive(Clone, Debug)]
pub(super) struct Append {
    name: Template,
    value: Template,
    prepend: Option<Typed>,
    separator: Template,
}

impl EnvironmentChange {
    /// Reads the element by its tag.
    pub(super) fn read(entity: &Entity<'_>, _reader: &mut Reader) -> Result<Self, Diagnostic> {
        Ok(match entity.tag() {
            "reset_env" => Self::Reset,
            "set_ros_log_dir" => Self::LogFolder(entity.required_template("new_log_dir")?),
            "unset_env" => Self::Unset {
                name: entity.required_template("name")?,
            },
            "append_env" => Self::Append(Box::new(Append::read(entity)?)),
            _ => Self::Set {
                name: entity.required_template("name")?,
                value: entity.required_template("value")?,
            },
        })
    }

    /// Makes the change.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        match self {
            Self::Reset => run.scope.environment.reset(),
            Self::Set { name, value } => {
                let name = perform(name, run).at(place)?;
                let value = perform(value, run).at(place)?;
                run.scope.environment.set(name, value);
            }
            Self::Unset { name } => {
                let name = perform(name, run).at(place)?;
                if !run.scope.environment.is_own(&name) {
                    run.warn(
                        place,
                        Code::NotCarriedOver.says(format!(
                            "this does not unset {} if the container image sets it",
                            shown(&name)
                        )),
                    );
                }
                run.scope.environment.unset(name);
            }
            Self::Append(append) => append.run(run, place)?,
            Self::LogFolder(folder) => set_log_folder(folder, run).at(place)?,
        }
        Ok(())
    }
}

/// A relative folder is relative to the current log folder; without one, to that of the user who runs the
/// process.
fn set_log_folder(folder: &Template, run: &mut Run<'_>) -> Outcome<()> {
    let folder = perform(folder, run)?;
    let environment = &mut run.scope.environment;
    let home = || environment.get("ROS_HOME").map(|home| format!("{home}/log"));
    let base = environment.get(LOG_FOLDER).map(str::to_owned).or_else(home);
    let base = base.unwrap_or_else(|| "~/.ros/log".to_owned());
    let path = match folder.starts_with('/') {
        true => folder,
        false => format!("{}/{folder}", base.trim_end_matches('/')),
    };
    environment.set(LOG_FOLDER.to_owned(), path);
    Ok(())
}

const LOG_FOLDER: &str = "ROS_LOG_DIR";

impl Append {
    fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        Ok(Self {
            name: entity.required_template("name")?,
            value: entity.required_template("value")?,
            prepend: entity.typed("prepend", Kind::One(Scalar::Bool))?,
            separator: entity
                .template("separator")?
                .unwrap_or_else(|| Template::literal(":")),
        })
    }

    fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        let name = perform(&self.name, run).at(place)?;
        let value = perform(&self.value, run).at(place)?;
        let prepend = match &self.prepend {
            Some(prepend) => prepend.perform(run).at(place)? == Value::Bool(true),
            None => false,
        };
        let separator = perform(&self.separator, run).at(place)?;
        let before = run.scope.environment.get(&name).map(str::to_owned);
        if before.is_some() && !run.scope.environment.is_own(&name) {
            run.warn(
                place,
                Code::NotCarriedOver.says(format!(
                    "this extends the value of {} on this machine, not the value in the container image",
                    shown(&name)
                )),
            );
        }
        let value = match before {
            Some(before) if prepend => value + &separator + &before,
            Some(before) => before + &separator + &value,
            None => value,
        };
        run.spend_bytes(value.len()).at(place)?;
        run.scope.environment.set(name, value);
        Ok(())
    }
}
