//! Untrusted text: read within limits, its errors reported with their places, and shown so that it cannot control
//! a terminal.
//!
//! ```text
//!   path ── files ──> text ── yaml ──> a value, or diagnostics
//!                     text ── shown, lengths, seldom ──> a terminal, a log, a message
//! ```

pub mod diagnostic;
pub mod expected;
pub mod files;
pub mod lengths;
pub mod lines;
pub mod near;
pub mod seldom;
pub mod shown;
pub mod yaml;
