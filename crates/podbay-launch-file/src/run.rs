//! One evaluation in progress: where it stands, what it has found, what it may still do.

mod budget;
mod reading;
mod timers;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

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
use podbay_description::{Argument, Description};
use podbay_text::problem::Problem;
use timers::Waiting;

/// How many places of the way to a file are told.
const CHAIN: usize = 6;
/// How many arguments are told that nobody takes.
const UNUSED: usize = 20;
/// How many declared ones are told beside them.
const DECLARED: usize = 50;
/// How many declared ones one of them may be meant for.
const KNOWN: usize = 1000;

/// An evaluation. Actions write to `scope` and `output`; everything else is kept here.
pub(super) struct Run<'a> {
    pub(super) options: &'a Options,
    pub(super) packages: Packages,
    /// The release of ROS to keep to.
    pub(super) release: Release,
    /// What the next action sees.
    pub(super) scope: Scope,
    /// What was found so far.
    pub(super) output: Description,
    /// Whether a description in Python stands in the way.
    pub(super) met_python: bool,
    /// Seconds after the start at which the current actions run.
    pub(super) now: f64,
    /// The launch file last included: what `$(dirname)` speaks of. Like in ROS, it stays after the include.
    pub(super) current: Current,
    /// Timers that have not run yet.
    waiting: Waiting,
    scripts: HashMap<PathBuf, Rc<Script>>,
    /// The includes around the current place, outermost first.
    including: Vec<Including>,
    /// How deep actions are within actions, see [`limits::DEPTH`](super::limits::DEPTH).
    depth: usize,
    spent: Spent,
    /// What expressions may still do.
    pub(super) work: Work,
    anonymous: usize,
    /// Names of the arguments in `output`.
    pub(super) declared: HashSet<String>,
    /// Notes that still lack their place.
    remarks: Vec<String>,
    /// How often each group ran.
    groups: HashMap<Place, usize>,
    /// Hashes of the notes in `output`.
    noted: HashSet<u64>,
}

/// A file while it runs as an included one.
#[derive(Debug)]
struct Including {
    /// Where it is included.
    place: Place,
    script: Rc<str>,
    /// What stands for the arguments it is given.
    given: u64,
}

impl Including {
    fn is_same(&self, other: &Self) -> bool {
        (&self.script, self.given) == (&other.script, other.given)
    }
}

/// What is local to the place in the files that an evaluation has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Current {
    file: Option<Rc<str>>,
    folder: Option<Rc<str>>,
    /// Whether that is left over from an include that has ended.
    pub(super) is_left_over: bool,
    /// Variables of the loops around it.
    pub(super) variables: RedBlackTreeMap<Rc<str>, Rc<str>>,
}

impl<'a> Run<'a> {
    /// An evaluation that has not begun.
    pub(super) fn new(options: &'a Options) -> Self {
        let packages = Packages::new(&options.package_prefixes);
        Self {
            options,
            release: Release::of(options, &packages),
            packages,
            scope: Scope::new(&options.environment),
            output: Description::default(),
            met_python: false,
            now: 0.0,
            current: Current::default(),
            waiting: Waiting::default(),
            scripts: HashMap::new(),
            including: Vec::new(),
            depth: 0,
            spent: Spent::default(),
            work: Work::new(options.bounds.cancel.clone()),
            anonymous: 0,
            declared: HashSet::new(),
            remarks: Vec::new(),
            groups: HashMap::new(),
            noted: HashSet::new(),
        }
    }

    /// Evaluates everything `source` brings, timers last.
    pub(super) fn source(&mut self, source: &Source) -> Result<(), Vec<Problem>> {
        let script = self.load_source(source)?;
        let given = self.options.arguments.iter().map(|(name, _)| name.as_str());
        super::actions::check_arguments(&script, &given.collect())?;
        for (name, value) in &self.options.arguments {
            self.scope.configurations.insert(name.clone(), value.clone());
        }
        let ran = self.actions(&script.actions).and_then(|()| self.timers());
        ran.map_err(|problem| vec![self.chained(problem)])?;
        super::actions::default_timeouts(self);
        self.note_unused_arguments(source);
        // a note that found no room
        let place = Place {
            file: source.name().into(),
            line: 0,
        };
        self.charge(0).at(&place).map_err(|problem| vec![problem])
    }

    /// Finds the arguments that `source` and what it includes declare, without running anything.
    pub(super) fn declared(&mut self, source: &Source) -> Result<Vec<(Argument, bool)>, Vec<Problem>> {
        let script = self.load_source(source)?;
        Ok(super::actions::arguments(&script, self))
    }

