//! One evaluation in progress: its place, its results, its remaining budget.

mod budget;
mod reading;
mod timers;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use rpds::RedBlackTreeMap;

use super::actions::Action;
use super::eval::Work;
use super::load::Script;
use super::markup::nearest;
use super::packages::Packages;
use super::place::{At, Outcome, Place, shown};
use super::release::Release;
use super::scope::Scope;
use super::{Options, Source};
use budget::Spent;
use podbay_description::symbolic::is_symbolic;
use podbay_description::{Argument, Description, Group};
use podbay_text::diagnostic::{Code, Diagnostic};
use timers::Waiting;

/// Number of unknown arguments that are shown.
const UNUSED: usize = 20;
/// Number of declared arguments that are shown with them.
const DECLARED: usize = 50;
/// Number of declared arguments that are considered for suggestions.
const KNOWN: usize = 1000;

/// An evaluation. Actions write to `scope` and `output`; everything else is kept here.
pub(super) struct Run<'a> {
    pub(super) options: &'a Options,
    pub(super) packages: Packages,
    /// The ROS release to follow.
    pub(super) release: Release,
    /// What the next action sees.
    pub(super) scope: Scope,
    /// The results so far.
    pub(super) output: Description,
    /// Time of the current actions, in seconds after the start.
    pub(super) now: f64,
    /// The launch file last included, for `$(dirname)`. As in ROS, it remains after the include.
    pub(super) current: Current,
    /// Timers that are not due yet.
    waiting: Waiting,
    scripts: HashMap<PathBuf, Rc<Script>>,
    /// Parameter files that were checked.
    checked: HashSet<PathBuf>,
    /// The surrounding includes, outermost first.
    including: Vec<Including>,
    /// Nesting of actions, see [`limits::DEPTH`](super::limits::DEPTH).
    depth: usize,
    spent: Spent,
    /// Remaining work of expressions.
    pub(super) work: Work,
    anonymous: usize,
    /// Names of the arguments in `output`.
    pub(super) declared: HashSet<String>,
    /// Warnings without a place yet.
    without_place: Vec<Diagnostic>,
    /// Number of evaluations of each group.
    groups: HashMap<Place, usize>,
    /// Hashes of the warnings in `output`.
    warned: HashSet<u64>,
}

/// An included file while it is evaluated.
#[derive(Debug)]
struct Including {
    /// Place of the include.
    place: Place,
    script: Arc<str>,
    /// A hash of its arguments.
    given: u64,
}

impl Including {
    fn is_same(&self, other: &Self) -> bool {
        (&self.script, self.given) == (&other.script, other.given)
    }
}

/// What belongs to the current place in the files.
#[derive(Clone, Debug, Default)]
pub(super) struct Current {
    file: Option<Rc<str>>,
    folder: Option<Rc<str>>,
    /// Whether it remains from an include that has ended.
    pub(super) is_left_over: bool,
    /// Variables of the surrounding loops.
    pub(super) variables: RedBlackTreeMap<Rc<str>, Rc<str>>,
}

impl<'a> Run<'a> {
    /// A new evaluation.
    pub(super) fn new(options: &'a Options) -> Self {
        let packages = Packages::new(options);
        Self {
            options,
            release: Release::of(options, &packages),
            packages,
            scope: Scope::new(&options.environment),
            output: Description::default(),
            now: 0.0,
            current: Current::default(),
            waiting: Waiting::default(),
            scripts: HashMap::new(),
            checked: HashSet::new(),
            including: Vec::new(),
            depth: 0,
            spent: Spent::default(),
            work: Work::new(options.limits.cancel.clone()),
            anonymous: 0,
            declared: HashSet::new(),
            without_place: Vec::new(),
            groups: HashMap::new(),
            warned: HashSet::new(),
        }
    }

    /// Evaluates `source` completely, timers last.
    pub(super) fn source(&mut self, source: &Source) -> Result<(), Vec<Diagnostic>> {
        let script = self.load_source(source)?;
        let given = self.options.arguments.iter().map(|(name, _)| name.as_str());
        super::actions::check_arguments(&script, &given.collect(), super::actions::set)?;
        for (name, value) in &self.options.arguments {
            self.scope.configurations.insert(name.clone(), value.clone());
        }
        let ran = self.actions(&script.actions).and_then(|()| self.timers());
        ran.map_err(|problem| vec![self.chained(problem)])?;
        super::actions::default_timeouts(self);
        self.warn_of_unused_arguments(source);
        // a warning that exceeded the limit
        let place = Place::file(source.name());
        self.charge(0).at(&place).map_err(|problem| vec![problem])
    }

    /// Finds the arguments that `source` and its includes declare, without evaluating them.
    pub(super) fn declared(&mut self, source: &Source) -> Result<Vec<(Argument, bool)>, Vec<Diagnostic>> {
        let script = self.load_source(source)?;
        Ok(super::actions::arguments(&script, self))
    }

