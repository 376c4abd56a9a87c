//! Reports a problem that many processes have in common once, with the names of a few of them.

use std::collections::{HashMap, HashSet};

use podbay_text::diagnostic::{Code, Diagnostic, Place};
use podbay_text::shown::listed;

/// Number of names in a message.
const SHOWN: usize = 5;

/// `problems` without repetitions for other processes, whose names are added to the first.
pub(super) fn once(problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut kept: Vec<(Diagnostic, Vec<String>)> = Vec::new();
    let mut first: HashMap<(Code, Place, String, String), usize> = HashMap::new();
    for problem in problems {
        if problem.code.is_of_profile() && !problem.about.is_empty() {
            let (message, help) = (problem.message.clone(), problem.help.clone());
            let key = (problem.code, place(&problem), message, help);
            if let Some(at) = first.get(&key) {
                kept[*at].1.push(problem.about.clone());
                continue;
            }
            first.insert(key, kept.len());
        }
        kept.push((problem, Vec::new()));
    }
    kept.into_iter()
        .map(|(problem, others)| with(problem, &others))
        .collect()
}

/// The place that has to be changed: that of a contradiction is in the profile. Other places are those of the
/// processes.
fn place(problem: &Diagnostic) -> Place {
    match problem.code {
        Code::ProfileContradiction => problem.place.clone(),
        _ => Place::default(),
    }
}

fn with(mut problem: Diagnostic, others: &[String]) -> Diagnostic {
    if !others.is_empty() {
        problem.message = format!("{} (also for {})", problem.message, few(others));
    }
    problem
}

/// The first of `names`, without duplicates, and the number of the others.
pub(super) fn few(names: &[impl AsRef<str>]) -> String {
    let mut seen = HashSet::new();
    let unique = names.iter().map(AsRef::as_ref).filter(|name| seen.insert(*name));
    listed(unique, SHOWN, usize::MAX)
}
