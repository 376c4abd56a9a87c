//! `timer`: actions that run later, when the surrounding scopes have ended.

use super::super::markup::Entity;
use super::super::place::Outcome;
use super::super::python;
use super::super::run::Run;
use super::super::typed::Typed;
use super::super::value::{Kind, Scalar, Texts, Value};
use super::Action;
use super::read::{Read, Reader};
use podbay_text::diagnostic::{Code, Diagnostic};

/// Actions and their period.
#[derive(Clone, Debug)]
pub(crate) struct Timer {
    period: Typed,
    actions: Vec<Action>,
}

impl Timer {
    /// Reads `timer` or `ros_timer`.
    pub(super) fn read(entity: &Entity<'_>, reader: &mut Reader) -> Read<Self> {
        let period = read_period(entity).map_err(|problem| vec![problem])?;
        if entity.tag() == "timer" {
            let kind = Kind::One(Scalar::Bool);
            let cancel = entity
                .attribute("cancel_on_shutdown", kind)
                .map_err(|problem| vec![problem])?;
            // the end of the launch always cancels its timers
            if cancel == Some(Value::Bool(false)) {
                reader.warn(entity.problem(
                    Code::NotCarriedOver,
                    "podbay always cancels timers when the launch ends",
                ));
            }
        }
        Ok(Self {
            period,
            actions: reader.children(entity)?,
        })
    }

    /// Its actions.
    pub(crate) fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The period in seconds. As in ROS, a timer with a negative period does not wait, and comes before those
    /// with larger periods.
    pub(crate) fn period(&self, run: &mut Run<'_>) -> Outcome<f64> {
        match self.period.perform(run)? {
            Value::Float(seconds) if seconds.is_finite() => Ok(seconds),
            other => Err(Code::WrongType.says(format!(
                "the period of a timer must be a number of seconds, found {}",
                other.what()
            ))),
        }
    }
}

fn read_period(entity: &Entity<'_>) -> Result<Typed, Diagnostic> {
    let kind = Kind::One(Scalar::Float);
    let period = entity
        .attribute("period", kind)?
        .ok_or_else(|| entity.missing("period"))?;
    // ROS also accepts a number that is quoted in YAML
    let period = match &period {
        Value::Text(text) if !text.contains('$') => kind.coerce(text, Texts::Strict).map_err(|_| {
            entity.problem_in(
                "period",
                Code::WrongType,
                format!(
                    "'period' must be a number of seconds, found '{}'",
                    python::text(&period)
                ),
            )
        })?,
        other => other.clone(),
    };
    entity.typed_value("period", &period, kind)
}
