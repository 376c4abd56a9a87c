//! How much one description may ask for. Far above what real ones need; a file that passes a limit is broken or
//! meant to do harm.

/// Bytes of one file.
pub(super) const FILE_BYTES: usize = 4 << 20;
/// Bytes one substitution may grow to.
pub(super) const TEXT_BYTES: usize = 1 << 20;
/// Elements of an XML file; nodes of a YAML file with every alias written out.
pub(super) const NODES: u32 = 200_000;
/// How deep elements, and substitutions in substitutions, may nest.
pub(super) const NESTING: usize = 64;
/// How deep files may include files.
pub(super) const INCLUDES: usize = 32;
/// Actions one description may run, all includes together.
pub(super) const ACTIONS: usize = 100_000;
/// Bytes that substitutions may produce in all.
pub(super) const TOTAL_BYTES: usize = 64 << 20;
/// Words of one `$(eval …)`.
pub(super) const WORDS: usize = 1000;
/// Operators, calls and indices of one `$(eval …)`: what makes its syntax tree deep besides brackets.
pub(super) const OPERATORS: usize = 200;
/// Work of one `$(eval …)`: values made, each counted with what is in it and the length of its texts.
pub(super) const EXPRESSION_WORK: usize = 8 << 20;
/// Width and precision of one formatted value.
pub(super) const FORM_WIDTH: usize = 1000;
