//! `$(equals …)`: truth values, then numbers, then text.

use super::super::python;

/// Whether ROS takes the two for equal.
pub(super) fn equal(left: &str, right: &str) -> bool {
    if let (Some(left), Some(right)) = (truth(left), truth(right)) {
        return left == right;
    }
    match (python::parse_float(left), python::parse_float(right)) {
        (Some(left), Some(right)) => close(left, right),
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

/// Python's `math.isclose`.
fn close(left: f64, right: f64) -> bool {
    if left == right {
        return true;
    }
    let finite = left.is_finite() && right.is_finite();
    finite && (left - right).abs() <= 1e-9 * left.abs().max(right.abs())
}
