//! The results for a folder.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use podbay_text::diagnostic::{Code, Diagnostic};

use crate::compare::{Evaluated, Verdict, verdict};
use crate::ros::Job;

/// The results for launch files, by their folder.
#[derive(Default)]
pub(crate) struct Report {
    sets: BTreeMap<String, Set>,
    /// Refused files, by the errors of ROS and podbay.
    refused: BTreeMap<(String, String), Vec<PathBuf>>,
    /// Arguments and differences of each evaluation that differs, by its file.
    different: BTreeMap<PathBuf, Vec<String>>,
}

/// Number of files of a folder that are equal, different, refused by both, or left to ROS's engine.
#[derive(Default)]
struct Set {
    equal: usize,
    /// Processes and components in equal results.
    started: usize,
    python: usize,
    different: usize,
    /// Differences only in names from `$(anon …)`.
    by_chance: usize,
    refused: usize,
}

impl Report {
    pub(crate) fn add(&mut self, job: &Job, checkout: &Path, mine: Evaluated, theirs: Evaluated) {
        let file = job.file.strip_prefix(checkout).unwrap();
        let folder = file.components().next().unwrap().as_os_str().to_string_lossy();
        let turned = if job.turned { ", switches turned over" } else { "" };
        let set = self.sets.entry(format!("{folder}{turned}")).or_default();
        match (&mine, &theirs) {
            (Err(mine), _) if is_python(mine) => return set.python += 1,
            (Err(mine), Err(theirs)) => {
                set.refused += 1;
                let reason = (in_general(&theirs[0]), in_general(&mine[0]));
                return self.refused.entry(reason).or_default().push(file.to_owned());
            }
            _ => {}
        }
        let started = mine
            .as_ref()
            .map_or(0, |found| found.processes.len() + found.composable_nodes.len());
        match verdict(mine, theirs) {
            Verdict::Different(how) if is_by_chance(&how) => set.by_chance += 1,
            Verdict::Different(how) => {
                set.different += 1;
                let arguments = job.arguments.join(" ");
                let of_file = self.different.entry(file.to_owned()).or_default();
                of_file.push(format!("{arguments}\n{how}"));
            }
            _ => (set.equal, set.started) = (set.equal + 1, set.started + started),
        }
    }

    pub(crate) fn runs(&self) -> usize {
        self.sets.values().map(Set::runs).sum()
    }

    /// Files that differ without being `known`, and known ones of `folder` that do not differ any more.
    pub(crate) fn unexpected(&self, known: &BTreeMap<String, String>, folder: &Path) -> Vec<String> {
        let differs = |file: &str| self.different.contains_key(Path::new(file));
        let files = self.different.keys().map(|file| file.display().to_string());
        let new = files
            .filter(|file| !known.contains_key(file))
            .map(|file| format!("{file} differs"));
        let gone = known
            .keys()
            .filter(|file| folder.join(file).exists() && !differs(file))
            .map(|file| format!("{file} is known to differ, but does not any more"));
        new.chain(gone).collect()
    }
}

impl Set {
    fn plus(self, other: &Self) -> Self {
        Self {
            equal: self.equal + other.equal,
            started: self.started + other.started,
            python: self.python + other.python,
            different: self.different + other.different,
            by_chance: self.by_chance + other.by_chance,
            refused: self.refused + other.refused,
        }
    }

    fn runs(&self) -> usize {
        self.equal + self.python + self.different + self.by_chance + self.refused
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} runs: {} equal (of {} processes and components), {} different, {} in anonymous names only, \
             {} for ROS's engine, {} refused by both",
            self.runs(),
            self.equal,
            self.started,
            self.different,
            self.by_chance,
            self.python,
            self.refused
        )
    }
}

/// Whether it includes Python, which podbay leaves to ROS's engine.
fn is_python(problems: &[Diagnostic]) -> bool {
    problems
        .iter()
        .any(|problem| matches!(problem.code, Code::Python | Code::Extension))
}

/// Whether the only differences are names that ROS derives from host, process and a random number.
fn is_by_chance(how: &str) -> bool {
    let is_random = |line: &str| {
        let name = line
            .split_once(" is \"")
            .and_then(|(_, rest)| rest.strip_suffix("\" in ROS"));
        let chance = name.and_then(|name| name.rsplit_once('_'));
        chance.is_some_and(|(_, digits)| digits.len() > 15 && digits.chars().all(|c| c.is_ascii_digit()))
    };
    how.lines().all(is_random)
}

/// A problem without details of the file.
fn in_general(problem: &Diagnostic) -> String {
    let words = problem.message.split_whitespace().take(16).map(|word| {
        let particular = |c: char| c.is_ascii_digit() || "'\"/_$".contains(c);
        if word.contains(particular) { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (file, differences) in &self.different {
            for how in differences {
                writeln!(f, "{} {how}", file.display())?;
            }
        }
        let mut refused: Vec<_> = self.refused.iter().collect();
        refused.sort_by_key(|(_, files)| std::cmp::Reverse(files.len()));
        for ((theirs, mine), files) in refused {
            let example = files[0].display();
            writeln!(
                f,
                "{} refused, such as {example}\n  ROS: {theirs}\n  podbay: {mine}",
                files.len()
            )?;
        }
        for (folder, set) in &self.sets {
            writeln!(f, "{folder}: {set}")?;
        }
        let all = self.sets.values().fold(Set::default(), Set::plus);
        writeln!(f, "all: {all}")
    }
}
