//! Finds the declared arguments of a launch file without evaluating it, like ROS.

use std::collections::HashSet;
use std::rc::Rc;
use std::sync::Arc;

use super::super::limits;
use super::super::load::Script;
use super::super::place::{Place, shown};
use super::super::run::Run;
use super::argument::Argument;
use super::include::Include;
use super::{Action, Step};
use podbay_description as description;
use podbay_text::diagnostic::Diagnostic;
use podbay_text::near::nearest;

/// A declaration of an argument.
#[derive(Debug)]
pub(crate) struct Declared {
    argument: Rc<Argument>,
    place: Place,
    /// Whether it depends on a condition.
    conditional: bool,
}

/// Checks that all required arguments of a file are given, before it is evaluated, like ROS. Existing launch
/// configurations of the same name do not count.
///
/// `how` says how to set an argument.
pub(crate) fn check_arguments(
    script: &Script,
    given: &HashSet<&str>,
    how: impl Fn(&str) -> String,
) -> Result<(), Vec<Diagnostic>> {
    let found = script.declared(|actions| {
        let mut walk = Walk::default();
        walk.through(actions, false, &mut |_, _| None);
        walk.found
    });
    let missing = |declared: &&Declared| {
        let argument = &declared.argument;
        !declared.conditional && argument.is_required() && !given.contains(argument.name())
    };
    let missing: Vec<_> = found.iter().filter(missing).take(limits::ERRORS).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = list(found);
    let problem = |missing: &&Declared| {
        let argument = &missing.argument;
        let undeclared = given.iter().copied();
        let undeclared = undeclared.filter(|name| found.iter().all(|other| other.argument.name() != *name));
        let instead = match nearest(argument.name(), undeclared) {
            Some(typed) => format!(" instead of {}, which the file does not declare", shown(typed)),
            None => String::new(),
        };
        let help = how(&shown(argument.name())) + &instead + &list;
        argument.required().help(help).at(&missing.place)
    };
    Err(missing.iter().map(problem).collect())
}

/// Arguments of `script` and of the files it includes, each with whether it depends on a condition. Includes
/// whose path depends on the evaluation cause a warning.
pub(crate) fn arguments(script: &Rc<Script>, run: &mut Run<'_>) -> Vec<(description::Argument, bool)> {
    let mut seen = HashSet::from([Arc::clone(&script.name)]);
    let mut open = |include: &Include, place: &Place| match include.open(run, place) {
        Ok(script) => seen.insert(Arc::clone(&script.name)).then_some(script),
        Err(problem) => {
            let problem = problem.within("cannot show the arguments of this include");
            run.output.problems.push(problem.warning());
            None
        }
    };
    let mut walk = Walk::default();
    walk.through(&script.actions, false, &mut open);
    let show = |declared: Declared| (declared.argument.describe(), declared.conditional);
    walk.found.into_iter().map(show).collect()
}

/// Declarations, only the first of each name.
#[derive(Default)]
struct Walk {
    found: Vec<Declared>,
    names: HashSet<String>,
    depth: usize,
}

/// Opens the file of an include, to search it as well.
type Open<'a> = dyn FnMut(&Include, &Place) -> Option<Rc<Script>> + 'a;

impl Walk {
    /// Finds declarations in `actions`. As in ROS, a declaration in a group inside a conditional group does
    /// not count as conditional.
    fn through(&mut self, actions: &[Action], conditional: bool, open: &mut Open<'_>) {
        if self.depth > limits::DEPTH {
            return;
        }
        self.depth += 1;
        for action in actions {
            let conditional_itself = action.condition.is_some();
            match &action.step {
                Step::Argument(argument) => {
                    self.add(argument, &action.place, conditional || conditional_itself)
                }
                Step::Group(group) if group.forwards() => {
                    self.through(group.actions(), conditional_itself, open);
                }
                Step::Timer(timer) => self.through(timer.actions(), true, open),
                Step::Include(include) => {
                    if let Some(script) = open(include, &action.place) {
                        self.through(&script.actions, false, open);
                    }
                }
                // the caller cannot set what is declared after this
                Step::Reset(_) => break,
                _ => {}
            }
        }
        self.depth -= 1;
    }

    fn add(&mut self, argument: &Rc<Argument>, place: &Place, conditional: bool) {
        if self.names.insert(argument.name().to_owned()) {
            self.found.push(Declared {
                argument: Rc::clone(argument),
                place: place.clone(),
                conditional,
            });
        }
    }
}

/// Number of arguments that are listed if one is missing.
const LISTED: usize = 50;

fn list(declared: &[Declared]) -> String {
    let lines: String = declared
        .iter()
        .take(LISTED)
        .map(|declared| declared.argument.line())
        .collect();
    let more = match declared.len().checked_sub(LISTED) {
        None | Some(0) => String::new(),
        Some(more) => format!("\n  … and {more} more, see `podbay launch --show-args`"),
    };
    format!(". Arguments of the file:{lines}{more}")
}
