//! `include`. It has no scope: the arguments, and what the file sets, remain set.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

use super::super::load::Script;
use super::super::markup::Entity;
use super::super::place::{At, Place, included};
use super::super::release::INCLUDE_KEEPS_DIRNAME;
use super::super::run::Run;
use super::super::substitution::{Template, perform};
use super::check_arguments;
use podbay_text::diagnostic::{Code, Diagnostic};

/// An included launch file.
#[derive(Clone, Debug)]
pub(super) struct Include {
    file: Template,
    arguments: Vec<(Template, Template)>,
}

impl Include {
    /// Reads `include`.
    pub(super) fn read(entity: &Entity<'_>) -> Result<Self, Diagnostic> {
        let mut arguments = Vec::new();
        for tag in ["arg", "let"] {
            for argument in entity.nested(tag)?.unwrap_or_default() {
                arguments.push((
                    argument.required_template("name")?,
                    argument.required_template("value")?,
                ));
                argument.finish();
            }
        }
        Ok(Self {
            file: entity.required_template("file")?,
            arguments,
        })
    }

    /// Reads the file.
    pub(super) fn open(&self, run: &mut Run<'_>, place: &Place) -> Result<Rc<Script>, Diagnostic> {
        let path = perform(&self.file, run).at(place)?;
        let real = run.packages.resolve(&path).at(&self.file.package_place(place))?;
        run.load_file(&path, real, &self.file.place(place))
            .map_err(|problems| first(problems, place))
    }

    /// Evaluates the file with its arguments.
    pub(super) fn run(&self, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        let before = run.current.clone();
        let script = self.open(run, place)?;
        self.check(&script, run, place)?;
        let mut given = DefaultHasher::new();
        for (name, value) in &self.arguments {
            // from here on $(dirname) is that of the included file, as in ROS
            let value = perform(value, run).at(place)?;
            let name = perform(name, run).at(place)?;
            (&name, &value).hash(&mut given);
            run.scope.configurations.insert(name, value);
        }
        run.include(&script, given.finish(), place, &self.file.place(place))?;
        match run.release.does(&INCLUDE_KEEPS_DIRNAME) {
            true => run.current = before,
            false => run.current.is_left_over = true,
        }
        Ok(())
    }

    fn check(&self, script: &Script, run: &mut Run<'_>, place: &Place) -> Result<(), Diagnostic> {
        let mut given = Vec::new();
        for (name, _) in &self.arguments {
            given.push(perform(name, run).at(place)?);
        }
        let how = |name: &str| format!("set '{name}' with an <arg> in the <include>");
        check_arguments(script, &given.iter().map(String::as_str).collect(), how)
            .map_err(|problems| first(problems, place))
    }
}

/// The first problem of an included file.
fn first(problems: Vec<Diagnostic>, place: &Place) -> Diagnostic {
    let mut problems = problems.into_iter();
    match problems.next() {
        Some(problem) => included(problem, place),
        None => Code::Unreadable.says("the file cannot be included").at(place),
    }
}
