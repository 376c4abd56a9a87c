//! One evaluation in progress: where it stands, what it has found, what it may still do.

mod timers;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::actions::Action;
use super::limits;
use super::load::{self, Script};
use super::markup::nearest;
use super::packages::Packages;
use super::place::{At, Outcome, Place};
use super::release::Release;
use super::scope::Scope;
use super::{Format, Options, Source};
use crate::domain::description::{Argument, Description, Problem};
use timers::Waiting;

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
    /// Timers that are not yet due, with their `current`.
    waiting: Vec<Waiting>,
    scripts: HashMap<PathBuf, Rc<Script>>,
    including: Vec<Place>,
    actions: usize,
    bytes: usize,
    anonymous: usize,
    /// Names of the arguments in `output`.
    pub(super) declared: HashSet<String>,
    /// Notes that still lack their place.
    remarks: Vec<String>,
    /// How often each group ran.
    groups: HashMap<String, usize>,
}

/// What is local to the place in the files that an evaluation has come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Current {
    file: Option<String>,
    folder: Option<String>,
    /// Variables of the loops around it.
    pub(super) variables: BTreeMap<String, String>,
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
            waiting: Vec::new(),
            scripts: HashMap::new(),
            including: Vec::new(),
            actions: 0,
            bytes: 0,
            anonymous: 0,
            declared: HashSet::new(),
            remarks: Vec::new(),
            groups: HashMap::new(),
        }
    }

    /// Evaluates everything `source` brings, timers last.
    pub(super) fn source(&mut self, source: &Source) -> Result<(), Vec<Problem>> {
        let script = self.load_source(source)?;
        super::actions::check_arguments(&script, &self.options.arguments)?;
        for (name, value) in &self.options.arguments {
            self.scope.configurations.insert(name.clone(), value.clone());
        }
        self.actions(&script.actions).map_err(|problem| vec![problem])?;
        self.timers().map_err(|problem| vec![problem])?;
        super::actions::default_timeouts(self);
        self.note_unused_arguments(source);
        Ok(())
    }

    /// Finds the arguments that `source` and what it includes declare, without running anything.
    pub(super) fn declared(&mut self, source: &Source) -> Result<Vec<(Argument, bool)>, Vec<Problem>> {
        let script = self.load_source(source)?;
        Ok(super::actions::arguments(&script, self))
    }

    fn note_unused_arguments(&mut self, source: &Source) {
        let known = |name: &str| self.output.arguments.iter().any(|argument| argument.name == name);
        let unused: Vec<_> = self
            .options
            .arguments
            .iter()
            .filter(|(name, _)| !known(name))
            .collect();
        let place = Place {
            file: source.name().into(),
            line: 0,
        };
        for (name, _) in unused {
            let near = nearest(
                name,
                self.output
                    .arguments
                    .iter()
                    .map(|argument| argument.name.as_str()),
            );
            let hint = near.map_or(String::new(), |near| format!("; did you mean '{near}'?"));
            let declared = declared(&self.output.arguments);
            self.note(
                &place,
                format!("the argument '{name}' is given, but no <arg> declares it{declared}{hint}"),
            );
        }
    }

    fn load_source(&mut self, source: &Source) -> Result<Rc<Script>, Vec<Problem>> {
        let place = Place {
            file: source.name().into(),
            line: 0,
        };
        let path = match source {
            Source::File(path) => path.to_string_lossy().into_owned(),
            Source::Package { package, file } => self
                .packages
                .find_file(package, file)
                .at(&place)
                .map_err(|problem| vec![problem])?,
            Source::Text { name, text, format } => {
                self.met_python |= *format == Some(Format::Python);
                let script = load::text(text, name, *format, &self.release)?;
                self.output.problems.extend(script.notes.iter().cloned());
                return Ok(Rc::new(script));
            }
        };
        self.load_file(&path, &place)
    }

    /// Reads the launch file at `path`, which becomes the current one.
    pub(super) fn load_file(&mut self, path: &str, at: &Place) -> Result<Rc<Script>, Vec<Problem>> {
        let single = |problem| vec![problem];
        let real = self.packages.resolve(path).at(at).map_err(single)?;
        self.set_current(path, &real);
        if let Some(script) = self.scripts.get(&real) {
            return Ok(Rc::clone(script));
        }
        let text = self.read(&real).at(at).map_err(single)?;
        let loaded = load::file(&text, &real, &self.release);
        self.met_python |= loaded.is_err() && Format::of_name(&real) == Some(Format::Python);
        let script = Rc::new(loaded?);
        self.output.problems.extend(script.notes.iter().cloned());
        self.scripts.insert(real, Rc::clone(&script));
        Ok(script)
    }

    /// A path that leads into a package stays symbolic, so that what is made of it fits a container.
    fn set_current(&mut self, path: &str, real: &Path) {
        let file = match super::packages::is_symbolic(path) {
            true => super::packages::absolute(path),
            false => super::packages::absolute(&real.to_string_lossy()),
        };
        let folder = file.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        self.current.file = Some(file);
        self.current.folder = folder;
    }

    /// Runs `script` as included from `place`.
    pub(super) fn include(&mut self, script: &Script, place: &Place) -> Result<(), Problem> {
        self.including.push(place.clone());
        if self.including.len() > limits::INCLUDES {
            let what = format!(
                "includes nest deeper than {}: does {} include itself?",
                limits::INCLUDES,
                script.name
            );
            return Err(place.problem(what));
        }
        self.actions(&script.actions)
            .map_err(|problem| included(problem, place))?;
        self.including.pop();
        Ok(())
    }

    /// Runs `actions` in order.
    pub(super) fn actions(&mut self, actions: &[Action]) -> Result<(), Problem> {
        for action in actions {
            self.actions += 1;
            if self.actions > limits::ACTIONS {
                return Err(action
                    .place()
                    .problem(format!("more than {} actions run", limits::ACTIONS)));
            }
            action.run(self)?;
            for what in std::mem::take(&mut self.remarks) {
                self.note(action.place(), what);
            }
        }
        Ok(())
    }

    /// Notes something that a person should know but that stops nothing.
    pub(super) fn note(&mut self, place: &Place, what: impl Into<String>) {
        let problem = place.problem(what);
        if !self.output.problems.contains(&problem) {
            self.output.problems.push(problem);
        }
    }

    /// Notes the same where the place is not known: at the action that runs.
    pub(super) fn remark(&mut self, what: String) {
        self.remarks.push(what);
    }

    /// Counts what substitutions produced.
    pub(super) fn spend_bytes(&mut self, bytes: usize) -> Outcome<()> {
        self.bytes += bytes;
        match self.bytes > limits::TOTAL_BYTES {
            true => Err(format!(
                "substitutions produce more than {} bytes in all",
                limits::TOTAL_BYTES
            )
            .into()),
            false => Ok(()),
        }
    }

    /// A name for this run of the group at `place`.
    pub(super) fn group_name(&mut self, place: &Place) -> String {
        let name = place.to_string();
        let runs = self.groups.entry(name.clone()).or_default();
        *runs += 1;
        match *runs {
            1 => name,
            n => format!("{name}#{n}"),
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
        self.current.file.clone().ok_or_else(|| NO_FILE.into())
    }

    /// The folder of the current launch file.
    pub(super) fn current_folder(&self) -> Outcome<String> {
        self.current.folder.clone().ok_or_else(|| NO_FILE.into())
    }

    /// The content of a file that decides what a launch file means.
    pub(super) fn read_file(&self, path: &str) -> Outcome<String> {
        self.read(&self.packages.resolve(path)?)
    }

    /// Like [`Run::read_file`]; none where there is no such file.
    pub(super) fn read_file_if_there(&self, path: &str) -> Outcome<Option<String>> {
        let path = self.packages.resolve(path)?;
        self.check_readable(&path)?;
        path.is_file().then(|| read(&path)).transpose()
    }

    fn read(&self, path: &Path) -> Outcome<String> {
        self.check_readable(path)?;
        read(path)
    }

    /// Whether there is a file is a secret too, so this is asked first.
    fn check_readable(&self, path: &Path) -> Outcome<()> {
        if self.options.may_read(path) {
            return Ok(());
        }
        let what = "is not in a package or a folder that callers from the ROS graph may read; add its folder to \
                    `allow_files` under `policy` in podbay's configuration";
        Err(format!("{} {what}", path.display()).into())
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

fn read(path: &Path) -> Outcome<String> {
    let shown = path.display();
    let size = std::fs::metadata(path).map(|data| data.len());
    let hint = if path.is_relative() {
        "; relative paths start at the working directory"
    } else {
        ""
    };
    let cannot = |error| format!("cannot read {shown}: {error}{hint}");
    if size.map_err(cannot)? > limits::FILE_BYTES as u64 {
        return Err(format!("{shown} is larger than {} bytes", limits::FILE_BYTES).into());
    }
    let bytes = std::fs::read(path).map_err(cannot)?;
    String::from_utf8(bytes).map_err(|_| format!("{shown} is not UTF-8 text").into())
}

/// ` (declared: 'a', 'b')`, or nothing where there are none.
fn declared(arguments: &[Argument]) -> String {
    let names: Vec<_> = arguments
        .iter()
        .map(|argument| format!("'{}'", argument.name))
        .collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(" (declared: {})", names.join(", ")),
    }
}