    fn note_unused_arguments(&mut self, source: &Source) {
        let given = self.options.arguments.iter().map(|(name, _)| name.as_str());
        let unused: Vec<_> = given.filter(|name| !self.declared.contains(*name)).collect();
        let place = Place {
            file: source.name().into(),
            line: 0,
        };
        let mut list = declared(&self.output.arguments);
        for name in unused.iter().take(UNUSED) {
            let known = self
                .output
                .arguments
                .iter()
                .map(|argument| argument.name.as_str());
            let near = nearest(name, known.take(KNOWN));
            let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            self.note(
                &place,
                format!(
                    "the argument '{}' is given, but no <arg> declares it{list}{hint}",
                    shown(name)
                ),
            );
            // once is enough where there are many
            if unused.len() > 5 {
                list.clear();
            }
        }
        if unused.len() > UNUSED {
            let more = unused.len() - UNUSED;
            self.note(
                &place,
                format!("{more} more arguments are given that no <arg> declares"),
            );
        }
    }

    /// A path that leads into a package stays symbolic, so that what is made of it fits a container.
    fn set_current(&mut self, path: &str, real: &Path) {
        let file = match super::packages::is_symbolic(path) {
            true => super::packages::absolute(path),
            false => super::packages::absolute(&real.to_string_lossy()),
        };
        let folder = file.rsplit_once('/').map(|(folder, _)| folder.into());
        self.current.file = Some(file.into());
        self.current.folder = folder;
        self.current.is_left_over = false;
    }

    /// Runs `script` as included from `place` with arguments that `given` stands for.
    pub(super) fn include(&mut self, script: &Script, given: u64, place: &Place) -> Result<(), Problem> {
        self.including.push(Including {
            place: place.clone(),
            script: Rc::clone(&script.name),
            given,
        });
        // a mistake leaves the chain as it is, to be told
        self.deepen(2, place)?;
        self.actions(&script.actions)?;
        self.rise(2);
        self.including.pop();
        Ok(())
    }

    /// `problem` with the way to its file.
    fn chained(&self, mut problem: Problem) -> Problem {
        let mut places: Vec<&Place> = Vec::new();
        for Including { place, .. } in self.including.iter().rev() {
            // A file that includes itself comes by the same place again and again.
            if *place.file != problem.file && !places.contains(&place) {
                places.push(place);
            }
        }
        let from = |place: &&Place| format!(" (included from {place})");
        let told = match places.len() {
            ..=CHAIN => places.iter().map(from).collect(),
            many => format!(
                "{} (by {} more) {}",
                places[..CHAIN / 2].iter().map(from).collect::<String>(),
                many - CHAIN,
                places[many - CHAIN / 2..]
                    .iter()
                    .map(from)
                    .collect::<String>()
                    .trim_start()
            ),
        };
        problem.what.push_str(&told);
        problem
    }

    /// Runs `actions` in order.
    pub(super) fn actions(&mut self, actions: &[Action]) -> Result<(), Problem> {
        for action in actions {
            self.spend_action(action.place())?;
            action.run(self)?;
            for what in std::mem::take(&mut self.remarks) {
                self.note(action.place(), what);
            }
        }
        Ok(())
    }

    /// Notes something that a person should know but that stops nothing.
    pub(super) fn note(&mut self, place: &Place, what: impl Into<String>) {
        self.keep(place.problem(what));
    }

    /// Notes the same where the place is not known: at the action that runs.
    pub(super) fn remark(&mut self, what: String) {
        self.remarks.push(what);
    }

    /// A name for this run of the group at `place`.
    pub(super) fn group_name(&mut self, place: &Place) -> String {
        let runs = self.groups.entry(place.clone()).or_default();
        *runs += 1;
        match *runs {
            1 => place.to_string(),
            n => format!("{place}#{n}"),
        }
    }

    /// A name that no other launch has.
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
            .ok_or_else(|| NO_FILE.into())
    }

    /// The folder of the current launch file.
    pub(super) fn current_folder(&self) -> Outcome<String> {
        self.current
            .folder
            .as_deref()
            .map(str::to_owned)
            .ok_or_else(|| NO_FILE.into())
    }
}

/// A problem in a file that is included at `place`, with the way to it.
pub(super) fn included(mut problem: Problem, place: &Place) -> Problem {
    let from = format!(" (included from {place})");
    // A file that includes itself comes by the same place again and again.
    if problem.file != *place.file && !problem.what.contains(&from) {
        problem.what.push_str(&from);
    }
    problem
}

const NO_FILE: &str =
    "a description that is sent as text has no file and no folder; use $(find-pkg-share PACKAGE)";

/// ` (declared: 'a', 'b')`, or nothing where there are none.
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
