//! Fixed limits for the evaluation of one file, in addition to
//! [`LaunchLimits`](podbay_description::limits::LaunchLimits). They are far above real needs; a file that
//! exceeds one is broken or malicious. Documented in docs/launch-files.md.

/// Bytes of one file.
pub(super) const FILE_BYTES: usize = 4 << 20;
/// Bytes of all launch files of a launch.
pub(super) const SCRIPT_BYTES: usize = 16 << 20;
/// Bytes of one substitution's result.
pub(super) const TEXT_BYTES: usize = 1 << 20;
/// Elements of an XML file; nodes of a YAML file with all aliases expanded.
pub(super) const NODES: u32 = 200_000;
/// Attributes of an XML element.
pub(super) const ATTRIBUTES: usize = 1000;
/// XML namespaces declared by a file.
pub(super) const NAMESPACES: usize = 64;
/// Bytes of a YAML file with all aliases expanded.
pub(super) const YAML_BYTES: usize = 8 << 20;
/// Nesting of elements, lists and mappings, and of substitutions.
pub(super) const NESTING: usize = 64;
/// Nesting of actions: an include counts twice, a group or loop once. At this depth ROS's own engine fails,
/// since Python allows 1,000 nested calls.
pub(super) const DEPTH: usize = 960;
/// Actions of one evaluation, including all includes.
pub(super) const ACTIONS: usize = 100_000;
/// Bytes of all results of substitutions, and of parameter files.
pub(super) const TOTAL_BYTES: usize = 64 << 20;
/// Bytes of all parameter files that are checked for what nodes refuse.
pub(super) const CHECKED_BYTES: usize = 1 << 20;
/// Minimum cost of one substitution in these bytes.
pub(super) const LEAST_BYTES: usize = 16;
/// Reported errors of one file.
pub(super) const ERRORS: usize = 100;
/// Tokens of one `$(eval …)`.
pub(super) const WORDS: usize = 1000;
/// Operators, calls and indices of one `$(eval …)`, which nest its syntax tree even without brackets.
pub(super) const OPERATORS: usize = 200;
/// Work of one `$(eval …)`: created values, each counted with its content and the length of its texts.
pub(super) const EXPRESSION_WORK: usize = 8 << 20;
/// Work of all `$(eval …)` together.
pub(super) const ALL_EXPRESSION_WORK: usize = 64 << 20;
/// Minimum cost of one `$(eval …)` in addition to its length, for parsing.
pub(super) const LEAST_EXPRESSION_WORK: usize = 512;
/// Characters of a text of a launch file that are repeated in a message.
pub(super) const SHOWN: usize = 200;
/// Number of names or choices that are listed in a message.
pub(super) const LISTED: usize = 20;
/// Width and precision of one formatted value.
pub(super) const FORM_WIDTH: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_documented() {
        let docs = include_str!("../../../docs/launch-files.md");
        for (what, limit) in [
            ("one file", FILE_BYTES),
            ("all launch files of a launch", SCRIPT_BYTES),
            ("result of one substitution", TEXT_BYTES),
            (
                "results of all substitutions, and parameter files that are read",
                TOTAL_BYTES,
            ),
            (
                "parameter files that are checked for errors; others are passed on unchecked",
                CHECKED_BYTES,
            ),
            (
                "evaluated actions, counted in each loop iteration and include, and loop iterations",
                ACTIONS,
            ),
            (
                "work of one `$(eval …)`: the size of every value it creates; eight times as much for all \
                 expressions together, where each counts at least 512",
                EXPRESSION_WORK,
            ),
            (
                "elements of an XML file; values of a YAML file, counted at each use of an alias",
                NODES as usize,
            ),
            (
                "all text of a YAML file, counted at each use of an alias",
                YAML_BYTES,
            ),
            ("attributes of an element", ATTRIBUTES),
            ("XML namespaces", NAMESPACES),
            ("nested elements, or substitutions", NESTING),
            (
                "nested includes, as in ROS; fewer within groups and loops",
                DEPTH / 2,
            ),
            ("words, operators of one `$(eval …)`", WORDS),
            ("reported errors of one file", ERRORS),
        ] {
            assert!(docs.contains(&format!("\n| {what} | {limit}")), "{what}: {limit}");
        }
    }
}
