//! How much is told of pods over the ROS graph. Whoever may make a pod anywhere in the cluster writes what is told of it,
//! so each has a bound, and all together have one.

use std::borrow::Borrow;

use super::health::{Diagnostic, PodReport};
use super::pod::{Container, ContainerState, Pod};

/// Most containers that are told of one pod.
pub const CONTAINERS: usize = 64;

/// Most characters of a message about a pod.
pub const MESSAGE: usize = 1024;

/// Most characters of the message of a pod that is told in brief.
pub const BRIEF_MESSAGE: usize = 256;

/// A pod that takes more bytes is told in brief where all do not fit.
const LARGE: usize = 4096;

/// What a message takes for a text beside its characters: a length, an end, and up to the next number.
const TEXT: usize = 8;

/// What is said of a text that is cut.
const CUT: usize = 32;

/// What is told of a pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    Whole,
    /// Without nodes and containers.
    Brief,
}

/// What of pods fits in one message.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitting<'a> {
    /// Those that are told, in the order in which they were.
    pub told: Vec<(&'a PodReport, Detail)>,
    /// How many pods are not told as they should.
    pub missed: Missed,
}

/// Pods that a message had no room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    /// Told without nodes and containers.
    pub brief: usize,
    /// Not told.
    pub left_out: usize,
}

impl Pod {
    /// The containers that are told.
    pub fn told_containers(&self) -> &[Container] {
        &self.containers[..self.containers.len().min(CONTAINERS)]
    }
}

/// What a message takes for a pod, in bytes; rather too many.
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

/// Bytes of a text that is cut to so many characters.
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
    let containers: usize = report.pod.told_containers().iter().map(container).sum();
    let nodes: usize = report
        .health
        .nodes
        .iter()
        .map(|node| 2 * TEXT + node.name.len())
        .sum();
    containers + nodes
}

/// Tells of `reports` what takes at most `most` bytes: large pods in brief if all are too much, all in brief if that still
/// is, and the last ones not at all.
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
    let mut told = Vec::with_capacity(reports.len());
    for report in reports.iter().map(Borrow::borrow) {
        let detail = way(bytes(report, Detail::Whole));
        let Some(rest) = left.checked_sub(bytes(report, detail)) else {
            break;
        };
        left = rest;
        told.push((report, detail));
    }
    let brief = told.iter().filter(|(_, detail)| *detail == Detail::Brief).count();
    let left_out = reports.len() - told.len();
    let missed = Missed { brief, left_out };
    Fitting { told, missed }
}

/// `statuses` in pieces that take at most `most` bytes, or are one status.
pub fn pieces(statuses: &[Diagnostic], most: usize) -> Vec<&[Diagnostic]> {
    let of = |status: &Diagnostic| {
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

    /// A pod that runs, with so many nodes.
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

    /// Names of what is told, with `-` for those in brief, and how many are missed.
    fn told(reports: &[PodReport], most: usize) -> (String, [usize; 2]) {
        let fitting = fitting(reports, most);
        let name = |(report, detail): &(&PodReport, Detail)| match detail {
            Detail::Whole => report.pod.key.name.clone(),
            Detail::Brief => format!("-{}", report.pod.key.name),
        };
        let Missed { brief, left_out } = fitting.missed;
        (fitting.told.iter().map(name).collect(), [brief, left_out])
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
        assert_eq!(told(&pods, all), ("abcd".to_owned(), [0, 0]));
        assert_eq!(told(&pods, all - 1), ("-ab-cd".to_owned(), [2, 0]));
        let small: usize = pods.iter().map(|report| bytes(report, Detail::Brief)).sum();
        assert_eq!(told(&pods, small), ("-a-b-c-d".to_owned(), [4, 0]));
        assert_eq!(told(&pods, small - 1), ("-a-b-c".to_owned(), [3, 1]));
        assert_eq!(told(&[], 0), (String::new(), [0, 0]));
    }

    #[test]
    fn statuses_come_in_pieces() {
        let status = |bytes: usize| Diagnostic {
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
