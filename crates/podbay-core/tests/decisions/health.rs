//! Health: each file of `tests/health/` has a pod in Kubernetes' form, the ROS graph, and podbay's result at
//! ten minutes after midnight.

use podbay_core::health::{self, Health};
use serde_json::json;

use crate::pod::{now, report};

pub(crate) fn output(case: &str) -> String {
    let report = report(case);
    let Health {
        level,
        reason,
        message,
        nodes,
    } = &report.health;
    let missing: Vec<_> = nodes
        .iter()
        .filter(|node| !node.present)
        .map(|node| &node.name)
        .collect();
    let changes =
        health::next_change(&report.pod, now()).map(|at| at.duration_since(now()).unwrap().as_secs());
    let expected = json!({"level": level.as_str(), "reason": reason, "message": message,
        "missing": missing, "changes after seconds": changes});
    serde_saphyr::to_string_with_options(
        &expected,
        serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX },
    )
    .unwrap()
}
