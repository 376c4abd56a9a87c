//! Text of others: read within bounds, what is wrong with it said with its place, and shown so that a terminal is safe.
//!
//! ```text
//!   path ── files ──> text ── yaml ──> a type, or else problems
//!   text of anybody ── shown, lengths ──> a terminal, a log, a message
//! ```

pub mod diagnostic;
pub mod expected;
pub mod files;
pub mod lengths;
pub mod near;
pub mod shown;
pub mod yaml;
