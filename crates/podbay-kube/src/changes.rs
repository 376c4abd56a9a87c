//! Merges several watches into one set: a `Reset` once every watch has listed, then single changes.
//!
//! ```text
//!   watch of namespace a ──┐
//!   watch of namespace b ──┴── Changes: pods, launches ── Event
//! ```

use std::collections::BTreeMap;
use std::mem::take;

use kube::runtime::watcher;

use podbay_core::change::{Warning, WarningKey};
use podbay_core::cluster::{Change, Event};
use podbay_core::names::PodKey;
use podbay_core::object::{Object, ObjectRef};
use podbay_core::pod::Pod;

/// An event of one watch. It is passed on at once, so its size does not matter.
#[allow(clippy::large_enum_variant)]
pub(super) enum Heard {
    /// About pods.
    Pods(watcher::Event<Pod>),
    /// About launch records.
    Launches(watcher::Event<Object>),
    /// Warnings about pods. Optional, since podbay may not be allowed to watch them.
    Warning(Change<WarningKey, Warning>),
}

/// State of all watches of one session.
pub(super) struct Changes {
    pods: Set<PodKey, Pod>,
    launches: Set<ObjectRef, Object>,
    told: bool,
    /// Whether the warnings of earlier sessions were reset.
    warned: bool,
}

impl Changes {
    /// Pods and launch records, each from this number of watches.
    pub(super) fn new(watches: usize) -> Self {
        Self {
            pods: Set::new(watches),
            launches: Set::new(watches),
            told: false,
            warned: false,
        }
    }

    /// The resulting events; [`Event::Connected`] once both sets are complete.
    pub(super) fn hear(&mut self, heard: Heard) -> Vec<Event> {
        let change = match heard {
            Heard::Warning(change) => return self.warn(change),
            Heard::Pods(event) => self.pods.hear(event, |pod| pod.key.clone()).map(Event::Pods),
            Heard::Launches(event) => self.launches.hear(event, Object::reference).map(Event::Launches),
        };
        let mut events: Vec<_> = change.into_iter().collect();
        if !self.told && self.pods.unlisted == 0 && self.launches.unlisted == 0 {
            self.told = true;
            events.push(Event::Connected);
        }
        events
    }

    fn warn(&mut self, change: Change<WarningKey, Warning>) -> Vec<Event> {
        let first = !std::mem::replace(&mut self.warned, true);
        let forget = first.then(|| Change::Reset(Vec::new()));
        forget.into_iter().chain([change]).map(Event::Warnings).collect()
    }
}

/// One set, merged from several watches.
struct Set<K, T> {
    /// Watches whose first listing is not complete.
    unlisted: usize,
    /// Listed objects, until all watches have listed.
    first: BTreeMap<K, T>,
}

impl<K: Ord, T> Set<K, T> {
    fn new(watches: usize) -> Self {
        Self {
            unlisted: watches,
            first: BTreeMap::new(),
        }
    }

    fn hear(&mut self, event: watcher::Event<T>, key: impl Fn(&T) -> K) -> Option<Change<K, T>> {
        use watcher::Event::{Apply, Delete, Init, InitApply, InitDone};
        let listing = self.unlisted > 0;
        match event {
            Init => None,
            InitDone => {
                self.unlisted = self.unlisted.saturating_sub(1);
                let complete = listing && self.unlisted == 0;
                complete.then(|| Change::Reset(take(&mut self.first).into_values().collect()))
            }
            InitApply(item) | Apply(item) if listing => {
                self.first.insert(key(&item), item);
                None
            }
            Delete(item) if listing => {
                self.first.remove(&key(&item));
                None
            }
            InitApply(item) | Apply(item) => Some(Change::Apply(item)),
            Delete(item) => Some(Change::Delete(key(&item))),
        }
    }
}

#[cfg(test)]
mod tests {
    use watcher::Event::{Apply, Delete, Init, InitApply, InitDone};

    use super::*;

    /// Feeds a set of two watches and records its events.
    #[track_caller]
    fn check(events: Vec<watcher::Event<&'static str>>, expected: &[&str]) {
        let mut set = Set::new(2);
        let told: Vec<_> = events
            .into_iter()
            .filter_map(|event| set.hear(event, |item| item.chars().next()))
            .map(|change| match change {
                Change::Reset(all) => format!("={}", all.join(",")),
                Change::Apply(item) => format!("+{item}"),
                Change::Delete(key) => format!("-{}", key.unwrap()),
            })
            .collect();
        assert_eq!(told, expected);
    }

    #[test]
    fn nothing_is_told_before_all_have_listed() {
        check(vec![Init, InitApply("a1"), InitDone, Init, InitApply("b1")], &[]);
        check(
            vec![Init, InitApply("b1"), InitDone, Init, InitApply("a1"), InitDone],
            &["=a1,b1"],
        );
        check(vec![Init, Init, InitDone, InitDone], &["="]);
    }

    #[test]
    fn changes_before_the_reset_are_part_of_it() {
        let first = vec![
            Init,
            InitApply("a1"),
            InitApply("c1"),
            InitDone,
            Apply("a2"),
            Delete("c1"),
            Init,
            InitDone,
        ];
        check(first, &["=a2"]);
    }

    #[test]
    fn changes_after_the_reset_are_told_one_by_one() {
        check(
            vec![InitDone, InitDone, Apply("a1"), Apply("a2"), Delete("a2")],
            &["=", "+a1", "+a2", "-a"],
        );
    }

    #[test]
    fn connected_is_told_once_and_last() {
        let mut changes = Changes::new(1);
        assert_eq!(
            changes.hear(Heard::Pods(InitDone)),
            [Event::Pods(Change::Reset(vec![]))]
        );
        let last = changes.hear(Heard::Launches(InitDone));
        assert_eq!(last, [Event::Launches(Change::Reset(vec![])), Event::Connected]);
        assert_eq!(changes.hear(Heard::Launches(Init)), []);
    }
}
