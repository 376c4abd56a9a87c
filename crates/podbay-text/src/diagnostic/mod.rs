//! An error or a warning, its place and how to fix it: one type for launch files, profiles, configuration and
//! rendering.
//!
//! ```text
//!   Diagnostic ──┬── Display  FILE:LINE:COLUMN: error[PB0101]: message; help    logs, ROS, one line
//!                ├── reports  the same with the line itself and a caret         a terminal
//!                └── serde    file, line, column, severity, code, what, help    JSON
//! ```
//!
//! The [`Code`] identifies the kind of error. Codes are stable between versions; the wording may change.

mod code;
mod includes;
mod json;
mod mark;
mod place;
mod report;
pub mod source;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::files;
use crate::yaml::Position;

pub use code::Code;
pub use includes::Includes;
pub use place::Place;
pub use report::reports;

/// Severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The result is usable, but may not be what its author expects.
    Warning,
    /// Something failed or was refused.
    #[default]
    Error,
}

/// An error or a warning. It has the size of one pointer, because evaluation returns it through many nested
/// calls.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic(Box<Parts>);

/// The content of a [`Diagnostic`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parts {
    /// Severity.
    pub severity: Severity,
    /// Kind of error.
    pub code: Code,
    /// Its place.
    pub place: Place,
    /// The node, process or key it is about; "" if the message is sufficient.
    pub about: String,
    /// The error.
    pub message: String,
    /// How to fix it; "" if the message says so. Several ways have a line each.
    pub help: String,
    /// Where the file is included.
    pub included: Includes,
}

impl Code {
    /// A diagnostic of this kind with the kind's default severity. Its place is set later.
    pub fn says(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::from(Parts {
            severity: self.severity(),
            code: self,
            place: Place::default(),
            about: String::new(),
            message: message.into(),
            help: String::new(),
            included: Includes::default(),
        })
    }
}

impl Diagnostic {
    /// Sets the help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// Prefixes what it is about with `outer`, which contains it.
    pub fn within(mut self, outer: &str) -> Self {
        self.about = match self.about.as_str() {
            "" => outer.to_owned(),
            inner => format!("{outer}: {inner}"),
        };
        self
    }

    /// Adds another way to fix it, unless `help` is "".
    pub fn more_help(mut self, help: &str) -> Self {
        if !self.help.is_empty() && !help.is_empty() {
            self.help.push_str("; ");
        }
        self.help.push_str(help);
        self
    }

    /// Sets what it is about.
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// Sets the place, unless a more precise one is known; keeps a known position.
    pub fn at(mut self, place: &Place) -> Self {
        match (self.place.file.is_empty(), self.place.line) {
            (true, 0) => self.place = place.clone(),
            (true, _) => self.place.file = Arc::clone(&place.file),
            (false, _) => {}
        }
        self
    }

    /// Sets the position in a file whose name is set later, unless a more precise one is known.
    pub fn or_position(self, position: Position) -> Self {
        match self.place == Place::default() {
            true => self.at_position(position),
            false => self,
        }
    }

    /// Sets the name of the file; keeps line and column.
    pub fn in_file(mut self, name: impl Into<Arc<str>>) -> Self {
        self.place.file = name.into();
        self
    }

    /// Sets the position in a file whose name is set later.
    pub fn at_position(mut self, position: Position) -> Self {
        self.place.line = position.line;
        self.place.column = position.column;
        self
    }

    /// Changes the kind; keeps the severity.
    pub fn with_code(mut self, code: Code) -> Self {
        self.code = code;
        self
    }

    /// Lowers the severity to a warning.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// The error and its help in one line, without code and place.
    pub fn text(&self) -> String {
        let mut text = match self.about.as_str() {
            "" => self.message.clone(),
            about => format!("{about}: {}", self.message),
        };
        if !self.help.is_empty() {
            text.extend(["; ", &self.help]);
        }
        for line in self.included_from() {
            text.extend([" (", &line, ")"]);
        }
        match text.contains('\n') {
            true => in_one_line(&text),
            false => text,
        }
    }

    /// `included from FILE:LINE` for each include, and the number of omitted ones.
    fn included_from(&self) -> impl Iterator<Item = String> {
        let (first, omitted, last) = self.included.ends();
        let from = |place: &Place| format!("included from {place}");
        let between = (omitted > 0).then(|| format!("and from {omitted} more"));
        first.iter().map(from).chain(between).chain(last.iter().map(from))
    }

    /// `error[PB0101]`
    pub fn label(&self) -> String {
        format!("{}[{}]", self.severity, self.code)
    }
}

/// The lines of `text`, separated by `; `, or by a space where a line ends with punctuation.
fn in_one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.fold(String::new(), |mut whole, line| {
        let between = match whole.chars().last() {
            None => "",
            Some(':' | ';' | ',' | '.') => " ",
            Some(_) => "; ",
        };
        whole.extend([between, line]);
        whole
    })
}

/// `FILE:LINE:COLUMN: error[PB0101]: what` in one line, without unknown parts.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.file.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}: {}", self.label(), self.text())
    }
}

/// A file that cannot be read. Its name is in the message, because no line of it is known.
impl From<files::Error> for Diagnostic {
    fn from(error: files::Error) -> Self {
        error.code().says(error.to_string()).help(error.help())
    }
}

impl From<Parts> for Diagnostic {
    fn from(parts: Parts) -> Self {
        Self(Box::new(parts))
    }
}

impl Deref for Diagnostic {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl DerefMut for Diagnostic {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl Severity {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