    fn warn_of_unused_arguments(&mut self, source: &Source) {
        let given = self.options.arguments.iter().map(|(name, _)| name.as_str());
        let unused: Vec<_> = given.filter(|name| !self.declared.contains(*name)).collect();
        let place = Place::file(source.name());
        let mut list = declared(&self.output.arguments);
        for name in unused.iter().take(UNUSED) {
            let known = self
                .output
                .arguments
                .iter()
                .map(|argument| argument.name.as_str());
            let near = nearest(name, known.take(KNOWN));
            let help = near.map_or(String::new(), |near| format!("did you mean '{near}'?"));
            let what = format!("argument '{}' is not declared by any <arg>{list}", shown(name));
            self.warn(&place, Code::UnusedArgument.says(what).help(help));
            // one warning is enough if there are many
            if unused.len() > 5 {
                list.clear();
            }
        }
        if unused.len() > UNUSED {
            let more = unused.len() - UNUSED;
            let what = format!("{more} more arguments are not declared by any <arg>");
            self.warn(&place, Code::UnusedArgument.says(what));
        }
    }

    /// A path into a package stays symbolic, so that derived paths are valid in a container.
    fn set_current(&mut self, path: &str, real: &Path) {
        let file = match is_symbolic(path) {
            true => super::packages::absolute(path),
            false => super::packages::absolute(&real.to_string_lossy()),
        };
        let folder = file.rsplit_once('/').map(|(folder, _)| folder.into());
        self.current.file = Some(file.into());
        self.current.folder = folder;
        self.current.is_left_over = false;
    }

    /// Evaluates `script`, included at `place`, which names its file at `file`, with arguments whose hash is `given`.
    pub(super) fn include(
        &mut self,
        script: &Script,
        given: u64,
        place: &Place,
        file: &Place,
    ) -> Result<(), Diagnostic> {
        self.including.push(Including {
            place: place.clone(),
            script: Arc::clone(&script.name),
            given,
        });
        // an error keeps the nesting, so that it can be reported
        self.deepen(2, file)?;
        self.actions(&script.actions)?;
        self.rise(2);
        self.including.pop();
        Ok(())
    }

    /// `problem` with the includes that lead to its file.
    fn chained(&self, mut problem: Diagnostic) -> Diagnostic {
        let mut places = problem.included.places().to_vec();
        for Including { place, .. } in self.including.iter().rev() {
            // a file that includes itself passes the same place repeatedly
            if place.file != problem.place.file && !places.contains(place) {
                places.push(place.clone());
            }
        }
        problem.included = places.into();
        problem
    }

    /// Runs `actions` in order.
    pub(super) fn actions(&mut self, actions: &[Action]) -> Result<(), Diagnostic> {
        for action in actions {
            self.spend_action(action.place())?;
            action.run(self)?;
            for what in std::mem::take(&mut self.without_place) {
                self.warn(action.place(), what);
            }
        }
        Ok(())
    }

    /// Adds a warning at `place`.
    pub(super) fn warn(&mut self, place: &Place, what: Diagnostic) {
        self.keep(what.at(place));
    }

    /// Adds a warning at the current action.
    pub(super) fn warn_here(&mut self, what: Diagnostic) {
        self.without_place.push(what);
    }

    /// This evaluation of the group at `place`.
    pub(super) fn group(&mut self, place: &Place) -> Group {
        // the column is not in the JSON of a description
        let place = place.at_line(place.line);
        let evaluations = self.groups.entry(place.clone()).or_default();
        *evaluations += 1;
        Group {
            place,
            evaluation: *evaluations,
        }
    }

    /// A name that is unique to the launch.
    pub(super) fn anonymous(&mut self, name: &str) -> String {
        self.anonymous += 1;
        let unique = format!("{name}_{:x}_{}", self.options.seed, self.anonymous);
        unique.replace(['.', '-', ':'], "_")
    }

    /// The path of the current launch file.
    pub(super) fn current_file(&self) -> Outcome<String> {
        self.current
            .file
            .as_deref()
            .map(str::to_owned)
            .ok_or_else(|| Code::NoFile.says(NO_FILE))
    }

    /// The folder of the current launch file.
    pub(super) fn current_folder(&self) -> Outcome<String> {
        self.current
            .folder
            .as_deref()
            .map(str::to_owned)
            .ok_or_else(|| Code::NoFile.says(NO_FILE))
    }
}

const NO_FILE: &str = "a launch file that is sent as text has no path; use $(find-pkg-share PACKAGE)";

/// ` (declared: 'a', 'b')`, or "" if it declares none.
fn declared(arguments: &[Argument]) -> String {
    let first = arguments.iter().take(DECLARED);
    let names: Vec<_> = first
        .map(|argument| format!("'{}'", shown(&argument.name)))
        .collect();
    let more = if arguments.len() > DECLARED { ", …" } else { "" };
    match names.as_slice() {
        [] => String::new(),
        names => format!(" (declared: {}{more})", names.join(", ")),
    }
}
