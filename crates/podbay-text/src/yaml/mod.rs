//! YAML that a person wrote: read into a type, or else what is wrong with it, where, and what to write instead.
//!
//! ```text
//!   text ── serde ──┬── the type
//!                   └── the library's error ── told, with the outline and the kind of file ──> Diagnostic
//! ```

mod outline;
mod told;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_saphyr::Location;

pub use outline::Outline;
use told::of_yaml;

use crate::diagnostic::{Diagnostic, Place};

/// Where something stands in a text: line and column from 1; 0 when unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Position {
    /// In the file called `name`.
    pub fn in_file(self, name: impl Into<Arc<str>>) -> Place {
        Place {
            file: name.into(),
            line: self.line,
            column: self.column,
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
pub fn read<T: DeserializeOwned>(text: &str, kind: &Kind) -> Result<T, Diagnostic> {
    serde_saphyr::from_str(text).map_err(|error| of_yaml(&error, text, kind))
}

impl From<Location> for Position {
    fn from(location: Location) -> Self {
        let number = |number| u32::try_from(number).unwrap_or(0);
        Self {
            line: number(location.line()),
            column: number(location.column()),
        }
    }
}
