//! The size of reports about pods in the ROS graph, and what fits into a message. Anyone who may create a pod
//! in the cluster writes their content, so each report is limited, and all reports together.

use std::borrow::Borrow;

use super::health::{DiagnosticStatus, PodReport};
use super::pod::{Container, ContainerState, Pod};

/// Containers in the report of one pod.
const CONTAINERS: usize = 64;

/// Characters of a message about a pod.
pub const MESSAGE: usize = 1024;

/// Characters of the message in a brief report.
pub const BRIEF_MESSAGE: usize = 256;

/// A pod that takes more bytes is reported briefly if not all fit.
const LARGE: usize = 4096;

/// Overhead of a text in a serialized message: length, terminator and padding.
const TEXT: usize = 8;

/// Overhead of a truncated text.
const CUT: usize = 32;

/// Level of detail of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// All fields.
    Whole,
    /// Without nodes and containers.
    Brief,
}

/// The pods that fit into one message.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitting<'a> {
    /// The reported pods, in their original order.
    pub reported: Vec<(&'a PodReport, Detail)>,
    /// Number of pods that were shortened or omitted.
    pub missed: Missed,
}

/// Pods for which a message had no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Without nodes and containers.
    pub brief: usize,
    /// Omitted.
    pub left_out: usize,
}

impl Pod {
    /// The reported containers.
    pub fn reported_containers(&self) -> &[Container] {
        &self.containers[..self.containers.len().min(CONTAINERS)]
    }
}

/// Upper estimate of the serialized size of a pod, in bytes.
pub fn bytes(report: &PodReport, detail: Detail) -> usize {
    let PodReport { pod, health } = report;
    let texts = [
        &pod.key.namespace,
        &pod.key.name,
        &pod.uid,
        &health.reason,
        &pod.host,
        &pod.ip,
    ];
    let texts: usize = texts.iter().map(|text| TEXT + text.len()).sum();
    let (message, lists) = match detail {
        Detail::Whole => (MESSAGE, of_lists(report)),
        Detail::Brief => (BRIEF_MESSAGE, 0),
    };
    let fixed = 64 + 3 * TEXT + pod.launch().len();
    fixed + texts + beginning(&health.message, message) + lists
}

/// Bytes of a text that is truncated to `chars` characters.
fn beginning(text: &str, chars: usize) -> usize {
    match text.char_indices().nth(chars) {
        Some((end, _)) => end + CUT,
        None => text.len(),
    }
}

fn of_lists(report: &PodReport) -> usize {
    let container = |container: &Container| {
        let reason = match &container.state {
            ContainerState::Waiting { reason, .. } => reason.len(),
            ContainerState::Running { .. } => 0,
            ContainerState::Terminated(end) => end.reason.len(),
        };
        48 + 4 * TEXT + container.name.len() + container.image.len() + reason
    };
    let containers: usize = report.pod.reported_containers().iter().map(container).sum();
    let nodes: usize = report
        .health
        .nodes
        .iter()
        .map(|node| 2 * TEXT + node.name.len())
        .sum();
    containers + nodes
}

/// Fits `reports` into `most` bytes: first shortens large pods, then all, then omits the last ones.
pub fn fitting<R: Borrow<PodReport>>(reports: &[R], most: usize) -> Fitting<'_> {
    let whole = |_: usize| Detail::Whole;
    let large_in_brief = |bytes: usize| {
        if bytes > LARGE {
            Detail::Brief
        } else {
            Detail::Whole
        }
    };
    let ways: [&dyn Fn(usize) -> Detail; 2] = [&whole, &large_in_brief];
    for way in ways {
        let fitting = fit(reports, most, way);
        if fitting.missed.left_out == 0 {
            return fitting;
        }
    }
    fit(reports, most, |_| Detail::Brief)
}

