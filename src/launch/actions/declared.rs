//! Which arguments a launch file declares, found without running it, as ROS finds them.

use std::rc::Rc;

use super::super::load::Script;
use super::super::place::Place;
use super::super::run::Run;
use super::argument::Argument;
use super::include::Include;
use super::{Action, Step};
use crate::domain::description::{self, Problem};

/// A declaration of an argument.
struct Declared {
    argument: Rc<Argument>,
    place: Place,
    /// Whether it counts only if something holds.
    conditional: bool,
}

impl Declared {
    fn is(&self, argument: &Argument) -> bool {
        self.argument.name() == argument.name()
    }
}

/// Checks that every argument a file requires is among those it is given, as ROS does before it runs the file: a
/// configuration of that name that exists already does not count.
pub(in crate::launch) fn check_arguments(
    script: &Script,
    given: &[(String, String)],
) -> Result<(), Vec<Problem>> {
    let mut found = Vec::new();
    walk(&script.actions, false, &mut found, &mut |_, _| None);
    let missing = |declared: &&Declared| {
        let argument = &declared.argument;
        let is_given = given.iter().any(|(name, _)| name == argument.name());
        !declared.conditional && argument.is_required() && !is_given
    };
    let problem = |missing: &Declared| {
        let what = missing.argument.required() + &list(&found);
        missing.place.problem(what)
    };
    let problems: Vec<_> = found.iter().filter(missing).map(problem).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

/// Arguments of `script` and of the files it includes, each with whether it counts only if something holds. A file
/// whose path only a run can tell is noted.
pub(in crate::launch) fn arguments(
    script: &Rc<Script>,
    run: &mut Run<'_>,
) -> Vec<(description::Argument, bool)> {
    let mut seen = vec![Rc::clone(&script.name)];
    let mut open = |include: &Include, place: &Place| match include.open(run, place) {
        Ok(script) if seen.contains(&script.name) => None,
        Ok(script) => {
            seen.push(Rc::clone(&script.name));
            Some(script)
        }
        Err(mut problem) => {
            problem.what = format!(
                "the arguments of the file included here are not shown: {}",
                problem.what
            );
            run.output.problems.push(problem);
            None
        }
    };
    let mut found = Vec::new();
    walk(&script.actions, false, &mut found, &mut open);
    let show = |declared: Declared| (declared.argument.describe(), declared.conditional);
    found.into_iter().map(show).collect()
}

/// Finds declarations in `actions`, the first of each name. `open` gives the file of an include, to go on in it.
/// What a group inside a conditional group declares does not count as conditional, in ROS either.
fn walk(
    actions: &[Action],
    conditional: bool,
    found: &mut Vec<Declared>,
    open: &mut dyn FnMut(&Include, &Place) -> Option<Rc<Script>>,
) {
    for action in actions {
        let conditional_itself = action.condition.is_some();
        match &action.step {
            Step::Argument(argument) if !found.iter().any(|known| known.is(argument)) => {
                found.push(Declared {
                    argument: Rc::clone(argument),
                    place: action.place.clone(),
                    conditional: conditional || conditional_itself,
                });
            }
            Step::Group(group) if group.forwards() => {
                walk(group.actions(), conditional_itself, found, open);
            }
            Step::Timer(timer) => walk(timer.actions(), true, found, open),
            Step::Include(include) => {
                if let Some(script) = open(include, &action.place) {
                    walk(&script.actions, false, found, open);
                }
            }
            // what is declared after it is out of a caller's reach
            Step::Reset(_) => return,
            _ => {}
        }
    }
}

fn list(declared: &[Declared]) -> String {
    let lines: String = declared.iter().map(|declared| declared.argument.line()).collect();
    format!(". Its arguments:{lines}")
}
