//! What holds for evaluation beside the cases of `tests/launch`.

#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

#[path = "evaluate/command.rs"]
mod command;
#[path = "evaluate/files.rs"]
mod files;
#[path = "evaluate/properties.rs"]
mod properties;
#[path = "evaluate/texts.rs"]
mod texts;
