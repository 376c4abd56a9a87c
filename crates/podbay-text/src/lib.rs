//! Text from others: read within limits, diagnosed with the place of an error, and shown so that it is safe
//! for a terminal.
//!
//! ```text
//!   path ── files ──> text ── yaml ──> a type, or else problems
//!   text of anybody ── shown, lengths ──> a terminal, a log, a message
//! ```

pub mod diagnostic;
pub mod expected;
pub mod files;
pub mod lengths;
pub mod lines;
pub mod near;
pub mod shown;
pub mod yaml;
