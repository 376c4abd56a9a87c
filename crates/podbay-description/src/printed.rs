//! The value of a parameter that is the output of a command in the container.
//!
//! Evaluation writes it in place of a value, rendering reads it:
//!
//! ```text
//!   {"command": ["xacro", "$(find-pkg-share my_robot)/urdf/robot.urdf.xacro"], "on_stderr": "fail"}
//! ```

use serde::{Deserialize, Serialize};

/// A command whose output is a value, as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printed {
    /// Program and arguments, without line breaks. Paths into packages are symbolic.
    pub command: Vec<String>,
    /// What to do with output on standard error.
    pub on_stderr: OnErrors,
}

/// What to do with a command's output on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnErrors {
    /// The command has failed.
    Fail,
    /// Ignore it.
    Ignore,
    /// Report it to a person.
    Warn,
    /// Add it to the output.
    Capture,
}

impl OnErrors {
    /// The value of that name in launch files.
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
