//! What a profile has wrong for many processes alike is said once.

use std::collections::HashMap;

use crate::domain::description::Problem;

/// How many names a message has at most.
const SHOWN: usize = 5;

/// `problems` without those that say of another process what one before says already; that one names them.
pub(super) fn once(problems: Vec<Problem>) -> Vec<Problem> {
    let mut kept: Vec<(Problem, Vec<String>)> = Vec::new();
    let mut first: HashMap<String, usize> = HashMap::new();
    for problem in problems {
        if let Some((title, what)) = of_profile(&problem.what) {
            if let Some(at) = first.get(what) {
                kept[*at].1.push(title.to_owned());
                continue;
            }
            first.insert(what.to_owned(), kept.len());
        }
        kept.push((problem, Vec::new()));
    }
    kept.into_iter()
        .map(|(problem, others)| with(problem, &others))
        .collect()
}

/// The process, and what the profile has wrong for it.
fn of_profile(what: &str) -> Option<(&str, &str)> {
    what.split_once(": ")
        .filter(|(_, what)| what.starts_with("the profile"))
}

fn with(mut problem: Problem, others: &[String]) -> Problem {
    if !others.is_empty() {
        let shown = &others[..others.len().min(SHOWN)];
        let more = if others.len() > SHOWN { ", …" } else { "" };
        problem.what = format!("{} (so it is for {}{more})", problem.what, shown.join(", "));
    }
    problem
}
