//! Counts the current pods.

use std::collections::BTreeMap;

use podbay_core::health::{Level, PodReport};
use podbay_core::pod::Phase;

/// Number of pods by category.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// All combinations, even those without a pod, so that a series becomes 0 instead of keeping its last
    /// value.
    pub(super) pods: BTreeMap<(Phase, Level), i64>,
    /// Ready pods.
    pub(super) ready: i64,
    /// Expected ROS nodes.
    pub(super) nodes_expected: i64,
    /// Expected ROS nodes that are in the graph.
    pub(super) nodes_present: i64,
}

impl Tally {
    pub(super) fn of<'a>(reports: impl IntoIterator<Item = &'a PodReport>) -> Self {
        let combinations = Phase::ALL
            .iter()
            .flat_map(|phase| Level::ALL.map(|level| ((*phase, level), 0)));
        let mut tally = Self {
            pods: combinations.collect(),
            ..Self::default()
        };
        for report in reports {
            tally.add(report);
        }
        tally
    }

    fn add(&mut self, report: &PodReport) {
        *self
            .pods
            .entry((report.pod.phase, report.health.level))
            .or_default() += 1;
        self.ready += i64::from(report.pod.ready);
        for node in &report.health.nodes {
            self.nodes_expected += 1;
            self.nodes_present += i64::from(node.present);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::delta::tests::pod;
    use podbay_core::health::{Health, NodePresence};

    fn report(level: Level, ready: bool, nodes: &[bool]) -> PodReport {
        let nodes = nodes
            .iter()
            .map(|&present| NodePresence {
                name: "/n".to_owned(),
                present,
            })
            .collect();
        let health = Health {
            level,
            reason: String::new(),
            message: String::new(),
            nodes,
        };
        let mut pod = pod("u", &[]);
        pod.ready = ready;
        PodReport { pod, health }
    }

    #[test]
    fn counts_by_phase_health_and_presence() {
        let reports = [
            report(Level::Ok, true, &[true, true]),
            report(Level::Warn, false, &[true, false]),
        ];
        let tally = Tally::of(&reports);
        assert_eq!(tally.pods.len(), 20);
        assert_eq!(tally.pods[&(Phase::Running, Level::Ok)], 1);
        assert_eq!(tally.pods[&(Phase::Running, Level::Warn)], 1);
        assert_eq!(tally.pods.values().sum::<i64>(), 2);
        assert_eq!(
            (tally.ready, tally.nodes_expected, tally.nodes_present),
            (1, 4, 3)
        );
    }
}
