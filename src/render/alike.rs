//! What a profile has wrong for many processes alike is said once.

use crate::domain::description::Problem;

/// How many names a message has at most.
const SHOWN: usize = 5;

/// `problems` without those that say of another process what one before says already; that one names them.
pub(super) fn once(problems: Vec<Problem>) -> Vec<Problem> {
    let mut kept: Vec<(Problem, Vec<String>)> = Vec::new();
    for problem in problems {
        let same = of_profile(&problem.what).and_then(|(title, what)| {
            let mut before = kept.iter_mut();
            let found = before.find(|(kept, _)| of_profile(&kept.what).is_some_and(|(_, kept)| kept == what));
            found.map(|(_, others)| others.push(title.to_owned()))
        });
        if same.is_none() {
            kept.push((problem, Vec::new()));
        }
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
