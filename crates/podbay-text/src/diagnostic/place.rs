//! A place in a file.

use std::fmt;
use std::sync::Arc;

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Name of the file, as shown to the user; "" if unknown.
    pub file: Arc<str>,
    /// Line, from 1; 0 if unknown.
    pub line: u32,
    /// Column in the line, in characters from 1; 0 if unknown.
    pub column: u32,
}

impl Place {
    /// A whole file.
    pub fn file(name: impl Into<Arc<str>>) -> Self {
        Self {
            file: name.into(),
            ..Self::default()
        }
    }

    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        self.file.is_empty() && self.line == 0
    }

    /// Another line of the same file.
    pub fn at_line(&self, line: u32) -> Self {
        Self {
            file: Arc::clone(&self.file),
            line,
            column: 0,
        }
    }

    /// `FILE:LINE`, as in the JSON of a description.
    pub fn source(&self) -> String {
        format!("{}:{}", self.file, self.line)
    }
}

/// `FILE:LINE:COLUMN`, without unknown parts.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => f.write_str(&self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}
