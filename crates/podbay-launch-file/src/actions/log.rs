//! `log`, and one action for each level: `log_debug`, `log_info`, `log_warning`, `log_error`.

use super::super::markup::Entity;
use super::super::place::{Outcome, shown};
use super::super::run::Run;
use super::super::scope::ENTRY;
use super::super::substitution::{Template, perform};
use podbay_text::diagnostic::{Code, Diagnostic};

/// Levels of Python's logging.
const LEVELS: [&str; 8] = [
    "CRITICAL", "DEBUG", "ERROR", "FATAL", "INFO", "NOTSET", "WARN", "WARNING",
];

/// A message.
#[derive(Clone, Debug)]
pub(super) struct Log {
    message: Template,
    level: Template,
}

impl Log {
    /// Reads the element by its tag.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let message = entity.required_template("message")?;
        let level = match entity.tag().strip_prefix("log_") {
            Some(level) => Some(Template::literal(level)),
            None => entity.template("level")?,
        };
        let level = level.unwrap_or_else(|| Template::literal("INFO"));
        Ok(Self { message, level })
    }

    /// Adds the message, with its level unless that is the default.
    pub(super) fn run(&self, run: &mut Run<'_>) -> Outcome<()> {
        let level = perform(&self.level, run)?.to_uppercase();
        if !LEVELS.contains(&level.as_str()) {
            return Err(Code::WrongValue
                .says(format!("unknown log level '{}'", shown(&level)))
                .help(format!("use one of {}", LEVELS.join(", ")))
                .or_position(self.level.position()));
        }
        let message = perform(&self.message, run)?;
        run.charge(message.len() + ENTRY)?;
        run.output.messages.push(match level.as_str() {
            "INFO" => message,
            level => format!("[{level}] {message}"),
        });
        Ok(())
    }
}
