//! Parses YAML that users write into a type. An error names its place, and what to write instead.
//!
//! ```text
//!   text ── serde ──┬── the type
//!                   └── the library's error ── describe, with the outline and the kind of file ──> Diagnostic
//! ```

mod describe;
mod outline;
mod typed;

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_saphyr::Location;

use describe::describe;
pub use outline::Outline;
pub use typed::{text, truth};

use crate::diagnostic::{Diagnostic, Place};

/// A position in a text: line and column from 1; 0 if unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

impl Position {
    /// This position in the file called `name`.
    pub fn in_file(self, name: impl Into<Arc<str>>) -> Place {
        Place {
            file: name.into(),
            line: self.line,
            column: self.column,
        }
    }
}

/// How errors describe one kind of file.
#[derive(Debug)]
pub struct Kind {
    /// The whole file: `a profile`.
    pub whole: &'static str,
    /// An example line.
    pub example: &'static str,
    /// A key whose value is a list of entries with the same keys as the file.
    pub again: Option<&'static str>,
    /// Help for a frequent mistake: path of a mapping ("" for the file itself), its unknown key or the value found
    /// there (`a mapping`), and what to do.
    pub instead: &'static [(&'static str, &'static str, &'static str)],
    /// The accepted values: path of the key, what it accepts, and an example.
    pub takes: &'static [(&'static str, &'static str, &'static str)],
}

impl Kind {
    /// The help for `what`, an unknown key or a value, of the mapping at `path`.
    fn instead_of(&self, path: &str, what: &str) -> Option<&'static str> {
        let mut known = self.instead.iter();
        known
            .find(|(above, key, _)| (*above, *key) == (path, what))
            .map(|(.., help)| *help)
    }
}

/// Parses `text`, a file of this `kind`.
pub fn read<T: DeserializeOwned>(text: &str, kind: &Kind) -> Result<T, Diagnostic> {
    serde_saphyr::from_str(text).map_err(|error| describe(&error, text, kind))
}

/// What to do about an error of YAML's syntax, by the parser's `message`.
pub fn advice(message: &str) -> &'static str {
    const ADVICE: &[(&str, &str)] = &[
        ("tab", "indent with spaces"),
        ("unclosed bracket", "close it"),
        (
            "trailing content after",
            "within a value in \"…\", use '…', and within '…' use \"…\"",
        ),
        ("quoted scalar", "close the quote"),
        (
            "mapping values",
            "quote a value that contains `: `, or correct the indentation",
        ),
        ("recursion limit", "use fewer levels"),
        ("unexpected character", "quote the value"),
    ];
    let known = ADVICE.iter().find(|(part, _)| message.contains(part));
    known.map_or(
        "check indentation, quotes and brackets of this line and the line before",
        |(_, advice)| advice,
    )
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
