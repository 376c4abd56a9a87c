//! The remaining budget of an evaluation and of its description. Checked before anything is copied.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::super::limits;
use super::super::place::{At, Outcome, Place};
use super::Run;
use podbay_description::Process;
use podbay_description::cancel::CANCELLED;
use podbay_text::diagnostic::{Code, Diagnostic};

/// What was spent.
#[derive(Debug, Default)]
pub(super) struct Spent {
    actions: usize,
    texts: usize,
    scripts: usize,
    processes: usize,
    description: usize,
    /// Bytes of checked parameter files.
    pub(super) checked: usize,
}

/// Minimum size of a process in the description and in objects, in bytes.
const PROCESS: usize = 512;
/// Size of a warning in addition to its texts, in bytes.
const WARNING: usize = 64;

impl Run<'_> {
    /// Counts an action or a loop iteration, which takes time even without actions.
    pub(crate) fn spend_action(&mut self, place: &Place) -> Result<(), Diagnostic> {
        self.spent.actions += 1;
        if self.spent.actions > limits::ACTIONS {
            let what = format!(
                "the launch exceeds the limit of {} actions, counted in each include and loop iteration",
                limits::ACTIONS
            );
            let most = Code::LaunchTooLarge.says(what).help("split the launch");
            return Err(most.at(place));
        }
        // warnings are counted where nothing can be refused, so the limit is checked here
        self.charge(0).at(place)
    }

    /// Counts the result of a substitution, or a parameter file.
    pub(crate) fn spend_bytes(&mut self, bytes: usize) -> Outcome<()> {
        if self.options.limits.cancel.is_cancelled() {
            return Err(Code::Cancelled.says(CANCELLED));
        }
        self.spent.texts += bytes.max(limits::LEAST_BYTES);
        match self.spent.texts > limits::TOTAL_BYTES {
            true => Err(Code::LaunchTooLarge
                .says(format!(
                    "substitutions and parameter files exceed the limit of {} bytes in total",
                    limits::TOTAL_BYTES
                ))
                .help("split the launch")),
            false => Ok(()),
        }
    }

    /// Counts the text of a launch file.
    pub(super) fn spend_script(&mut self, bytes: usize) -> Outcome<()> {
        self.spent.scripts += bytes;
        match self.spent.scripts > limits::SCRIPT_BYTES {
            true => Err(Code::LaunchTooLarge
                .says(format!(
                    "launch files exceed the limit of {} bytes in total",
                    limits::SCRIPT_BYTES
                ))
                .help("split the launch")),
            false => Ok(()),
        }
    }

    /// Counts bytes before they are added to the description.
    pub(crate) fn charge(&mut self, bytes: usize) -> Outcome<()> {
        let limits = &self.options.limits;
        if limits.cancel.is_cancelled() {
            return Err(Code::Cancelled.says(CANCELLED));
        }
        self.spent.description = self.spent.description.saturating_add(bytes);
        match self.spent.description > limits.bytes {
            true => Err(limits.too_large()),
            false => Ok(()),
        }
    }

    /// Counts a process or component at `place` before it is added to the description.
    pub(crate) fn charge_process(&mut self, place: &Place) -> Result<(), Diagnostic> {
        self.spent.processes += 1;
        if self.spent.processes > self.options.limits.processes {
            return Err(self.options.limits.too_many().at(place));
        }
        self.charge(PROCESS + place.file.len()).at(place)
    }

    /// Counts the texts of a process that are not counted elsewhere.
    pub(crate) fn charge_texts(&mut self, process: &Process) -> Outcome<()> {
        let texts = [
            process.package.as_str(),
            &process.executable,
            &process.name,
            &process.namespace,
            process.output.name(),
            process.prefix.as_str(),
            &process.cwd,
        ];
        self.charge(texts.into_iter().map(str::len).sum())
    }

    /// Adds a warning, unless it is a duplicate or exceeds the limit.
    pub(super) fn keep(&mut self, problem: Diagnostic) {
        let problem = problem.warning();
        let mut hasher = DefaultHasher::new();
        problem.hash(&mut hasher);
        if !self.warned.insert(hasher.finish()) {
            return;
        }
        let included = problem.included.places().iter().map(|place| place.file.len());
        let texts = [&problem.about, &problem.message, &problem.help].map(String::len);
        let bytes =
            WARNING + problem.place.file.len() + included.sum::<usize>() + texts.iter().sum::<usize>();
        // a refused warning stays counted, so that the next action is refused
        if self.charge(bytes).is_ok() {
            self.output.problems.push(problem);
        }
    }

    /// Enters `steps` levels of nested actions.
    pub(crate) fn deepen(&mut self, steps: usize, place: &Place) -> Result<(), Diagnostic> {
        self.depth += steps;
        match self.depth > limits::DEPTH {
            true => Err(self.too_deep().at(place)),
            false => Ok(()),
        }
    }

    /// Leaves `steps` levels.
    pub(crate) fn rise(&mut self, steps: usize) {
        self.depth -= steps;
    }

    fn too_deep(&self) -> Diagnostic {
        let cycle = self.including.split_last().and_then(|(last, before)| {
            let again = before.iter().rev().find(|other| other.is_same(last));
            again.map(|_| &last.script)
        });
        match cycle {
            Some(script) => Code::IncludeCycle
                .says(format!("{script} includes itself with the same arguments"))
                .help("add a condition to the include"),
            None => Code::NestedTooDeep.says(format!(
                "includes are nested {} levels deep; the limit is about {}, as in ROS, and lower within groups and loops",
                self.including.len(),
                limits::DEPTH / 2
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Options;
    use super::*;

    #[test]
    fn every_text_of_a_warning_is_counted() {
        let options = Options::default();
        let mut run = Run::new(&options);
        let mut warning = Code::UnusedArgument.says("12").help("123").about("1234");
        warning.place = Place::file("1");
        warning.included = vec![Place::file("12345"), Place::file("123456")].into();
        run.keep(warning);
        assert_eq!(run.spent.description, WARNING + (1..=6).sum::<usize>());
    }
}
