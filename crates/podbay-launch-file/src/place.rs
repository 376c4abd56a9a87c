//! Places in launch files, and errors.

use std::borrow::Cow;
use std::rc::Rc;

use super::limits;
use podbay_text::problem::Problem;
use podbay_text::shown::beginning;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    /// Name of the file, as shown.
    pub(super) file: Rc<str>,
    /// Line, from 1.
    pub(super) line: u32,
}

/// An error whose place is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The error, and how to fix it.
    pub(super) what: String,
    /// See [`Problem::is_extension`].
    is_extension: bool,
    /// An unknown name that an expression uses.
    pub(super) unknown_name: Option<String>,
}

/// A result whose error has no place yet.
pub(super) type Outcome<T> = Result<T, Fault>;

impl Place {
    /// The same file at another line.
    pub(super) fn at_line(&self, line: u32) -> Self {
        Self {
            file: Rc::clone(&self.file),
            line,
        }
    }

    /// A problem at this place.
    pub(super) fn problem(&self, what: impl Into<String>) -> Problem {
        Problem {
            file: self.file.to_string(),
            line: self.line,
            what: what.into(),
            ..Problem::default()
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Fault {
    /// An error about something that only packages can add to ROS's launch.
    pub(super) fn extension(what: String) -> Self {
        Self {
            what,
            is_extension: true,
            unknown_name: None,
        }
    }

    /// An error about the unknown `name` in an expression.
    pub(super) fn unknown_name(name: &str, what: String) -> Self {
        Self {
            what,
            is_extension: false,
            unknown_name: Some(name.to_owned()),
        }
    }

    /// The same error with another text.
    pub(super) fn told(self, tell: impl FnOnce(&str) -> String) -> Self {
        Self {
            what: tell(&self.what),
            ..self
        }
    }

    /// The problem at `place`.
    pub(super) fn at(self, place: &Place) -> Problem {
        Problem {
            is_extension: self.is_extension,
            ..place.problem(self.what)
        }
    }
}

impl<T: Into<String>> From<T> for Fault {
    fn from(what: T) -> Self {
        Self {
            what: what.into(),
            is_extension: false,
            unknown_name: None,
        }
    }
}

/// `text` of a launch file for a message: in one line, and shortened if it is long, such as a robot
/// description.
pub(super) fn shown(text: &str) -> Cow<'_, str> {
    match text.contains(['\n', '\r']) {
        true => {
            let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
            beginning(&line, limits::SHOWN).into_owned().into()
        }
        false => beginning(text, limits::SHOWN),
    }
}

/// Adds a place to an error.
pub(super) trait At<T> {
    /// The problem at `place`.
    fn at(self, place: &Place) -> Result<T, Problem>;
}

impl<T> At<T> for Outcome<T> {
    fn at(self, place: &Place) -> Result<T, Problem> {
        self.map_err(|fault| fault.at(place))
    }
}
