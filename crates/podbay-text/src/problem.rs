//! What is wrong where, for a person to read.

use serde::{Deserialize, Serialize};

/// Something worth telling the author of a launch file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// File it is about; "" when none.
    pub file: String,
    /// Line in the file, from 1; 0 when unknown.
    pub line: u32,
    /// Column in the line, from 1; 0 when unknown.
    #[serde(skip)]
    pub column: u32,
    /// What is wrong and the way out.
    pub what: String,
    /// Whether it is a tag or a substitution that, as far as podbay knows, a package adds to ROS's launch.
    #[serde(skip)]
    pub is_extension: bool,
}

impl Problem {
    /// At `source`, which is `FILE:LINE`, or "" when that is unknown.
    pub fn at(source: &str, what: impl Into<String>) -> Self {
        let (file, line) = source.rsplit_once(':').unwrap_or((source, ""));
        Self {
            file: file.to_owned(),
            line: line.parse().unwrap_or(0),
            what: what.into(),
            ..Self::default()
        }
    }
}

impl std::fmt::Display for Problem {
    /// `FILE:LINE:COLUMN: what`, without what is unknown.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.file.as_str(), self.line, self.column) {
            ("", ..) => f.write_str(&self.what),
            (file, 0, _) => write!(f, "{file}: {}", self.what),
            (file, line, 0) => write!(f, "{file}:{line}: {}", self.what),
            (file, line, column) => write!(f, "{file}:{line}:{column}: {}", self.what),
        }
    }
}
