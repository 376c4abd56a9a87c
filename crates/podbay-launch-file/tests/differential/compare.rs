//! Comparison of two evaluations of a file.

use std::collections::BTreeMap;

use podbay_description::Description;
use podbay_text::diagnostic::Diagnostic;
use serde_json::Value;

/// Result of an evaluation.
pub(crate) type Evaluated = Result<Description, Vec<Diagnostic>>;

/// Result of a comparison.
pub(crate) enum Verdict {
    Equal,
    BothRefuse,
    /// One line for each difference.
    Different(String),
}

/// Compares podbay's result with that of ROS, except for notes.
pub(crate) fn verdict(mine: Evaluated, theirs: Evaluated) -> Verdict {
    match (mine, theirs) {
        (Err(_), Err(_)) => Verdict::BothRefuse,
        (Ok(_), Err(problems)) => Verdict::Different(format!("  only ROS refuses: {}", problems[0])),
        (Err(problems), Ok(_)) => Verdict::Different(format!("  only podbay refuses: {}", problems[0])),
        (Ok(mine), Ok(theirs)) => match differences(&leaves(mine), &leaves(theirs)) {
            none if none.is_empty() => Verdict::Equal,
            some => Verdict::Different(some.join("\n")),
        },
    }
}

fn differences(mine: &BTreeMap<String, String>, theirs: &BTreeMap<String, String>) -> Vec<String> {
    let show =
        |side: &BTreeMap<String, String>, path: &str| side.get(path).cloned().unwrap_or("nothing".to_owned());
    let paths: std::collections::BTreeSet<_> = mine.keys().chain(theirs.keys()).collect();
    paths
        .into_iter()
        .filter(|path| mine.get(*path) != theirs.get(*path))
        .map(|path| format!("  {path}: {} is {} in ROS", show(mine, path), show(theirs, path)))
        .collect()
}

/// All values of a description by path.
fn leaves(mut description: Description) -> BTreeMap<String, String> {
    description.problems.clear();
    let mut leaves = BTreeMap::new();
    collect(
        &serde_json::to_value(description).unwrap(),
        String::new(),
        &mut leaves,
    );
    leaves
}

fn collect(value: &Value, path: String, leaves: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(map) if !map.is_empty() => map
            .iter()
            .for_each(|(name, value)| collect(value, format!("{path}/{name}"), leaves)),
        Value::Array(items) if !items.is_empty() => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| collect(value, format!("{path}/{index}"), leaves)),
        leaf => drop(leaves.insert(path, leaf.to_string())),
    }
}
