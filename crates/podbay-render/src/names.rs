//! Derives Kubernetes names from ROS names: reproducible, and unique within a launch.

use std::collections::{BTreeSet, HashMap};

use podbay_core::launch_id::{cut, plain};
use podbay_core::workload::WorkloadKind;
use podbay_description::Process;

/// Longest name of a pod: the limit of a host name, and of a label value.
const LONGEST: usize = 63;

/// Unique names of a launch's processes and pods.
pub(super) struct Names {
    launch: String,
    given: BTreeSet<String>,
    /// The next number for a pair of name prefixes; smaller numbers are used.
    next: HashMap<(String, String, WorkloadKind), usize>,
}

/// Names of one process, or of a pod of several processes.
pub(super) struct Name {
    /// Name of objects, unique in the namespace.
    pub(super) pod: String,
    /// Name of containers, and in labels; unique in the launch.
    pub(super) process: String,
}

impl Name {
    /// Name of a Service, which has to begin with a letter.
    pub(super) fn service(&self) -> String {
        match self.pod.starts_with(|c: char| c.is_ascii_digit()) {
            true => shorten(format!("podbay-{}", self.pod), &self.pod, LONGEST),
            false => self.pod.clone(),
        }
    }
}

impl Names {
    pub(super) fn new(launch: &str) -> Self {
        Self {
            launch: launch.to_owned(),
            given: BTreeSet::new(),
            next: HashMap::new(),
        }
    }

    /// Names for `process` in a pod of a `kind`.
    pub(super) fn next(&mut self, process: &Process, kind: WorkloadKind) -> Name {
        let label = match (process.name.as_str(), process.exec_name.as_str()) {
            ("", "") => base_name(process.program()),
            ("", label) => label,
            (name, _) => name,
        };
        let full = process.node_name().unwrap_or_else(|| label.to_owned());
        self.give(&full, "process", kind)
    }

    /// Names for a pod named `full`; `fallback` if `full` contains no valid characters.
    pub(super) fn give(&mut self, full: &str, fallback: &str, kind: WorkloadKind) -> Name {
        let longest = longest(kind);
        let own = shorten(plain(full, fallback), full, LONGEST);
        let wanted = shorten(format!("{}-{own}", self.launch), full, longest);
        let free = |pod: &str, own: &str| self.are_free(&taken(pod, kind)) && self.are_free(&[mark(own)]);
        let (pod, process) = match free(&wanted, &own) {
            true => (wanted, own),
            false => self.numbered(cut(&wanted, longest - 6), cut(&own, LONGEST - 6), kind),
        };
        self.given.extend(taken(&pod, kind));
        self.given.insert(mark(&process));
        Name { pod, process }
    }

    /// The first free names with these prefixes and a number.
    fn numbered(&mut self, pod: &str, own: &str, kind: WorkloadKind) -> (String, String) {
        let key = (pod.to_owned(), own.to_owned(), kind);
        let mut number = self.next.get(&key).copied().unwrap_or(2);
        loop {
            let names = (format!("{pod}-{number}"), format!("{own}-{number}"));
            number += 1;
            if self.are_free(&taken(&names.0, kind)) && self.are_free(&[mark(&names.1)]) {
                self.next.insert(key, number);
                return names;
            }
        }
    }

    fn are_free(&self, names: &[String]) -> bool {
        names.iter().all(|name| !self.given.contains(name))
    }
}

/// Longest name of a `kind`. The name of a StatefulSet is part of a label, with a hash.
fn longest(kind: WorkloadKind) -> usize {
    match kind {
        WorkloadKind::StatefulSet => LONGEST - 11,
        WorkloadKind::Pod | WorkloadKind::Deployment | WorkloadKind::Job | WorkloadKind::DaemonSet => LONGEST,
    }
}

/// Names of objects that belong to a `kind` named `name`: others could have the name of a StatefulSet's pod.
fn taken(name: &str, kind: WorkloadKind) -> Vec<String> {
    let pod = kind.pod_of(name).filter(|pod| pod != name);
    [name.to_owned()].into_iter().chain(pod).collect()
}

/// Marks a name within the launch with a character that no object name has.
fn mark(own: &str) -> String {
    format!("/{own}")
}

/// The path `text` as the name of a part of a pod, such as a volume: with a hash unless the name is
/// unambiguous.
pub(super) fn part(text: &str) -> String {
    let name = plain(text, "part");
    if text.replace('/', "-").strip_prefix('-') == Some(&name) && !text.contains('-') {
        return shorten(name, text, LONGEST);
    }
    format!("{}-{:08x}", cut(&name, LONGEST - 9), hash(text))
}

pub(super) fn base_name(path: &str) -> &str {
    path.trim_end_matches(')').rsplit('/').next().unwrap_or(path)
}

/// `name`, or if it is too long, its beginning and a hash of `full`.
fn shorten(name: String, full: &str, longest: usize) -> String {
    if name.len() <= longest {
        return name;
    }
    format!("{}-{:08x}", cut(&name, longest - 9), hash(full))
}

/// FNV-1a: names must be the same in every build, which the standard library's hasher does not guarantee.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(name: &str) -> Process {
        Process {
            name: name.to_owned(),
            ..Process::default()
        }
    }

    #[test]
    fn names_are_valid_unique_and_repeatable() {
        let long = "n".repeat(80);
        let all = [
            "a_b",
            "a-b",
            "A_B",
            long.as_str(),
            &format!("{long}x"),
            "日本",
            &"m".repeat(55),
            &"m".repeat(55),
        ];
        let give = || {
            let mut names = Names::new("l");
            all.map(|name| names.next(&process(name), WorkloadKind::Pod).pod)
        };
        let names = give();
        assert_eq!(names[..3], ["l-a-b", "l-a-b-2", "l-a-b-3"]);
        assert_eq!(names, give());
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), all.len());
        for name in names {
            assert!(name.len() <= LONGEST && plain(&name, "") == name, "{name}");
        }
    }

    #[test]
    fn equal_names_are_numbered_around_existing_ones() {
        let mut names = Names::new("l");
        let mut next = |name: &str| names.next(&process(name), WorkloadKind::Pod).pod;
        let given = ["n", "n-3", "n", "n", "n-3", "n"].map(&mut next);
        assert_eq!(given, ["l-n", "l-n-3", "l-n-2", "l-n-4", "l-n-3-2", "l-n-5"]);
        let many: BTreeSet<_> = (0..20_000).map(|_| next("n")).collect();
        assert_eq!(many.len(), 20_000);
    }

    #[test]
    fn the_name_of_a_stateful_set_leaves_room_for_suffixes() {
        let mut names = Names::new("l");
        let mut next = |name: &str, kind| names.next(&process(name), kind).pod;
        assert_eq!(next("b_0", WorkloadKind::Pod), "l-b-0");
        assert_eq!(next("b", WorkloadKind::StatefulSet), "l-b-2");
        assert_eq!(next("a", WorkloadKind::StatefulSet), "l-a");
        assert_eq!(next("a_0", WorkloadKind::Deployment), "l-a-0-2");
        assert_eq!(next(&"x".repeat(80), WorkloadKind::StatefulSet).len(), 52);
        assert_eq!(next(&"y".repeat(80), WorkloadKind::Job).len(), 63);
    }
}
