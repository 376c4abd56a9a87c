//! `$(equals …)`: compares as booleans, then as numbers, then as text.

use super::super::python;

/// Whether ROS considers the two equal.
pub(super) fn equal(left: &str, right: &str) -> bool {
    if let (Some(left), Some(right)) = (truth(left), truth(right)) {
        return left == right;
    }
    match (python::parse_float(left), python::parse_float(right)) {
        (Some(left), Some(right)) => python::is_close(left, right, 1e-9, 0.0),
        _ => left == right,
    }
}

fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}
