//! How much one file may ask of its evaluation, beside what it may come to ([`LaunchBounds`](podbay_description::bounds::LaunchBounds)).
//! Far above what real ones need; a file that passes a limit is broken or meant to do harm. docs/launch-files.md tells
//! them.

/// Bytes of one file.
pub(super) const FILE_BYTES: usize = 4 << 20;
/// Bytes of all launch files of a launch.
pub(super) const SCRIPT_BYTES: usize = 16 << 20;
/// Bytes one substitution may grow to.
pub(super) const TEXT_BYTES: usize = 1 << 20;
/// Elements of an XML file; nodes of a YAML file with every alias written out.
pub(super) const NODES: u32 = 200_000;
/// Attributes of an XML element.
pub(super) const ATTRIBUTES: usize = 1000;
/// XML namespaces that a file declares.
pub(super) const NAMESPACES: usize = 64;
/// Bytes of a YAML file with every alias written out.
pub(super) const YAML_BYTES: usize = 8 << 20;
/// How deep elements, lists and mappings, and substitutions in substitutions, may nest.
pub(super) const NESTING: usize = 64;
/// How deep actions may run within actions: an include counts twice, a group or loop once. Where Python, which allows
/// 1,000 calls within calls, ends ROS's own engine.
pub(super) const DEPTH: usize = 960;
/// Actions one description may run, all includes together.
pub(super) const ACTIONS: usize = 100_000;
/// Bytes that substitutions may produce, and parameter files have, in all.
pub(super) const TOTAL_BYTES: usize = 64 << 20;
/// What one substitution costs of these at least.
pub(super) const LEAST_BYTES: usize = 16;
/// Mistakes that are told of one file.
pub(super) const MISTAKES: usize = 100;
/// Words of one `$(eval …)`.
pub(super) const WORDS: usize = 1000;
/// Operators, calls and indices of one `$(eval …)`: what makes its syntax tree deep besides brackets.
pub(super) const OPERATORS: usize = 200;
/// Work of one `$(eval …)`: values made, each counted with what is in it and the length of its texts.
pub(super) const EXPRESSION_WORK: usize = 8 << 20;
/// The same of all `$(eval …)` together.
pub(super) const ALL_EXPRESSION_WORK: usize = 64 << 20;
/// What one `$(eval …)` costs of these beside its length: it is parsed.
pub(super) const LEAST_EXPRESSION_WORK: usize = 512;
/// Characters of a text of a launch file that are repeated where something is wrong with it.
pub(super) const SHOWN: usize = 200;
/// How many names or choices are listed where one of them is needed.
pub(super) const LISTED: usize = 20;
/// Width and precision of one formatted value.
pub(super) const FORM_WIDTH: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_those_of_the_documentation() {
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
                "evaluated actions, counted in each loop iteration and include, and loop iterations",
                ACTIONS,
            ),
            (
                "work of one `$(eval …)`: the size of every value it creates; all together may do eight times as \
                 much, where each counts at least 512",
                EXPRESSION_WORK,
            ),
            (
                "elements of an XML file; values of a YAML file, counted at each use of an alias",
                NODES as usize,
            ),
            (
                "texts of a YAML file, counted at each use of an alias",
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
            ("reported errors of one file", MISTAKES),
        ] {
            assert!(docs.contains(&format!("\n| {what} | {limit}")), "{what}: {limit}");
        }
    }
}
