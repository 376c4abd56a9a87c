//! What came of a folder.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use podbay::domain::description::Problem;

use crate::compare::{Outcome, Verdict, verdict};

/// What came of each launch file, by the folder it is in.
#[derive(Default)]
pub(crate) struct Report {
    sets: BTreeMap<String, Set>,
    /// Files by why they are refused, as ROS and as podbay say it.
    refused: BTreeMap<(String, String), Vec<PathBuf>>,
    different: Vec<String>,
}

/// How many files of a folder are equal, different, refused by both, or for ROS's engine to evaluate on either side.
#[derive(Default)]
struct Set {
    equal: usize,
    /// Processes and components of those that are equal.
    started: usize,
    python: usize,
    different: usize,
    refused: usize,
}

impl Report {
    pub(crate) fn add(&mut self, file: &Path, mine: Outcome, theirs: Outcome) {
        let folder = file.components().next().unwrap().as_os_str().to_string_lossy();
        let set = self.sets.entry(folder.into_owned()).or_default();
        match (&mine, &theirs) {
            (Err(mine), Ok(_)) if is_python(mine) => return set.python += 1,
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
        if let Verdict::Different(how) = verdict(mine, theirs) {
            set.different += 1;
            self.different.push(format!("{}\n{how}", file.display()));
        } else {
            (set.equal, set.started) = (set.equal + 1, set.started + started);
        }
    }

    pub(crate) fn files(&self) -> usize {
        self.sets.values().map(Set::files).sum()
    }
}

impl Set {
    fn files(&self) -> usize {
        self.equal + self.python + self.different + self.refused
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} files: {} equal (of {} processes and components), {} different, {} include Python, {} refused by both",
            self.files(),
            self.equal,
            self.started,
            self.different,
            self.python,
            self.refused
        )
    }
}

/// Whether it includes Python, which podbay leaves to ROS's engine.
fn is_python(problems: &[Problem]) -> bool {
    problems
        .iter()
        .any(|problem| problem.what.contains("ROS's own engine"))
}

/// A problem without what differs from file to file.
fn in_general(problem: &Problem) -> String {
    let words = problem.what.split_whitespace().take(16).map(|word| {
        let particular = |c: char| c.is_ascii_digit() || "'\"/_$".contains(c);
        if word.contains(particular) { "…" } else { word }
    });
    words.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for different in &self.different {
            writeln!(f, "{different}")?;
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
        Ok(())
    }
}
