//! Profiles: how ROS processes become containers. Written by the person who deploys, read by rendering.
//!
//! ```yaml
//! image: registry.example.com/robot:1.2
//! env: {RMW_IMPLEMENTATION: rmw_cyclonedds_cpp}
//! rules:
//!   - match: {package: "nav2_*"}
//!     resources: {limits: {memory: 512Mi}}
//! ```
//!
//! A rule is a profile for the processes it matches. Later values override earlier ones; maps and parts of
//! Kubernetes objects are merged, as by `kubectl patch`.
//!
//! ```text
//!   text ── read ──> Profile ── check ──┬── matches    which processes
//!                                       ├── container  what their container gets   ┐ sections, each a
//!                                       ├── pod        what their pod gets         │ list of keys
//!                                       ├── grouping   who shares a pod            │
//!                                       ├── workload   what creates their pod      │
//!                                       ├── network    discovery, ports            ┘
//!                                       └── rules      profiles for some of them
//! ```

mod check;
mod container;
mod grouping;
mod matching;
mod names;
mod network;
pub(crate) mod patch;
mod pod;
mod read;
mod resources;
mod section;
mod takes;
#[cfg(test)]
mod tests;
mod typed;
mod workload;

pub(crate) use check::PARAMETERS;
pub use container::{Container, PullPolicy, Resources};
pub(crate) use grouping::{GroupBy, Grouping};
pub(crate) use matching::{Match, Trait};
pub(crate) use network::{Discovery, Mode, Network, Port, Service, ServiceType};
pub use pod::{Pod, Security, Switch};
pub use typed::{Patches, Typed};
pub(crate) use workload::{Workload, WorkloadSpec};

use std::collections::BTreeMap;

use podbay_description::Process;
use podbay_text::diagnostic::Place;
use podbay_text::yaml::Position;
use section::Section;

/// A profile, or a rule in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// File it was read from; "" if unknown.
    pub(crate) file: String,
    /// Line of a rule in its file, from 1; 0 for the profile itself.
    pub(crate) line: u32,
    /// Where its keys are in the file; after merging, the last rule that has the key.
    pub(crate) keys: BTreeMap<&'static str, Position>,
    /// The processes to which it applies; by default all.
    pub(crate) matches: Match,
    /// Settings for their containers.
    pub container: Container,
    /// Settings for their pods.
    pub pod: Pod,
    /// Which of them share a pod.
    pub(crate) grouping: Grouping,
    /// The workload of their pods.
    pub(crate) workload: Workload,
    /// Discovery, and the ports of their nodes.
    pub(crate) network: Network,
    /// Profiles for some of the processes, in order.
    pub(crate) rules: Vec<Profile>,
}

impl Profile {
    /// The settings for `process`: this profile merged with all matching rules, without rules.
    pub(crate) fn resolve(&self, process: &Process) -> Self {
        let mut result = Self::default();
        self.merge_into(&mut result, process);
        result
    }

    /// The same, with the name of its file.
    pub fn of_file(mut self, file: &str) -> Self {
        file.clone_into(&mut self.file);
        self.rules = self.rules.into_iter().map(|rule| rule.of_file(file)).collect();
        self
    }

    /// Where the first known one of `keys` is in the file; `None` if the file is not known.
    pub(crate) fn place(&self, keys: &[&str]) -> Option<Place> {
        let position = keys.iter().find_map(|key| self.keys.get(key));
        let known = !self.file.is_empty();
        known.then(|| position.copied().unwrap_or_default().in_file(self.file.as_str()))
    }

    fn merge_into(&self, result: &mut Self, process: &Process) {
        if !self.matches.applies_to(process) {
            return;
        }
        result.file.clone_from(&self.file);
        result.keys.extend(&self.keys);
        result.container.merge(&self.container);
        result.pod.merge(&self.pod);
        result.grouping.merge(&self.grouping);
        result.workload.merge(&self.workload);
        result.network.merge(&self.network);
        for rule in &self.rules {
            rule.merge_into(result, process);
        }
    }
}
