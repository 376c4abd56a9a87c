//! Rules of a profile that match no process, most likely because of a misspelling; suggests alternatives.

use std::collections::BTreeSet;

use super::alike::few;
use crate::profile::{Match, Profile, Trait};
use podbay_description::Process;
use podbay_text::diagnostic::{Code, Diagnostic, Place};
use podbay_text::near::nearest;
use podbay_text::shown::beginning;

/// How many characters of a pattern are shown.
const SHOWN: usize = 200;

/// Rules of `profile` that match none of `processes`, including the profile itself.
pub(super) fn warnings(profile: &Profile, processes: &[&Process]) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    if !processes.is_empty() {
        find(profile, processes, true, &mut problems);
    }
    problems
}

fn find(profile: &Profile, processes: &[&Process], whole: bool, problems: &mut Vec<Diagnostic>) {
    let fits = |process: &&Process| profile.matches.applies_to(process);
    let matched: Vec<_> = processes.iter().copied().filter(fits).collect();
    if matched.is_empty() {
        problems.push(idle(profile, processes, whole));
        return;
    }
    for rule in &profile.rules {
        find(rule, &matched, false, problems);
    }
}

fn idle(profile: &Profile, processes: &[&Process], whole: bool) -> Diagnostic {
    let matches = shown(&profile.matches.to_string());
    let (what, move_it) = match whole {
        true => (
            format!("the profile's own `match` ({matches}) matches no process, so the profile has no effect"),
            "put settings for some of the processes under `rules`",
        ),
        false => (format!("the profile's rule for {matches} matches no process"), ""),
    };
    let (reason, help) = reason(&profile.matches, processes);
    let of_match = profile.place(&["match"]).filter(|place| place.line > 0);
    let place = of_match.unwrap_or_else(|| Place::file(profile.file.as_str()).at_line(profile.line));
    Code::IdleRule
        .says(format!("{what}: {reason}"))
        .help(help)
        .more_help(move_it)
        .at(&place)
}

/// A pattern, or its beginning.
fn shown(pattern: &str) -> String {
    beginning(pattern, SHOWN).into_owned()
}

/// The first pattern without a match, and a suggestion.
fn reason(matches: &Match, processes: &[&Process]) -> (String, String) {
    for (what, pattern) in matches.patterns() {
        let there: BTreeSet<_> = processes.iter().map(|process| what.of(process)).collect();
        let there: Vec<_> = there
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect();
        if !processes.iter().any(|process| what.fits(pattern, process)) {
            let pattern_shown = match pattern {
                "" => "\"\"".to_owned(),
                pattern => shown(pattern),
            };
            let reason = format!("no {} is {pattern_shown}", what.key());
            return (reason, instead(what, pattern, &there));
        }
    }
    let reason = "every pattern matches a process, but no process matches all of them";
    (reason.to_owned(), "remove one".to_owned())
}

fn instead(what: Trait, pattern: &str, there: &[&str]) -> String {
    if let Some(near) = near(pattern, there) {
        return format!("did you mean `{}: {near}`?", what.key());
    }
    match there {
        [] => "this launch has none".to_owned(),
        there => format!("this launch has {}", few(there)),
    }
}

/// The name that `pattern` is likely meant to be; its leading namespaces may be missing.
fn near<'a>(pattern: &str, there: &[&'a str]) -> Option<&'a str> {
    let last = |name: &'a str| name.rsplit('/').next().unwrap_or(name);
    let wanted = pattern.rsplit('/').next().unwrap_or(pattern);
    nearest(pattern, there.iter().copied()).or_else(|| {
        let likely = nearest(
            wanted.trim_matches(['*', '?']),
            there.iter().map(|name| last(name)),
        )?;
        there.iter().copied().find(|name| last(name) == likely)
    })
}
