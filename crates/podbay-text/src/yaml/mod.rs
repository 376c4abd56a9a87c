//! YAML that a person wrote: read into a type, or else what is wrong with it, where, and what to write instead.
//!
//! ```text
//!   text ── serde ──┬── the type
//!                   └── the library's error ── told, with the outline and the kind of file ──> Mistake
//! ```

mod outline;
mod told;

use std::fmt;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_saphyr::Location;

pub use outline::Outline;
use told::of_yaml;

use crate::problem::Problem;

/// A place in a file: line and column from 1; 0 when unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it stands.
    pub place: Place,
    /// What is wrong, and the way out.
    pub what: String,
}

impl Mistake {
    /// This, in the file at `path`.
    pub fn in_file(self, path: &Path) -> Problem {
        Problem {
            file: path.display().to_string(),
            line: self.place.line,
            column: self.place.column,
            what: self.what,
            ..Problem::default()
        }
    }
}

/// How one kind of file is spoken of.
#[derive(Debug)]
pub struct Kind {
    /// The whole of it: `a profile`.
    pub whole: &'static str,
    /// A line of it, as an example.
    pub example: &'static str,
    /// A key below which the same keys stand again, in each entry of a list.
    pub again: Option<&'static str>,
    /// What its keys take: the key with those it stands below, what it takes, and an example.
    pub takes: &'static [(&'static str, &'static str, &'static str)],
}

/// Reads `text`, a file of such a `kind`.
pub fn read<T: DeserializeOwned>(text: &str, kind: &Kind) -> Result<T, Mistake> {
    serde_saphyr::from_str(text).map_err(|error| of_yaml(&error, text, kind))
}

impl From<Location> for Place {
    fn from(location: Location) -> Self {
        let number = |number| u32::try_from(number).unwrap_or(0);
        Self {
            line: number(location.line()),
            column: number(location.column()),
        }
    }
}

/// `:LINE:COLUMN`, as it follows the name of a file; nothing when unknown.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => Ok(()),
            (line, 0) => write!(f, ":{line}"),
            (line, column) => write!(f, ":{line}:{column}"),
        }
    }
}
