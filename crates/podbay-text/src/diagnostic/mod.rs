//! What is wrong, where, and the way out: one type for launch files, profiles, configuration and rendering.
//!
//! ```text
//!   Diagnostic ──┬── Display  FILE:LINE:COLUMN: error[PB0101]: message; help    logs, ROS, one line
//!                ├── report   the same with the line itself and a caret         a terminal
//!                └── serde    file, line, column, severity, code, what, help    JSON
//! ```
//!
//! What kind of mistake it is says its [`Code`], which stays the same from version to version; wording may change.

mod code;
mod json;
mod report;

use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use crate::yaml::Position;

pub use code::Code;
pub use report::report;

/// How many places of the way to a file are told at its beginning, and at its end.
const HALF: usize = 3;

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Something is different from what its author may expect.
    Warning,
    /// It stands in the way.
    #[default]
    Error,
}

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Name of the file, as shown to a person; "" when unknown.
    pub file: Arc<str>,
    /// Line, from 1; 0 when unknown.
    pub line: u32,
    /// Column in the line, in characters from 1; 0 when unknown.
    pub column: u32,
}

/// Something that is wrong, or worth knowing. It is one pointer, since evaluation nests deep and hands it up.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Diagnostic(Box<Parts>);

/// What a [`Diagnostic`] says.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Parts {
    /// How bad it is.
    pub severity: Severity,
    /// What kind of mistake it is.
    pub code: Code,
    /// Where it is.
    pub place: Place,
    /// The node, process or key it is about; "" when the message says it all.
    pub about: String,
    /// What is wrong.
    pub message: String,
    /// The way out; "" when the message has it.
    pub help: String,
    /// Where the file is included, innermost first.
    pub included: Box<[Place]>,
}

impl Code {
    /// That this kind of mistake was made somewhere: as bad as it is by default, at a place that is still unknown.
    pub fn says(self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::from(Parts {
            severity: self.severity(),
            code: self,
            place: Place::default(),
            about: String::new(),
            message: message.into(),
            help: String::new(),
            included: Box::default(),
        })
    }
}

impl Diagnostic {
    /// With the way out.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The same of something that is within `outer`, or part of it.
    pub fn within(mut self, outer: &str) -> Self {
        self.about = match self.about.as_str() {
            "" => outer.to_owned(),
            inner => format!("{outer}: {inner}"),
        };
        self
    }

    /// With another way out, unless that is "".
    pub fn hint(mut self, hint: &str) -> Self {
        if !self.help.is_empty() && !hint.is_empty() {
            self.help.push_str("; ");
        }
        self.help.push_str(hint);
        self
    }

    /// With what it is about.
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// At `place`, unless it knows a better one.
    pub fn at(mut self, place: &Place) -> Self {
        if self.place.file.is_empty() {
            self.place = place.clone();
        }
        self
    }

    /// In the file called `name`; line and column stay.
    pub fn in_file(mut self, name: impl Into<Arc<str>>) -> Self {
        self.place.file = name.into();
        self
    }

    /// At `position` of a file whose name is still unknown.
    pub fn at_position(mut self, position: Position) -> Self {
        self.place.line = position.line;
        self.place.column = position.column;
        self
    }

    /// Something that stops nothing.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// What is wrong and the way out, without code and place.
    pub fn text(&self) -> String {
        let mut text = match self.about.as_str() {
            "" => self.message.clone(),
            about => format!("{about}: {}", self.message),
        };
        if !self.help.is_empty() {
            text.extend(["; ", &self.help]);
        }
        text + &self.way()
    }

    /// ` (included from FILE:LINE)`, and so on; the middle of a long way is left out.
    fn way(&self) -> String {
        let from = |place: &Place| format!(" (included from {place})");
        let told = |places: &[Place]| places.iter().map(from).collect::<String>();
        match self.included.len().checked_sub(2 * HALF) {
            None | Some(0) => told(&self.included),
            Some(more) => {
                let (first, rest) = self.included.split_at(HALF);
                format!("{} (by {more} more){}", told(first), told(&rest[more..]))
            }
        }
    }

    /// `error[PB0101]`
    pub fn label(&self) -> String {
        format!("{}[{}]", self.severity, self.code)
    }
}

/// `FILE:LINE:COLUMN: error[PB0101]: what`, without what is unknown, in one line.
impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.file.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}: {}", self.label(), self.text())
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
            Self::Note => "note",
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

impl Place {
    /// The whole file.
    pub fn file(name: impl Into<Arc<str>>) -> Self {
        Self {
            file: name.into(),
            ..Self::default()
        }
    }

    /// What a description writes as `FILE:LINE`; "" is unknown.
    pub fn of_source(source: &str) -> Self {
        let (file, line) = source.rsplit_once(':').unwrap_or((source, ""));
        Self {
            file: file.into(),
            line: line.parse().unwrap_or(0),
            column: 0,
        }
    }

    /// The same file at another line.
    pub fn at_line(&self, line: u32) -> Self {
        Self {
            file: Arc::clone(&self.file),
            line,
            column: 0,
        }
    }

    /// `FILE:LINE`, as a description writes it.
    pub fn source(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// `FILE:LINE:COLUMN`, without what is unknown.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => f.write_str(&self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}
