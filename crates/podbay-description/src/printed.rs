//! The value of a parameter that only the container knows: what a command prints there.
//!
//! The launch front end writes it in place of a value, the renderer reads it:
//!
//! ```text
//!   {"command": ["xacro", "$(find-pkg-share my_robot)/urdf/robot.urdf.xacro"], "on_stderr": "fail"}
//! ```

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A command whose output is a value, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printed {
    /// Program and arguments, none with a line break. Paths into packages are still symbolic.
    pub command: Vec<String>,
    /// What to do about standard error.
    pub on_stderr: OnErrors,
}

/// What to do about what a command writes to standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnErrors {
    /// It has failed then.
    Fail,
    /// Nothing.
    Ignore,
    /// A person should know.
    Warn,
    /// It belongs to the output.
    Capture,
}

impl OnErrors {
    /// By its name in launch files.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Fail, Self::Ignore, Self::Warn, Self::Capture]
            .into_iter()
            .find(|known| known.name() == name)
    }

    /// Its name in launch files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Ignore => "ignore",
            Self::Warn => "warn",
            Self::Capture => "capture",
        }
    }
}

impl Printed {
    /// As a description carries it.
    pub fn to_value(&self) -> Value {
        json!(self)
    }

    /// What [`Printed::to_value`] wrote; unset for anything else.
    pub fn of_value(value: &Value) -> Option<Self> {
        value.is_object().then(|| Self::deserialize(value).ok())?
    }
}