fn fit<R: Borrow<PodReport>>(reports: &[R], most: usize, way: impl Fn(usize) -> Detail) -> Fitting<'_> {
    let mut left = most;
    let mut reported = Vec::with_capacity(reports.len());
    for report in reports.iter().map(Borrow::borrow) {
        let detail = way(bytes(report, Detail::Whole));
        let Some(rest) = left.checked_sub(bytes(report, detail)) else {
            break;
        };
        left = rest;
        reported.push((report, detail));
    }
    let brief = reported
        .iter()
        .filter(|(_, detail)| *detail == Detail::Brief)
        .count();
    let left_out = reports.len() - reported.len();
    let missed = Missed { brief, left_out };
    Fitting { reported, missed }
}

/// Splits `statuses` into pieces of at most `most` bytes, or of a single status.
pub fn pieces(statuses: &[DiagnosticStatus], most: usize) -> Vec<&[DiagnosticStatus]> {
    let of = |status: &DiagnosticStatus| {
        let values = status.values.iter().flat_map(|(name, value)| [name, value]);
        let texts = [&status.name, &status.message, &status.hardware_id];
        let texts = texts.into_iter().chain(values);
        texts.map(|text| TEXT + text.len()).sum::<usize>() + TEXT
    };
    let (mut pieces, mut start, mut taken) = (Vec::new(), 0, 0);
    for (index, status) in statuses.iter().enumerate() {
        let bytes = of(status);
        if index > start && taken + bytes > most {
            pieces.push(&statuses[start..index]);
            (start, taken) = (index, 0);
        }
        taken += bytes;
    }
    pieces.push(&statuses[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Health, Level, NodePresence};

    /// A running pod with `nodes` nodes.
    fn report(name: &str, nodes: usize) -> PodReport {
        let node = |number| NodePresence {
            name: format!("/n{number:0>97}"),
            present: true,
        };
        PodReport {
            pod: Pod::running("n", name),
            health: Health {
                level: Level::Ok,
                reason: "Running".to_owned(),
                message: String::new(),
                nodes: (0..nodes).map(node).collect(),
            },
        }
    }

    /// Names of the reported pods, with `-` for brief ones, and the numbers of missed ones.
    fn fitted(reports: &[PodReport], most: usize) -> (String, [usize; 2]) {
        let fitting = fitting(reports, most);
        let name = |(report, detail): &(&PodReport, Detail)| match detail {
            Detail::Whole => report.pod.key.name.clone(),
            Detail::Brief => format!("-{}", report.pod.key.name),
        };
        let Missed { brief, left_out } = fitting.missed;
        (fitting.reported.iter().map(name).collect(), [brief, left_out])
    }

    #[test]
    fn large_pods_leave_room_for_others() {
        let pods = [
            report("a", 100),
            report("b", 10),
            report("c", 100),
            report("d", 0),
        ];
        let all: usize = pods.iter().map(|report| bytes(report, Detail::Whole)).sum();
        assert_eq!(fitted(&pods, all), ("abcd".to_owned(), [0, 0]));
        assert_eq!(fitted(&pods, all - 1), ("-ab-cd".to_owned(), [2, 0]));
        let small: usize = pods.iter().map(|report| bytes(report, Detail::Brief)).sum();
        assert_eq!(fitted(&pods, small), ("-a-b-c-d".to_owned(), [4, 0]));
        assert_eq!(fitted(&pods, small - 1), ("-a-b-c".to_owned(), [3, 1]));
        assert_eq!(fitted(&[], 0), (String::new(), [0, 0]));
    }

    #[test]
    fn statuses_are_split() {
        let status = |bytes: usize| DiagnosticStatus {
            level: Level::Ok,
            name: "x".repeat(bytes - 4 * TEXT),
            message: String::new(),
            hardware_id: String::new(),
            values: Vec::new(),
        };
        let lengths = |bytes: &[usize]| {
            let statuses: Vec<_> = bytes.iter().map(|bytes| status(*bytes)).collect();
            pieces(&statuses, 100)
                .iter()
                .map(|piece| piece.len())
                .collect::<Vec<_>>()
        };
        assert_eq!(lengths(&[50, 50, 50, 500, 50, 50]), [2, 1, 1, 2]);
        assert_eq!(lengths(&[]), [0]);
    }
}
