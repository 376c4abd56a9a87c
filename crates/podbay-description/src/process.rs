//! How a process of a launch is started, and what its end means.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::python::SplitError;
use super::symbolic;

/// Whether a process is started again when it ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Restart {
    /// Start again when it ends.
    #[serde(rename = "respawn")]
    pub wanted: bool,
    /// Seconds before a restart.
    #[serde(rename = "respawn_delay")]
    pub delay: f64,
    /// Maximum number of restarts; unset for no limit.
    #[serde(rename = "respawn_max_retries")]
    pub max_retries: Option<u32>,
}

/// What the end of a process means for the launch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum OnExit {
    /// Nothing.
    #[default]
    #[serde(rename = "")]
    Nothing,
    /// The whole launch ends.
    #[serde(rename = "shutdown")]
    Shutdown,
}

/// Where the output of a process goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Output {
    /// The terminal.
    Screen,
    /// The log of the launch; errors go to the terminal too.
    #[default]
    Log,
    /// Both.
    Both,
    /// Its own log.
    OwnLog,
    /// Everywhere.
    Full,
}

impl Output {
    const ALL: [Self; 5] = [Self::Screen, Self::Log, Self::Both, Self::OwnLog, Self::Full];

    /// Its name in launch files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Screen => "screen",
            Self::Log => "log",
            Self::Both => "both",
            Self::OwnLog => "own_log",
            Self::Full => "full",
        }
    }

    /// By its name in launch files.
    pub fn named(name: &str) -> Result<Self, UnknownOutput> {
        let found = Self::ALL.into_iter().find(|output| output.name() == name);
        found.ok_or(UnknownOutput)
    }
}

/// A name that is not that of an [`Output`]. `Display` lists the known names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownOutput;

impl fmt::Display for UnknownOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "use one of {}", Output::ALL.map(Output::name).join(", "))
    }
}

/// The command that runs a process (`launch-prefix`), split into words like in a shell; empty if not given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix {
    text: String,
    words: Vec<String>,
}

impl Prefix {
    /// Its words.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is not given.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

/// Why a text is not a valid command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCommandLine(pub SplitError);

impl fmt::Display for InvalidCommandLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the launch prefix is not a valid command line: {}", self.0)
    }
}

impl TryFrom<String> for Prefix {
    type Error = InvalidCommandLine;

    fn try_from(text: String) -> Result<Self, InvalidCommandLine> {
        let words = symbolic::split(&text).map_err(InvalidCommandLine)?;
        Ok(Self { text, words })
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_output_is_written_by_its_name() {
        for output in Output::ALL {
            assert_eq!(serde_json::json!(output), output.name());
            assert_eq!(Output::named(output.name()), Ok(output));
        }
        assert_eq!(
            Output::named("tty").unwrap_err().to_string(),
            "use one of screen, log, both, own_log, full"
        );
    }

    #[test]
    fn a_prefix_keeps_its_text_and_has_words() {
        let prefix: Prefix = serde_json::from_str(r#""gdb --args 'a b'""#).unwrap();
        assert_eq!(prefix.words(), ["gdb", "--args", "a b"]);
        assert_eq!(serde_json::to_string(&prefix).unwrap(), r#""gdb --args 'a b'""#);
        let error = serde_json::from_str::<Prefix>(r#""a 'b""#).unwrap_err();
        assert!(error.to_string().contains("unclosed quotation mark"), "{error}");
    }
}
